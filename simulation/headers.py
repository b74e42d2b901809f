"""Column headers: the usual one, the variants seen (DOMAIN section 2), and columns nobody may read."""

FIELDS = {
    "register": (
        "person_no household_no head_name relation_to_head name former_name id_number sex "
        "ethnicity birth_date marital_status education occupation hukou_address residence_address "
        "area_code phone mother_name mother_id father_name father_id"
    ),
    "register_changes": (
        "person_no household_no head_name relation_to_head name former_name id_number sex "
        "ethnicity birth_date marital_status education occupation hukou_address residence_address "
        "area_code phone mother_name mother_id father_name father_id change"
    ),
    "police_residents": (
        "household_no head_name relation_to_head name former_name id_number sex ethnicity "
        "birth_date marital_status hukou_address area_code phone"
    ),
    "police_births": (
        "household_no name id_number sex ethnicity birth_date mother_name mother_id father_name "
        "father_id hukou_address area_code event_date certificate_no"
    ),
    "police_moves": (
        "event_type name id_number sex birth_date from_address to_address area_code event_date household_no"
    ),
    "police_floating": (
        "name id_number sex birth_date ethnicity hukou_address residence_address area_code phone event_date"
    ),
    "hospital_births": (
        "certificate_no name sex birth_date birth_time plurality_rank facility mother_name "
        "mother_id father_name father_id hukou_address residence_address phone"
    ),
    "hospital_deaths": "name sex id_number birth_date event_date hukou_address residence_address phone",
    "school_enrolment": (
        "name sex birth_date id_number student_no school grade class enrolled_on hukou_address "
        "residence_address guardian1_name guardian1_relation guardian1_id guardian1_phone "
        "guardian2_name guardian2_relation guardian2_id guardian2_phone occupation"
    ),
    "civil_marriages": (
        "event_type cert_serial male_name male_id male_birth_date female_name female_id "
        "female_birth_date event_date"
    ),
    "civil_adoptions": (
        "event_type name former_name sex birth_date id_number adopter1_name adopter1_id "
        "adopter2_name adopter2_id event_date"
    ),
}

HEADERS = {  # field → usual header, then variants
    "person_no": "人员编码 个人编码 人口编码 RYBM",
    "household_no": "户编码 家庭编码 户号 户口编号 HH",
    "head_name": "户主姓名 户主",
    "relation_to_head": "与户主关系 关系 家庭关系 YHZGX",
    "name": "姓名 XM",
    "former_name": "曾用名 CYM",
    "id_number": "公民身份号码 身份证号 身份证号码 证件号码 GMSFHM SFZH",
    "sex": "性别 XB",
    "ethnicity": "民族 MZ",
    "birth_date": "出生日期 出生年月 生日 CSRQ 出生时间",
    "birth_time": "出生时分",
    "plurality_rank": "胎儿序 多胎序号 胎次序",
    "marital_status": "婚姻状况 婚姻 HYZK",
    "education": "文化程度 学历",
    "occupation": "职业 服务处所",
    "hukou_address": "户籍地址 户口所在地 户籍所在地 HJDZ",
    "residence_address": "现居住地 现住址 居住地址 现住地址",
    "area_code": "行政区划代码 区划 村代码 XZQH",
    "phone": "联系电话 电话 手机 联系方式",
    "mother_name": "母亲姓名 母姓名",
    "mother_id": "母亲身份证号 母亲证件号码",
    "father_name": "父亲姓名 父姓名",
    "father_id": "父亲身份证号 父亲证件号码",
    "guardian1_name": "家长1姓名 监护人1姓名",
    "guardian1_relation": "家长1关系 监护人1关系",
    "guardian1_id": "家长1身份证号 监护人1身份证号",
    "guardian1_phone": "家长1联系电话 监护人1联系电话",
    "guardian2_name": "家长2姓名 监护人2姓名",
    "guardian2_relation": "家长2关系 监护人2关系",
    "guardian2_id": "家长2身份证号 监护人2身份证号",
    "guardian2_phone": "家长2联系电话 监护人2联系电话",
    "certificate_no": "出生医学证明编号 出生证编号",
    "facility": "助产机构名称 接生机构 医院名称",
    "student_no": "学籍号 全国学籍号",
    "school": "学校名称 学校",
    "grade": "年级",
    "class": "班级 班",
    "enrolled_on": "入学年月",
    "event_type": "业务类型 变动类型 登记类型",
    "event_date": "登记日期 申报日期",
    "from_address": "何地迁来 迁出地",
    "to_address": "迁往何地 迁入地",
    "cert_serial": "字号 证书编号",
    "change": "变更方式 变动方式",
    "male_name": "男方姓名",
    "male_id": "男方身份证号 男方证件号码",
    "male_birth_date": "男方出生日期",
    "female_name": "女方姓名",
    "female_id": "女方身份证号 女方证件号码",
    "female_birth_date": "女方出生日期",
    "adopter1_name": "收养人1姓名",
    "adopter1_id": "收养人1身份证号",
    "adopter2_name": "收养人2姓名",
    "adopter2_id": "收养人2身份证号",
}
IN_FEED = {  # what a field is called in one feed only
    ("hospital_births", "name"): "新生儿姓名 婴儿姓名",
    ("hospital_births", "mother_name"): "母亲姓名 母姓名 产妇姓名",
    ("hospital_births", "mother_id"): "母亲身份证号 母亲证件号码 产妇身份证号",
    ("school_enrolment", "name"): "姓名 学生姓名",
    ("hospital_deaths", "event_date"): "死亡日期",
    ("police_moves", "event_date"): "登记日期 迁移日期 申报日期",
}
FORBIDDEN = {  # columns outside every contract, filled with canaries
    "register": ("社会抚养费", "政策内外"),
    "hospital_births": ("生育证号", "孩次", "身高", "体重"),
    "hospital_deaths": ("死亡原因", "诊断"),
    "police_residents": ("政策内外",),
    "school_enrolment": ("身高", "体重"),
}
TITLES = {
    "register": "全员人口信息",
    "register_changes": "全员人口变动",
    "police_residents": "常住人口信息",
    "police_births": "出生登记",
    "police_moves": "户口变动",
    "police_floating": "流动人口",
    "hospital_births": "新生儿花名册",
    "hospital_deaths": "死亡医学证明",
    "school_enrolment": "学生花名册",
    "civil_marriages": "婚姻登记",
    "civil_adoptions": "收养登记",
}
GROUPED = {"guardian1": "家长1", "guardian2": "家长2", "male": "男方", "female": "女方"}  # two-line headers


def variants(feed: str, field: str) -> list[str]:
    """All spellings of a field's header in a feed, the usual one first."""
    return IN_FEED.get((feed, field), HEADERS[field]).split()
