"""Which columns each department hands over: DOMAIN's contract tables as data.

Only these columns are read. What a file has beyond them (permits, fees, birth order, heights, causes of death …) is dropped
before anything else sees it, and the receipt names the dropped headers.
"""

from __future__ import annotations

from dataclasses import dataclass

from feeds.errors import UnknownFeed

SNAPSHOT, EVENT, BASELINE = "snapshot", "event", "baseline"

# canonical field → its usual header and the variants seen, in any feed
HEADERS: dict[str, str] = {
    "person_no": "人员编码 个人编码 人口编码 RYBM",
    "household_no": "户编码 家庭编码 户号 户口编号 HH",
    "head_name": "户主姓名 户主",
    "relation_to_head": "与户主关系 关系 家庭关系 YHZGX",
    "name": "姓名 XM",
    "former_name": "曾用名 CYM",
    "id_number": "公民身份号码 身份证号 身份证号码 证件号码 公民身份证号码 GMSFHM SFZH",
    "sex": "性别 XB",
    "ethnicity": "民族 MZ",
    "birth_date": "出生日期 出生年月 出生年月日 生日 CSRQ 出生时间",
    "birth_time": "出生时分",
    "plurality_rank": "胎儿序 多胎序号 胎次序",
    "marital_status": "婚姻状况 婚姻 HYZK",
    "education": "文化程度 学历",
    "occupation": "职业 从事经营行业 服务处所",
    "hukou_address": "户籍地址 户口所在地 户籍所在地 HJDZ",
    "residence_address": "现居住地 现住址 居住地址 现住地址",
    "area_code": "行政区划代码 区划 村代码 XZQH",
    "phone": "联系电话 电话 手机 联系方式 手机号 手机号码",
    "mother_name": "母亲姓名 母姓名 产妇姓名",
    "mother_id": "母亲身份证号 母亲证件号码 产妇身份证号 母亲身份证号码 母亲公民身份号码",
    "father_name": "父亲姓名 父姓名",
    "father_id": "父亲身份证号 父亲证件号码 父亲身份证号码 父亲公民身份号码",
    "certificate_no": "出生医学证明编号 出生证编号 出生医学证明号",
    "facility": "助产机构名称 接生机构 医院名称 助产机构",
    "student_no": "学籍号 全国学籍号",
    "school": "学校名称 学校",
    "grade": "年级",
    "class": "班级 班",
    "enrolled_on": "入学年月",
    "event_type": "业务类型 变动类型 登记类型",
    "event_date": "登记日期 申报日期 迁移日期 注销日期 死亡日期",
    "from_address": "何地迁来 迁出地",
    "to_address": "迁往何地 迁入地",
    "cert_serial": "字号 证书编号 结婚证字号",
    "male_name": "男方姓名",
    "male_id": "男方身份证号 男方证件号码 男方身份证号码 男方公民身份号码",
    "male_birth_date": "男方出生日期",
    "female_name": "女方姓名",
    "female_id": "女方身份证号 女方证件号码 女方身份证号码 女方公民身份号码",
    "female_birth_date": "女方出生日期",
    "adopter1_name": "收养人1姓名 收养人姓名 收养人 养父 养父姓名",
    "adopter1_id": "收养人1身份证号 收养人身份证号 养父身份证号 收养人1证件号码",
    "adopter2_name": "收养人2姓名 养母 养母姓名",
    "adopter2_id": "收养人2身份证号 养母身份证号 收养人2证件号码",
    "change": "变更方式 变动方式 操作类型 变更标志 增减标志",
    "case_no": "核查编号",
    "outcome": "核查结果",
    "surveyed_on": "核查日期",
    "surveyor": "核查人",
    "remark": "备注",
}  # fmt: skip
for _n in ("1", "2"):
    _bare = " 监护人 家长姓名 监护人姓名 家长" if _n == "1" else ""
    HEADERS[f"guardian{_n}_name"] = f"家长{_n}姓名 监护人{_n}姓名 监护人{_n} 家长{_n}{_bare}"
    for _part, _words in {
        "relation": ("关系", "与学生关系"),
        "id": ("身份证号", "证件号码", "身份证号码", "公民身份号码"),
        "phone": ("联系电话", "电话", "手机", "联系方式"),
    }.items():
        _who = [f"家长{_n}", f"监护人{_n}"] + (["家长", "监护人"] if _n == "1" else [])
        HEADERS[f"guardian{_n}_{_part}"] = " ".join(f"{who}{word}" for who in _who for word in _words)

# headers that mean a field in one feed only
FEED_HEADERS: dict[tuple[str, str], str] = {
    ("hospital_births", "name"): "新生儿姓名 婴儿姓名 姓名 XM",
    ("police_births", "name"): "姓名 XM 新生儿姓名 婴儿姓名",
    ("school_enrolment", "name"): "学生姓名 姓名 XM",
    ("hospital_deaths", "event_date"): "死亡日期 死亡时间 登记日期 注销日期",
    ("police_births", "event_date"): "登记日期 申报日期",
    ("police_floating", "event_date"): "登记日期 申报日期",
    ("civil_marriages", "event_date"): "登记日期",
    ("civil_adoptions", "event_date"): "登记日期",
    ("civil_adoptions", "name"): "姓名 被收养人姓名 被收养人 XM",
}

KINDS: dict[str, str] = {
    "guardian1_relation": "guardian_relation", "guardian2_relation": "guardian_relation",
    "name": "name", "former_name": "name", "head_name": "name", "mother_name": "name", "father_name": "name",
    "guardian1_name": "name", "guardian2_name": "name", "male_name": "name", "female_name": "name",
    "adopter1_name": "name", "adopter2_name": "name",
    "id_number": "id", "mother_id": "id", "father_id": "id", "guardian1_id": "id", "guardian2_id": "id",
    "male_id": "id", "female_id": "id", "adopter1_id": "id", "adopter2_id": "id",
    "birth_date": "birth_date", "male_birth_date": "birth_date", "female_birth_date": "birth_date",
    "event_date": "date", "enrolled_on": "month", "surveyed_on": "date",
    "sex": "sex", "ethnicity": "ethnicity", "marital_status": "marital", "relation_to_head": "relation",
    "education": "education", "phone": "phone", "guardian1_phone": "phone", "guardian2_phone": "phone",
    "hukou_address": "address", "residence_address": "address", "from_address": "address", "to_address": "address",
    "change": "change", "area_code": "area", "plurality_rank": "rank", "event_type": "event_type",
}  # fmt: skip
"""How a field's text is read; what is not listed is plain text."""


@dataclass(frozen=True)
class FieldSpec:
    """One contract column: its canonical name, how it is read, and the headers it comes under (usual one first)."""

    name: str
    kind: str
    headers: tuple[str, ...]


@dataclass(frozen=True)
class FeedContract:
    """What a feed promises: kind, fields, which of them must be there for a header to count, and what identifies an event.

    `natural_keys` are tried in order: the first whose fields are all known identifies the event in a correction.
    """

    feed: str
    kind: str
    fields: tuple[FieldSpec, ...]
    required: tuple[str, ...]
    roles: tuple[str, ...]
    natural_keys: tuple[tuple[str, ...], ...] = ()
    due_day: int | None = None
    rhythm: str = "monthly"
    areas_of_person: tuple[str, ...] = ("residence_address", "area_code", "hukou_address")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    def of_kind(self, *kinds: str) -> tuple[str, ...]:
        """The names of the fields that are read in one of these ways."""
        return tuple(field.name for field in self.fields if field.kind in kinds)


def _contract(feed: str, kind: str, fields: str, required: str, roles: str, **more: object) -> FeedContract:
    specs = tuple(
        FieldSpec(name, KINDS.get(name, "text"), tuple(FEED_HEADERS.get((feed, name), HEADERS[name]).split()))
        for name in fields.split()
    )
    return FeedContract(feed, kind, specs, tuple(required.split()), tuple(roles.split()), **more)  # type: ignore[arg-type]


_GUARDIANS = " ".join(f"guardian{n}_{part}" for n in (1, 2) for part in ("name", "relation", "id", "phone"))
_PERSON_EVENT = (("id_number", "event_type", "event_date"), ("name", "birth_date", "event_type", "event_date"),
                 ("id_number", "event_type"), ("name", "event_type", "event_date"))  # fmt: skip

CONTRACTS: dict[str, FeedContract] = {
    contract.feed: contract
    for contract in (
        _contract(
            "register", BASELINE,
            "person_no household_no head_name relation_to_head name former_name id_number sex ethnicity birth_date "
            "marital_status education occupation hukou_address residence_address area_code phone mother_name mother_id "
            "father_name father_id change",
            "person_no household_no name", "self", rhythm="baseline",
        ),
        _contract(
            "police_residents", SNAPSHOT,
            "household_no head_name relation_to_head name former_name id_number sex ethnicity birth_date marital_status "
            "hukou_address area_code phone",
            "household_no name relation_to_head", "self", due_day=5,
        ),
        _contract(
            "police_births", EVENT,
            "household_no name id_number sex ethnicity birth_date mother_name mother_id father_name father_id "
            "hukou_address area_code event_date certificate_no",
            "name birth_date mother_name", "self mother father", due_day=5,
            natural_keys=(("id_number",), ("certificate_no",), ("mother_id", "birth_date", "name"),
                          ("mother_name", "birth_date", "name")),
        ),
        _contract(
            "police_moves", EVENT,
            "event_type name id_number sex birth_date from_address to_address area_code event_date household_no",
            "event_type name", "self", due_day=5, natural_keys=_PERSON_EVENT,
        ),
        _contract(
            "police_floating", SNAPSHOT,
            "name id_number sex birth_date ethnicity hukou_address residence_address area_code phone event_date",
            "name residence_address", "self", due_day=5,
        ),
        _contract(
            "hospital_births", EVENT,
            "certificate_no name sex birth_date birth_time plurality_rank facility mother_name mother_id father_name "
            "father_id hukou_address residence_address phone",
            "birth_date mother_name", "self mother father", due_day=5,
            natural_keys=(("certificate_no",), ("mother_id", "birth_date", "plurality_rank"),
                          ("mother_name", "birth_date", "plurality_rank"), ("mother_name", "birth_date", "name"),
                          ("mother_name", "birth_date")),
        ),
        _contract(
            "hospital_deaths", EVENT,
            "name sex id_number birth_date event_date hukou_address residence_address phone",
            "name event_date", "self", due_day=5,
            natural_keys=(("id_number",), ("name", "birth_date"), ("name", "event_date")),
        ),
        _contract(
            "school_enrolment", SNAPSHOT,
            "name sex birth_date id_number student_no school grade class enrolled_on hukou_address residence_address "
            f"{_GUARDIANS} occupation",
            "name student_no", "self guardian1 guardian2", rhythm="termly",
        ),
        _contract(
            "civil_marriages", EVENT,
            "event_type cert_serial male_name male_id male_birth_date female_name female_id female_birth_date event_date",
            "male_name female_name", "male female", due_day=10,
            natural_keys=(("cert_serial",), ("male_id", "event_date"), ("male_name", "female_name", "event_date")),
        ),
        _contract(
            "civil_adoptions", EVENT,
            "event_type name former_name sex birth_date id_number adopter1_name adopter1_id adopter2_name adopter2_id "
            "event_date",
            "name adopter1_name", "self adopter1 adopter2", due_day=10, rhythm="quarterly",
            natural_keys=(("id_number",), ("name", "birth_date"), ("name", "event_date")),
        ),
        _contract(
            "survey_returns", EVENT, "case_no outcome surveyed_on surveyor remark", "case_no outcome", "",
            rhythm="any time", natural_keys=(("case_no",),),
        ),
    )
}  # fmt: skip


def contract_of(feed: str) -> FeedContract:
    """Raises: UnknownFeed."""
    try:
        return CONTRACTS[feed]
    except KeyError:
        raise UnknownFeed(f"there is no feed {feed!r}; feeds are {', '.join(CONTRACTS)}") from None
