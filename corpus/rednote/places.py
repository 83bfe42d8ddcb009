"""The places that a Chinese platform shows beside a post, told apart by level: a province or a country."""

from typing import Literal

Level = Literal["province", "country", "unknown"]

# As the platforms print them (Hong Kong, Macau and Taiwan among the provinces), in Chinese and in English.
_PROVINCES = """
北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川
贵州 云南 陕西 甘肃 青海 内蒙古 广西 西藏 宁夏 新疆 香港 澳门 台湾 中国香港 中国澳门 中国台湾 Beijing Tianjin
Shanghai Chongqing Hebei Shanxi Liaoning Jilin Heilongjiang Jiangsu Zhejiang Anhui Fujian Jiangxi Shandong
Henan Hubei Hunan Guangdong Hainan Sichuan Guizhou Yunnan Shaanxi Gansu Qinghai Inner_Mongolia Guangxi Tibet
Xizang Ningxia Xinjiang Hong_Kong Macao Macau Taiwan
"""
_COUNTRIES = """
中国 美国 英国 加拿大 澳大利亚 新西兰 日本 韩国 朝鲜 新加坡 马来西亚 泰国 越南 菲律宾 印度尼西亚 印度 巴基斯坦
孟加拉国 斯里兰卡 尼泊尔 不丹 马尔代夫 缅甸 老挝 柬埔寨 文莱 东帝汶 蒙古 哈萨克斯坦 乌兹别克斯坦 吉尔吉斯斯坦
塔吉克斯坦 土库曼斯坦 阿富汗 伊朗 伊拉克 叙利亚 约旦 黎巴嫩 以色列 巴勒斯坦 沙特阿拉伯 阿联酋 阿拉伯联合酋长国
卡塔尔 科威特 巴林 阿曼 也门 土耳其 塞浦路斯 格鲁吉亚 亚美尼亚 阿塞拜疆 法国 德国 意大利 西班牙 葡萄牙 荷兰
比利时 卢森堡 瑞士 奥地利 爱尔兰 冰岛 挪威 瑞典 芬兰 丹麦 波兰 捷克 斯洛伐克 匈牙利 罗马尼亚 保加利亚 希腊
塞尔维亚 克罗地亚 斯洛文尼亚 波黑 黑山 北马其顿 阿尔巴尼亚 摩尔多瓦 乌克兰 白俄罗斯 俄罗斯 爱沙尼亚 拉脱维亚
立陶宛 马耳他 摩纳哥 列支敦士登 安道尔 圣马力诺 梵蒂冈 埃及 利比亚 突尼斯 阿尔及利亚 摩洛哥 苏丹 南苏丹
埃塞俄比亚 厄立特里亚 索马里 吉布提 肯尼亚 坦桑尼亚 乌干达 卢旺达 布隆迪 刚果 安哥拉 赞比亚 津巴布韦 马拉维
莫桑比克 博茨瓦纳 纳米比亚 南非 莱索托 斯威士兰 马达加斯加 毛里求斯 塞舌尔 尼日利亚 加纳 科特迪瓦 塞内加尔
马里 布基纳法索 尼日尔 乍得 喀麦隆 中非 加蓬 赤道几内亚 贝宁 多哥 利比里亚 塞拉利昂 几内亚 冈比亚 佛得角
毛里塔尼亚 墨西哥 危地马拉 伯利兹 萨尔瓦多 洪都拉斯 尼加拉瓜 哥斯达黎加 巴拿马 古巴 牙买加 海地 多米尼加
波多黎各 巴哈马 巴巴多斯 特立尼达和多巴哥 哥伦比亚 委内瑞拉 圭亚那 苏里南 厄瓜多尔 秘鲁 玻利维亚 巴西 巴拉圭
乌拉圭 阿根廷 智利 斐济 巴布亚新几内亚 萨摩亚 汤加 瓦努阿图 所罗门群岛 关岛 China United_States United_Kingdom
Canada Australia New_Zealand Japan South_Korea Singapore Malaysia Thailand Vietnam Philippines Indonesia India
Pakistan Bangladesh Russia Ukraine France Germany Italy Spain Portugal Netherlands Belgium Switzerland Austria
Ireland Iceland Norway Sweden Finland Denmark Poland Czechia Hungary Romania Greece Turkey Israel Iran Iraq
Egypt Morocco Nigeria Kenya Ghana South_Africa Mexico Cuba Jamaica Puerto_Rico Colombia Venezuela Ecuador Peru
Brazil Argentina Chile
"""


def _names(printed: str) -> frozenset[str]:
    return frozenset(name.replace("_", " ").casefold() for name in printed.split())


_LEVELS: tuple[tuple[frozenset[str], Level], ...] = ((_names(_PROVINCES), "province"), (_names(_COUNTRIES), "country"))


def level_of(place: str) -> Level:
    """The level of a place as printed (a leading ``IP属地：`` is no part of it); ``unknown`` for every other text."""
    name = bare_place(place).casefold()
    for names, level in _LEVELS:
        if name in names or name.removesuffix("省").removesuffix("市") in names:
            return level
    return "unknown"


def bare_place(place: str) -> str:
    """``IP属地：四川`` as ``四川``."""
    name = place.strip()
    for label in ("IP属地", "IP Address", "IP location", "IP"):
        if name[: len(label)].casefold() == label.casefold() and name[len(label) : len(label) + 1] in (":", "：", " "):
            return name[len(label) :].strip(" ：:")
    return name
