"""The sentence a clerk reads, in Chinese and English: what needs checking, never who did something wrong.

Sentences carry no personal value; who it is about stands beside them, masked as the reader's role demands.
"""

from __future__ import annotations

from discrepancies import candidates as types
from discrepancies import ethnicities
from discrepancies.candidates import Candidate

LANGUAGES = ("zh", "en")

SENTENCES: dict[str, dict[str, str]] = {
    types.UNREGISTERED_BIRTH: {
        "zh": "有出生记录，全员人口库中未找到该儿童，待核实；请协助家庭办理登记。",
        "en": "A birth on record is not on the register: needs checking; the family may need help.",
    },
    types.MISSING_PERSON: {
        "zh": "部门记录显示此人在本地居住，全员人口库中未找到，待核实。",
        "en": "A department's list shows this person living here but the register does not: needs checking.",
    },
    types.MISSING_HOUSEHOLD: {
        "zh": "公安户籍中有此户，全员人口库中未找到其任何成员，待核实。",
        "en": "The police list this household but none of its members is on the register: needs checking.",
    },
    types.POSSIBLE_LINK: {
        "zh": "此记录可能与全员人口库中的一人为同一人，待核实；确认后即无需另行登记。",
        "en": "This record may be somebody already on the register: needs checking.",
    },
    types.INCONSISTENT_FIELD: {
        "zh": "“{field}”一项与部门记录不一致，待核实；现有依据倾向于另一数值。",
        "en": "Register and departments differ on {field}: needs checking; another value is likelier.",
    },
    types.MISSING_ITEM: {
        "zh": "“{field}”一项空缺或不可用，部门记录中有，待核实后补全。",
        "en": "{field} is blank or unusable on the register, a department knows it: needs checking.",
    },
    types.DUPLICATE_PERSON: {
        "zh": "全员人口库中的两条记录可能为同一人，待核实。",
        "en": "Two register rows may be one person: needs checking.",
    },
    types.DECEASED_ACTIVE: {
        "zh": "部门记录显示此人已去世，全员人口库中仍为在册，待核实；请妥善联系家属。",
        "en": "A death is on record, the register still lists the person: needs checking, with care.",
    },
    types.MOVED_OUT_ACTIVE: {
        "zh": "部门记录显示此人已迁出本县，全员人口库中仍为常住，待核实。",
        "en": "A move out of the county is on record, not on the register: needs checking.",
    },
    types.SHARED_ID_NUMBER: {
        "zh": "同一公民身份号码记在两个不同的人名下，待核实；请协助当事人核对证件。",
        "en": "One ID number stands on two different people: needs checking against their papers.",
    },
    types.WRONG_HOUSEHOLD: {
        "zh": "公安户籍将此人列在另一户，与全员人口库不一致，待核实。",
        "en": "The police list this person in another household than the register: needs checking.",
    },
    types.DUPLICATE_HOUSEHOLD: {
        "zh": "全员人口库中的两户可能为同一户，待核实。",
        "en": "Two register households may be one: needs checking.",
    },
    types.SOURCE_CORRECTION: {
        "zh": "部门报送的此行数据无法使用或与其他依据不一致，待核实，请报送部门核对。",
        "en": "A row of the department's own file is no use or does not fit other evidence: needs checking at the source.",
    },
    types.FEED_OVERDUE: {
        "zh": "应报送的数据尚未收到，待核实；收到前，据其缺失作出的判断暂不提出。",
        "en": "An expected file has not come: needs checking with the unit; what it would tell is not yet argued.",
    },
}

FIELD_NAMES: dict[str, tuple[str, str]] = {
    "name": ("姓名", "name"),
    "former_name": ("曾用名", "former name"),
    "id_number": ("公民身份号码", "ID number"),
    "sex": ("性别", "sex"),
    "ethnicity": ("民族", "ethnicity"),
    "birth_date": ("出生日期", "date of birth"),
    "marital_status": ("婚姻状况", "marital status"),
    "hukou_address": ("户籍地址", "hukou address"),
    "residence_address": ("现居住地", "residence"),
    "phone": ("联系电话", "phone"),
    "mother_name": ("母亲姓名", "mother's name"),
    "mother_id": ("母亲身份证号", "mother's ID number"),
    "father_name": ("父亲姓名", "father's name"),
    "father_id": ("父亲身份证号", "father's ID number"),
}
# Of items that have codes, what a reader calls each value that `feeds.values.codes` reads. Of relations these are also what the desk's forms offer: of what is
# written otherwise no snapshot would ever show that the register has it.
VALUE_NAMES: dict[str, dict[str, tuple[str, str]]] = {
    field: {value: (value, english) for value, english in values.items()}
    for field, values in {
        "sex": {"男": "male", "女": "female"},
        "marital_status": {
            "未婚": "never married",
            "已婚": "married",
            "初婚": "first marriage",
            "再婚": "married again",
            "复婚": "married to each other again",
            "丧偶": "widowed",
            "离异": "divorced",
            "离婚": "divorced",
        },
        "relation_to_head": {
            "户主": "head",
            "配偶": "spouse",
            "夫": "husband",
            "妻": "wife",
            "子": "son",
            "女": "daughter",
            "养子": "adopted or stepson",
            "养女": "adopted or stepdaughter",
            "儿媳": "son's wife",
            "女婿": "daughter's husband",
            "孙": "grandchild",
            "孙女": "son's daughter",
            "外孙": "daughter's son",
            "外孙女": "daughter's daughter",
            "孙媳妇": "grandson's wife",
            "父": "father",
            "母": "mother",
            "公公": "husband's father",
            "婆婆": "husband's mother",
            "岳父": "wife's father",
            "岳母": "wife's mother",
            "祖父": "father's father",
            "祖母": "father's mother",
            "外祖父": "mother's father",
            "外祖母": "mother's mother",
            "兄": "elder brother",
            "弟": "younger brother",
            "姐": "elder sister",
            "妹": "younger sister",
            "侄子": "brother's son",
            "侄女": "brother's daughter",
            "其他亲属": "other relative",
            "非亲属": "no relative",
        },
    }.items()
} | {"ethnicity": ethnicities.named()}


def sentence(candidate: Candidate, language: str = "zh") -> str:
    """One sentence on what needs checking, in `zh` or `en`."""
    names = FIELD_NAMES.get(candidate.field or "", (candidate.field or "", candidate.field or ""))
    text = SENTENCES[candidate.type][language].format(field=names[LANGUAGES.index(language)])
    return text[:1].upper() + text[1:]


# Of items that have codes the values that a list of the register can show; *离婚* is read as *离异*.
VALUES_OFFERED: dict[str, tuple[str, ...]] = {
    "ethnicity": tuple(ethnicities.IN_LETTERS),
    "marital_status": tuple(value for value in VALUE_NAMES["marital_status"] if value != "离婚"),
    **{field: tuple(VALUE_NAMES[field]) for field in ("sex", "relation_to_head")},
}


def value_name(field: str | None, value: str, language: str) -> str:
    """A value as a reader of `zh` or `en` calls it; one that is no known code stays as it is."""
    names = VALUE_NAMES.get(field or "", {}).get(value)
    return value if names is None else names[LANGUAGES.index(language)]
