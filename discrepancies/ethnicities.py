"""The 56 ethnicities of GB/T 3304, by their codes from 01 on: as the register has them, and as the standard writes them in letters."""

from __future__ import annotations

from typing import Final

IN_LETTERS: Final = {
    "汉族": "Han",
    "蒙古族": "Mongol",
    "回族": "Hui",
    "藏族": "Zang",
    "维吾尔族": "Uygur",
    "苗族": "Miao",
    "彝族": "Yi",
    "壮族": "Zhuang",
    "布依族": "Buyei",
    "朝鲜族": "Chosen",
    "满族": "Man",
    "侗族": "Dong",
    "瑶族": "Yao",
    "白族": "Bai",
    "土家族": "Tujia",
    "哈尼族": "Hani",
    "哈萨克族": "Kazak",
    "傣族": "Dai",
    "黎族": "Li",
    "傈僳族": "Lisu",
    "佤族": "Va",
    "畲族": "She",
    "高山族": "Gaoshan",
    "拉祜族": "Lahu",
    "水族": "Sui",
    "东乡族": "Dongxiang",
    "纳西族": "Naxi",
    "景颇族": "Jingpo",
    "柯尔克孜族": "Kirgiz",
    "土族": "Tu",
    "达斡尔族": "Daur",
    "仫佬族": "Mulao",
    "羌族": "Qiang",
    "布朗族": "Blang",
    "撒拉族": "Salar",
    "毛南族": "Maonan",
    "仡佬族": "Gelao",
    "锡伯族": "Xibe",
    "阿昌族": "Achang",
    "普米族": "Pumi",
    "塔吉克族": "Tajik",
    "怒族": "Nu",
    "乌孜别克族": "Uzbek",
    "俄罗斯族": "Russ",
    "鄂温克族": "Ewenki",
    "德昂族": "Deang",
    "保安族": "Bonan",
    "裕固族": "Yugur",
    "京族": "Gin",
    "塔塔尔族": "Tatar",
    "独龙族": "Derung",
    "鄂伦春族": "Oroqen",
    "赫哲族": "Hezhen",
    "门巴族": "Monba",
    "珞巴族": "Lhoba",
    "基诺族": "Jino",
}


def named() -> dict[str, tuple[str, str]]:
    """What may stand on the register or be typed (the name, the name without 族, the code) → what readers of Chinese and of English call it."""
    found: dict[str, tuple[str, str]] = {}
    for code, (name, letters) in enumerate(IN_LETTERS.items(), 1):
        short = name.removesuffix("族")
        found |= {name: (name, letters), short: (short, letters), f"{code:02d}": (name, letters)}
    return found
