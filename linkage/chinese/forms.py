"""Tables of forms: variant characters, look-alikes, compound surnames, surname readings. Facts, typed as data.

Traditional characters are not listed: OpenCC folds them before these tables are asked. For match keys only; the forms are legally distinct.
"""

from __future__ import annotations

_VARIANTS = (
    "升昇 哲喆 峰峯 钟鍾 肖萧 闫阎 付傅 邱丘 戴代 坤堃 佩珮 苏甦蘓 村邨 果菓 隽雋 岩喦 浚濬 睿叡 勋勳 柏栢 同仝 和龢 炯烱 皓晧 晰皙 照曌 翱翺 仙僊 回囬囘 二弍弐 一弌 克尅 咏詠 "
    "清淸 真眞 青靑 绪緖 瑶瑤 妍姸 宁甯寗 秘祕 俞兪 步歩 德徳悳 惠恵 彝彜 雁鴈 麟麐 高髙 涉渉 并倂併竝 佑祐 乃迺廼 气炁 熔镕 昆崐崑 峨峩 璇璿琁 溪谿 岳嶽 杰傑 群羣 略畧 强彊 丽麗 "
    "艳豔 温溫 裴裵 棋碁 炮砲 俊儁 蜂蠭 笋筍 冰氷 净淨 叶葉 卧臥 吴吳呉 吕呂 黄黃 户戶 内內 册冊 线綫 姊姉 娘孃 寇冦 巩鞏 床牀 弦絃 志誌 捷㨗 梁樑 梅楳槑 流㳅 秋秌 莉莅 逸佚 "
    "采採 韧靭 韵韻 花蘤 春旾 时旹 礼禮 国囯圀 华崋 明朙 星曐 野埜 松枩 学斈 宝寳寶 义義 亮喨 勤懃"
)
VARIANTS = _VARIANTS.split()
"""Characters that files use for one another in names; the first of each group stands for all."""

_LOOKALIKES = (
    "己已巳 戊戌戍 未末 士土 千干于 日曰 人入 大太犬 王玉主 天夭 午牛 卯卵 刀力 八入 今令 目自 田由甲申 贝见 冶治 沐沭 洁浩 淇琪 涵函 睛晴 清情 侯候 俞愉 倩靖 佳住 仕任 伟炜 伶玲 "
    "佩珮 杰木 栋拣 栎烁 桐铜 梓锌 梅莓 棋祺琪 楠南 榕蓉 燕莺 炎淡 煊暄 煌皇 熙煕 珍诊 玟纹 玫枚 琳淋 瑜喻 瑞端 璇旋 璐路 皓浩 盈盆 真直 睿容 磊品 祥详 秀季 程呈 竹行 筠均 紫絮 "
    "红江 纯钝 纲钢 绮倚 翔羊 耀跃 聪总 芬芳 芳方 苗茁 茜西 茹如 莉利 莎沙 莹荧 菲非 萍平 蓓倍 蕾雷 薇徽 虹红 裕袷 诗持 贤肾 超起 辉晖 远运 迪油 逸免 邦帮 郁部 钰玉 铭名 锋峰 "
    "锐税 长张 阳阴 雁应 雯文 霖林 静净 韵均 顺须 颖颍 飞气 馨声 骏俊 鹏朋 兰三 冰水 凡几 凤风 刚钢 勇男 升开 卉井 君尹 吉告 哲誓 嘉喜 国图 圆园 城诚 培陪 奕弈 妍研 妮呢 娅亚 "
    "娇桥 婕捷 婷亭 宁字 宇字 宏宠 宗宋 宣宜 宸寅 富宫 尧晓 岚风 岩若 峻竣 巍魏 希布 帅师 康唐 彤丹 彬杉 微徽 志忘 忠患 怡治 恒垣 恺凯 悦税 惠慧 慧彗 振震 捷婕 敏每 文交 斌武 "
    "新亲 旭旮 昊吴 昌昆 明朋 星是 春舂 晓哓 晨晟 景影 智知 曼蔓 月用 有冇 朗郎 木本 杨扬 林材 柳抑 桂挂 欣歆 正止 武式 民氏 永水 江汪 沛市 波坡 泽译 洋样 洪供 浚俊 海每 涛祷 "
    "润闰 淑叔 渊湘 源原 滢莹 演寅 瀚翰 灿仙 萍苹"
)
LOOKALIKES = _LOOKALIKES.split()
"""Characters that are mistaken for one another on paper or in recognition."""

_COMPOUND = (
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 "
    "司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌 微生 梁丘 左丘 西门 第五 贯丘 南荣 东里 东宫 仲长 即墨 达奚 褚师 纳兰 "
    "淳于 单于"
)
COMPOUND_SURNAMES = frozenset(_COMPOUND.split())

SURNAME_READINGS = {
    "单": "shan4", "曾": "zeng1", "仇": "qiu2", "解": "xie4", "区": "ou1", "朴": "piao2", "查": "zha1", "盖": "ge3", "华": "hua4", "任": "ren2",
    "尉迟": "yu4 chi2", "万俟": "mo4 qi2", "乐": "yue4", "覃": "qin2", "翟": "zhai2", "繁": "po2", "召": "shao4", "秘": "bi4", "折": "she2",
    "黑": "he4", "员": "yun4", "种": "chong2", "逄": "pang2", "缪": "miao4", "宓": "mi4", "冼": "xian3", "郇": "xun2", "隗": "wei3", "那": "na1",
    "能": "nai4", "牟": "mu4", "幺": "yao1", "谌": "chen2", "尹": "yin3", "曲": "qu1", "纪": "ji3", "葛": "ge3", "燕": "yan1", "应": "ying1",
    "哈": "ha3", "过": "guo1", "晟": "cheng2", "长孙": "zhang3 sun1", "澹台": "tan2 tai2", "令狐": "ling2 hu2", "教": "jiao4", "訾": "zi1", "撒": "sa4",
    "盛": "sheng4", "宿": "su4", "祭": "zhai4", "洗": "xian3", "石": "shi2", "车": "che1", "沈": "shen3", "卜": "bu3", "薄": "bo2", "塔": "ta3",
}  # fmt: skip
"""Where a character is read otherwise as a surname (《现代汉语词典》), which pypinyin gets wrong."""

FUZZY_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("f", "h"))
FUZZY_FINALS = (("ang", "an"), ("eng", "en"), ("ing", "in"))
ROUNDED = {
    "hui": "hei",
    "hun": "hen",
    "hua": "ha",
    "huai": "hai",
    "huan": "han",
    "huang": "hang",
    "huo": "ho",
}
"""Where f and h fall together (湖南, 四川), the lips are rounded for h: 黄 is 方, 灰 is 飞."""
