"""What is asked at the door about a discrepancy: one polite, concrete sentence, in Chinese and English.

It helps to have the answer in a yes or a no, and it never says that somebody did something wrong. The values in it come from the caller,
masked as the reader's role demands; without a value there is another sentence, none with a hole.
"""

from __future__ import annotations

from dataclasses import dataclass

from discrepancies import candidates as types
from discrepancies.wording import FIELD_NAMES, LANGUAGES, value_name

# type → what is asked: {who} and {other} are people, {field} an item, {register} and {proposed} its two values
QUESTIONS: dict[str, tuple[str, str]] = {
    types.UNREGISTERED_BIRTH: (
        "请问您家是否有{who}，还没有办好出生登记？需要我们帮什么忙？",
        "Is there {who} in your home whose birth is not registered yet? What can we help with?",
    ),
    types.MISSING_PERSON: (
        "请问{who}现在是否住在您家？我们的登记里还没有，想核对一下。",
        "Does {who} live here now? Our register does not have them yet.",
    ),
    types.MISSING_HOUSEHOLD: (
        "请问您家现在住着哪几口人？我们的登记里还没有您家，想补上。",
        "Who lives in your home now? Our register does not have your household yet.",
    ),
    types.POSSIBLE_LINK: (
        "有一份部门记录可能说的就是您家的{who}，请问是本人吗？请看一下证件上的姓名和出生日期。",
        "A department's record may speak of {who}: is it the same person? Please look at name and birth date in their papers.",
    ),
    types.INCONSISTENT_FIELD: (
        "请问{who}的{field}是“{proposed}”，还是我们登记的“{register}”？方便的话请看一下证件。",
        "Is {who}'s {field} “{proposed}”, or “{register}” as we have it? Please look at the papers if that is possible.",
    ),
    types.MISSING_ITEM: (
        "请问{who}的{field}是“{proposed}”吗？我们的登记里这一项还是空的。",
        "Is {who}'s {field} “{proposed}”? It is blank in our register.",
    ),
    types.DUPLICATE_PERSON: (
        "请问{who}和{other}是不是同一个人？我们可能登记了两次。",
        "Are {who} and {other} one person? We may have written them down twice.",
    ),
    types.DECEASED_ACTIVE: (
        "想了解一下{who}的近况。（部门记录显示可能已故：先向村组了解，再妥善询问家属。）",
        "How is {who}? (A death may be on record: ask the neighbours first, and the family with care.)",
    ),
    types.MOVED_OUT_ACTIVE: (
        "请问{who}是不是已经迁出、现在不住在这里了？",
        "Has {who} moved away, and lives here no more?",
    ),
    types.SHARED_ID_NUMBER: (
        "能否请您看一下{who}的身份证或户口簿，核对一下公民身份号码？",
        "Could we look at {who}'s ID card or household booklet, to compare the ID number?",
    ),
    types.WRONG_HOUSEHOLD: (
        "请问{who}现在和您家是一户吗？户口簿上写在哪一户？",
        "Does {who} belong to your household now? In which household does the booklet have them?",
    ),
    types.DUPLICATE_HOUSEHOLD: (
        "请问您家是不是分过户或重新登记过？我们可能把您家登记成了两户。",
        "Has your household been divided or registered anew? We may have written it down twice.",
    ),
}
ASKED: tuple[str, ...] = tuple(QUESTIONS)
"""The types that somebody can be asked about at a door; the others are for the departments."""

_NO_VALUE = (
    "请问{who}的{field}是什么？方便的话请看一下证件。",
    "What is {who}'s {field}? Please look at the papers if that is possible.",
)
# Where both values look the same, because they differ where they are masked or have one word: nobody could say which it is.
_ALIKE = (
    "请问{who}的{field}是什么？请按证件抄写到“更正内容”栏，结果选“其他”：与我们登记的不同之处，这里没有显示。",
    "What is {who}'s {field}? Please copy it from the papers under “Corrected value”, outcome “other”: where it differs from ours is not shown here.",
)
# And where two people do.
_TWO_ALIKE = (
    "请问{who}是不是只有一位？我们可能登记了两次。",
    "Is there only one {who}? We may have written the person down twice.",
)
_SOMEBODY = ("这位家人", "the person")
_CHILD = ("一个孩子", "a child")
_OTHER = ("另一条记录上的人", "the person of another row")
_OF = ("{name}（{told}）", "{name} ({told})")
_CHILD_OF = ("{name}的孩子（{told}）", "a child of {name} ({told})")


@dataclass(frozen=True)
class About:
    """Who or what is asked about, masked; empty is not known."""

    who: str = ""
    other: str = ""
    field: str = ""
    register_value: str = ""
    proposed_value: str = ""


def question(type_: str, about: About, language: str) -> str:
    """The sentence. Raises: KeyError for a type that nobody is asked about."""
    place = LANGUAGES.index(language)
    register = value_name(about.field, about.register_value, language)
    proposed = value_name(about.field, about.proposed_value, language)
    texts = QUESTIONS[type_]
    if type_ in (types.INCONSISTENT_FIELD, types.MISSING_ITEM) and not proposed:
        texts = _NO_VALUE
    elif type_ == types.INCONSISTENT_FIELD and not register:
        texts = QUESTIONS[types.MISSING_ITEM]
    elif type_ == types.INCONSISTENT_FIELD and register == proposed:
        texts = _ALIKE
    elif type_ == types.DUPLICATE_PERSON and about.who and about.who == about.other:
        texts = _TWO_ALIKE
    nobody = _CHILD if type_ == types.UNREGISTERED_BIRTH else _SOMEBODY
    names = FIELD_NAMES.get(about.field, (about.field, about.field))
    return texts[place].format(
        who=about.who or nobody[place],
        other=about.other or _OTHER[place],
        field=names[place],
        register=register,
        proposed=proposed,
    )


def spoken_of(name: str, sex: str, born: str, mother: str, language: str) -> str:
    """A person in a sentence: `王●明（男，1990-10-03）`, a child by the mother; empty when nothing is known."""
    place = LANGUAGES.index(language)
    told = ("，", ", ")[place].join(part for part in (value_name("sex", sex, language), born) if part)
    shape = _CHILD_OF if mother else _OF
    known = mother or name or (_SOMEBODY[place] if told else "")
    return shape[place].format(name=known, told=told) if told else known
