"""Why a discrepancy is believed, as a clerk reads it, in Chinese and English: what its `reason` codes say, and how sure it is.

A rule writes codes and counts (`by:police_residents;for:1;against:1`), so that they can be stored, compared and put into any language.
Like `wording` this holds no personal value.
"""

from __future__ import annotations

from collections.abc import Callable

from discrepancies.unusable_numbers import LOST_IN_FILE
from discrepancies.wording import FIELD_NAMES, LANGUAGES

FEED_NAMES: dict[str, tuple[str, str]] = {
    "register": ("全员人口库", "the register"),
    "police_residents": ("公安户籍", "the police's household lists"),
    "police_births": ("公安出生登记", "the police's birth registrations"),
    "police_moves": ("公安迁移登记", "the police's moves and cancellations"),
    "police_floating": ("公安流动人口登记", "the police's floating population"),
    "hospital_births": ("医院出生证明", "hospital birth certificates"),
    "hospital_deaths": ("医院死亡证明", "hospital death certificates"),
    "school_enrolment": ("学籍", "school enrolment"),
    "civil_marriages": ("婚姻登记", "marriage registrations"),
    "civil_adoptions": ("收养登记", "adoption registrations"),
    "survey_returns": ("入户调查", "household visits"),
    "id_number": ("公民身份号码所含信息", "what the ID number holds"),
}
# code → sentence; {} is what stands after the code
_CODES: dict[str, tuple[str, str]] = {
    "by": ("依据：{}。", "Told by {}."),
    "seen": ("见于：{}。", "Seen in {}."),
    "for": ("支持的来源 {} 个。", "Sources for it: {}."),
    "against": ("不支持的来源 {} 个。", "Sources against it: {}."),
    "register_unfit": ("人口库中的原值本身不可能成立。", "What the register has cannot be right by itself."),
    "lunar": ("其中一个日期为农历。", "One of the dates was given in the lunar calendar."),
    "else": (
        "如非同一人，则此人不在人口库中。",
        "If it is another person, that person is not on the register.",
    ),
    "members": ("涉及 {} 人。", "People concerned: {}."),
    "holders": ("{} 人名下记有此号码。", "People who have the number: {}."),
    "same_person": ("两条记录各项足够一致。", "The two rows agree on enough."),
    "asked": ("自 {} 起催报。", "Asked for since {}."),
    "usual": ("以往每期约 {} 行。", "Rows that usually come: {}."),
    "listed": ("名单来源或人数：{}。", "Listed: {}."),
    "fields": ("待核对的项目：{}。", "To be checked: {}."),
    "unusable": ("未能采用（{}）。", "Could not be used ({})."),
}
_LOST = (
    "该文件的公民身份号码被电子表格截断，请以文本格式重新导出。",
    "A spreadsheet has cut the file's ID numbers: export them again as text.",
)
_SURE = ("可信度 {:.0%}。", "Confidence {:.0%}.")


def explanation(reason: str, confidence: float, language: str = "zh") -> str:
    """All codes of a reason as sentences, then the confidence where it is not certain. Raises: KeyError for a code no rule writes."""
    place = LANGUAGES.index(language)
    sentences = [_sentence(part, place) for part in reason.split(";") if part]
    if confidence < 1:
        sentences.append(_SURE[place].format(min(confidence, 0.99)))
    return ("" if language == "zh" else " ").join(sentences)


def _sentence(part: str, place: int) -> str:
    code, _, value = part.partition(":")
    if code == "unusable" and value.startswith(LOST_IN_FILE + ":"):
        return _LOST[place]
    named = _NAMED.get(code, _as_it_is)
    return _CODES[code][place].format(_SEPARATORS[place].join(named(one, place) for one in value.split(",")))


def _feed(value: str, place: int) -> str:
    return FEED_NAMES[value][place] if value in FEED_NAMES else value


def _field(value: str, place: int) -> str:
    return FIELD_NAMES[value][place] if value in FIELD_NAMES else value


def _rule(value: str, place: int) -> str:
    rule, _, column = value.partition(":")
    return f"{rule} {_field(column, place)}".strip()


def _as_it_is(value: str, place: int) -> str:
    return value


_SEPARATORS = ("、", ", ")
_NAMED: dict[str, Callable[[str, int], str]] = {
    "by": _feed,
    "seen": _feed,
    "listed": _feed,
    "fields": _field,
    "unusable": _rule,
}
