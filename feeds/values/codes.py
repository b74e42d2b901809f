"""Coded fields: what is written, in whatever spelling or code → the standard's name.

Codes are those of GB/T 2261.1 (sex), GB/T 2261.2 (marital status), GB/T 3304 (ethnicity), GB/T 4761 (relation to head) and
GB/T 4658 (education).
"""

from __future__ import annotations

import re

from feeds.values.text import as_text, is_blank, tight

SEX = {"男": "男 男性 1 M MALE 男童 男孩 01", "女": "女 女性 2 F FEMALE 女童 女孩 02"}
MARITAL = {
    "未婚": "10 未婚 1 单身 未",
    "已婚": "20 已婚 2 有配偶 已 结婚 在婚",
    "初婚": "21 初婚",
    "再婚": "22 再婚",
    "复婚": "23 复婚",
    "丧偶": "30 丧偶 3 丧",
    "离异": "40 离异 离婚 4 离",
}
ETHNICITIES = [
    "汉族",
    "蒙古族",
    "回族",
    "藏族",
    "维吾尔族",
    "苗族",
    "彝族",
    "壮族",
    "布依族",
    "朝鲜族",
    "满族",
    "侗族",
    "瑶族",
    "白族",
    "土家族",
    "哈尼族",
    "哈萨克族",
    "傣族",
    "黎族",
    "傈僳族",
    "佤族",
    "畲族",
    "高山族",
    "拉祜族",
    "水族",
    "东乡族",
    "纳西族",
    "景颇族",
    "柯尔克孜族",
    "土族",
    "达斡尔族",
    "仫佬族",
    "羌族",
    "布朗族",
    "撒拉族",
    "毛南族",
    "仡佬族",
    "锡伯族",
    "阿昌族",
    "普米族",
    "塔吉克族",
    "怒族",
    "乌孜别克族",
    "俄罗斯族",
    "鄂温克族",
    "德昂族",
    "保安族",
    "裕固族",
    "京族",
    "塔塔尔族",
    "独龙族",
    "鄂伦春族",
    "赫哲族",
    "门巴族",
    "珞巴族",
    "基诺族",
]
RELATIONS = {
    "户主": "01 02 1 户主 本人 0",
    "配偶": "10 配偶 爱人",
    "夫": "11 夫 丈夫",
    "妻": "12 妻 妻子",
    "子": "20 21 22 23 24 25 子 儿子 长子 次子 三子 四子 五子 独生子 之子 2",
    "养子": "26 养子 继子 27 养子或继子",
    "女婿": "28 女婿",
    "女": "30 31 32 33 34 35 女 女儿 长女 次女 二女 三女 四女 五女 独生女 之女 3",
    "养女": "36 养女 继女 37 养女或继女",
    "儿媳": "38 儿媳 媳妇 儿媳妇",
    "孙": "40 41 孙 孙子",
    "孙女": "42 孙女",
    "外孙": "43 外孙 外孙子",
    "外孙女": "44 外孙女",
    "孙媳妇": "45 孙媳 孙媳妇 外孙媳妇",
    "父": "51 父 父亲",
    "母": "52 母 母亲",
    "公公": "53 公公",
    "婆婆": "54 婆婆",
    "岳父": "55 岳父",
    "岳母": "56 岳母",
    "祖父": "61 祖父 爷爷",
    "祖母": "62 祖母 奶奶",
    "外祖父": "63 外祖父 外公",
    "外祖母": "64 外祖母 外婆",
    "兄": "71 兄 哥哥 哥",
    "弟": "73 弟 弟弟",
    "姐": "75 姐 姐姐 姊",
    "妹": "77 妹 妹妹",
    "侄子": "93 侄子 侄儿 侄",
    "侄女": "94 侄女",
    "其他亲属": "90 99 97 其他亲属 亲属 其他 其它",
    "非亲属": "98 非亲属 雇工 寄居",
}
EDUCATION = {
    "研究生": "10 11 14 17 19 研究生 硕士 博士 硕士研究生 博士研究生",
    "本科": "20 21 本科 大学 大学本科",
    "大专": "30 31 大专 专科 大学专科",
    "中专": "40 41 44 47 中专 职高 技校 中等专业学校",
    "高中": "60 61 高中 普通高中",
    "初中": "70 71 73 初中",
    "小学": "80 81 83 89 小学",
    "文盲": "90 文盲 不识字 文盲或半文盲",
    "学龄前": "学龄前 学前 幼儿园",
}
GUARDIAN_RELATIONS = {
    "父亲": "父亲 父 爸爸 父子 父女 51 1",
    "母亲": "母亲 母 妈妈 母子 母女 52 2",
    "祖父": "祖父 爷爷 61", "祖母": "祖母 奶奶 62", "外祖父": "外祖父 外公 63", "外祖母": "外祖母 外婆 64",
    "其他": "其他 其它 亲属 监护人 兄 姐 叔叔 伯父 姑姑 舅舅 99",
}  # fmt: skip
EVENTS = {
    "迁入": "迁入 迁入登记 户口迁入", "迁出": "迁出 迁出登记 户口迁出 迁出注销",
    "死亡注销": "死亡注销 死亡 注销 死亡注销登记 销户",
    "结婚": "结婚 结婚登记 复婚 复婚登记", "离婚": "离婚 离婚登记",
    "收养登记": "收养登记 收养", "解除收养": "解除收养 解除收养登记 解除",
    "出生登记": "出生登记 出生",
}  # fmt: skip

CHANGES = {
    "新增": "新增 新增人员 增加 增 出生 新生 迁入 转入 恢复",
    "修改": "修改 变更 更正 更新 改 户间变动 移户",
    "注销": "注销 删除 减少 减 死亡 死亡注销 迁出 迁出注销 转出 除名",
}
"""What a delivery of changes does with a person."""


def _inverted(table: dict[str, str]) -> dict[str, str]:
    return {word.upper(): name for name, words in table.items() for word in (*words.split(), name)}


TABLES: dict[str, dict[str, str]] = {
    "sex": _inverted(SEX),
    "marital": _inverted(MARITAL),
    "relation": _inverted(RELATIONS),
    "education": _inverted(EDUCATION),
    "guardian_relation": _inverted(GUARDIAN_RELATIONS),
    "event_type": _inverted(EVENTS),
    "change": _inverted(CHANGES),
    "ethnicity": {
        **{name: name for name in ETHNICITIES},
        **{name.removesuffix("族"): name for name in ETHNICITIES},
        **{f"{place:02d}": name for place, name in enumerate(ETHNICITIES, 1)},
        **{str(place): name for place, name in enumerate(ETHNICITIES, 1) if place < 10},
        "维族": "维吾尔族", "维": "维吾尔族", "哈族": "哈萨克族", "蒙族": "蒙古族",
    },
}  # fmt: skip
_LABELLED = re.compile(r"\d{1,2}[.、\-:：]?([\u4e00-\u9fff]+)")


def read_code(table: str, cell: object) -> tuple[str | None, str | None]:
    """Value (the standard's name) and note (`unusable` when the table does not know it)."""
    text = as_text(cell)
    if text is None or is_blank(text):
        return None, None
    word = tight(text).upper().strip("'\"*()")
    known = TABLES[table]
    labelled = _LABELLED.fullmatch(word)
    found = known.get(word) or (known.get(labelled[1]) if labelled else None)
    if found is None and word in ("未说明", "未说明的性别", "9", "未知的性别", "其他"):
        return None, None
    return (found, None) if found else (None, "unusable")
