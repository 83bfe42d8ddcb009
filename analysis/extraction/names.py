"""Names of Chinese people: family names, the titles that stand before a name, and how long a name is."""

import re

from analysis.extraction.tagging import Words

_COMPOUND = "欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 司徒 长孙 宇文 夏侯 端木 南宫 独孤 轩辕".split()
_SINGLE = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付"
    "方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝"
    "包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜"
    "冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝闻"
)
TITLES = (
    "外交部发言人|新闻发言人|国务院总理|国家主席|副发言人|发言人|特约记者|首席记者|见习记者|实习记者|本报记者|记者|副主席|主席|副总理|总理|"
    "副部长|部长|外长|副总统|总统|国务卿|副校长|校长|副院长|院长|副教授|教授|副研究员|研究员|副主任|主任|副局长|局长|副市长|市长|"
    "省长|书记|副秘书长|秘书长|参议员|众议员|议员|大使|总领事|首席执行官|首席分析师|分析师|创始人|联合创始人|总裁|董事长|总经理|经理|律师|"
    "法官|医生|博士|学者|专家|评论员|博主|网红|作家|导演|演员|歌手|主持人|编辑|编译|通讯员|摄影|老师|同学|先生|女士|用户|网友|翻译|负责人|工程师|讲师|院士|"
    "执行长|市民|大学生|留学生|教师|志愿者|店主|村民"
)
# Signs that foreign names are written with; a word of these alone is a name where somebody must stand.
SOUNDS = (
    "阿埃艾安奥巴拜班保鲍贝本比彼别波伯布查茨达戴丹德迪蒂登东杜多恩尔法菲费佛夫弗福盖戈格古哈海汉豪赫亨霍基吉加贾杰卡凯坎康考科克肯库夸拉莱兰朗劳雷勒"
    "里理利莉丽林隆卢鲁路伦罗洛马玛迈麦曼梅米蒙摩莫姆穆娜纳南内尼纽努诺欧帕派潘佩皮普奇乔切琼屈萨塞森沙莎舍圣施史什士斯思苏索塔泰坦汤特汀廷图托瓦万旺威维"
    "韦魏温沃乌伍西希夏谢辛雅亚扬耶伊英尤约泽扎詹兹佐京默庞瑟厄何丁蕾芭妮珍凯琳茜"
)
# Words that a tagger takes for names because they begin with a family name.
NO_NAMES = frozenset(
    "谢谢 祝福 熊猫 熊猫眼 冷笑 阳光 白云 刘海 丁香 胡萝卜 张望 冷清 牛叉 金黄 夏木 叶子 黄子 高德 万紫千红 欧冠 熊二 童鞋 安静 和谐 成功 高兴 "
    "方便 明白 白白 黄瓜 黄金 金钱 金融 石头 马上 马桶 牛奶 牛肉 龙虾 花生 温柔 温暖 温馨 康复 关心 关注 常常 平安 平常 平时 安全 安心 安慰 "
    "高级 高考 高中 高手 高端 高潮 包子 包装 宝贝 宝宝 支持 时候 时间 时尚 时代 华丽 华人 毛线 毛病 雷人 雷同 凌晨 乐观 向往 向日葵 金牛 文明 文化 "
    "文艺 文字 江湖 江山 江南 海底捞 路人 路过 水果 水平 任性 任何 任务 鲜花 许愿 许多 余额 严重 严肃 严格 曾经 易容 柳絮 卓越 荣幸 荣耀 喻为 苗条 "
    "甘心 干净 于是 连衣裙 白菜 白领 白色 白痴 宁静 宁愿 古代 古典 古人 全部 应该 终于 单纯 单身 单位 解决 解释 商家 商店 商品 司机 明天 明星 明月 "
    "武功 和尚 王朝 陆军 卫星 雷达 荣誉 古老 武林 宫殿 师傅 胡同 师兄 师姐 师父 师母 师生 师范 顾问 顾客 王爷 白雪 高峰 文武 齐全 辛勤 胡子 沙滩 梅花 "
    "吉祥 范畴 周转 孙子 孙女 宁可 宁肯 凌辱 高明 陈述 荣获 丛林 马匹 关怀 林立 秦岭 明珠 王子 温泉 白宫 向阳 黎明 陈列 蓝天 金刚 左翼 冷汗 安抚 许可 "
    "朱红 杜绝 童子 祝贺 祝愿 祝你 兰花 张大 张开 张嘴 张口 张贴 张罗 张扬 张狂 张图 岳父 岳母 史诗 谢恩 凌厉 高三 高一 高二 高清 高达 高危 高薪 高昂 高超 高雅 高喊 "
    "王八 胡闹 胡来 胡椒 马克 马屁 马甲 桂花 高悬 乔木 毛巾 毛发 毛驴 麦子 麦田 白布 白发 白银 白昼 白兔 白屏 周密 周旋 周知 周全 周折 陈设 陈旧 麻木 麻醉 "
    "麻利 林子 杨柳 安危 安然 安逸 安康 安保 安卓 查明 查清 田园 田野 田径 孔雀 王宫 王后 王储 王冠 史实 史前 古文 古董 李子 凌空 凌驾 雷声 雷雨 雷霆 雷射 蓝图 "
    "蓝领 蓝光 殷勤 明智 明朗 明言 明文 严正 严冬 庄园 金光 金秋 顾忌 顾虑 郎君 时髦 卫冕 卫浴 钟声 钟爱 汪洋 汪汪 任凭 施政 施礼 许诺 涂抹 黄牛 黄蜂 黄桃 "
    "黄铜 鲁莽 盛世 盛怒 盛夏 盛赞 庄客 农耕 冉冉 华裔 华贵 华硕 熊熊 苏醒 武侠 武夫 巫师 成仁 齐备 齐放 齐鸣 和睦 和善 和蔼 康宁 康康 康佳 沙龙 沙尘 解密 连贯 "
    "连胜 连霸 温顺 贺喜 贺卡 段子 桑拿 桑树 丁香 艾草 艾特 汤圆 汤水 苗子 苗木 文雅 方正 龙凤 阳春 阳刚 童工 童谣 易懂 易燃 游弋 曲直 何谓 何干 何曾 贾人 全民 "
    "成绩 成正 向所 段时 鲍鱼 吉普 白沙 石阶".split()
)
_TITLE = re.compile(f"(?:{TITLES})")
_SHORT_TITLE = re.compile(f"(?:{TITLES})$")
# Signs that follow a name and are seldom its last: verbs, adverbs, prepositions, links.
AFTER_NAME = frozenset(
    "说称表在对和与及的指认介告也则就向回透强补还是为将于从到等把被曾、，。：；“”（）()《》「」,.:;!?！？ 　\n\t及又都并跟给让问答写道摄报"
)


def family_name(text: str, at: int = 0) -> int:
    """How many signs of a family name stand at ``at``; 0 where there is none."""
    if text[at : at + 2] in _COMPOUND:
        return 2
    return 1 if text[at : at + 1] in _SINGLE else 0


def name_length(text: str, at: int, words: Words) -> int:
    """How many signs at ``at`` are probably a Chinese name: family name and one or two signs, or a foreign name with dots.

    The second of the two is none where one of the ``words`` of the text begins with it: 毛宁 今天.
    """
    foreign = _FOREIGN.match(text, at)
    if foreign:
        return len(foreign.group())
    family = family_name(text, at)
    if not family:
        return 0
    given = 0
    for sign in text[at + family : at + family + 2]:
        own = sign == "为" and text.startswith("为认为", at + family + given)  # 张维为认为
        if not "\u4e00" <= sign <= "\u9fff" or (sign in AFTER_NAME and (given or sign in _NEVER) and not own):
            break
        if given and _other_word(words.begins(at + family + 1)[0]):
            break
        given += 1
    return family + given if given else 0


def _other_word(word: str) -> bool:
    """Whether a word of a text is none that a name's last sign and a verb make: 陈小明说."""
    return len(word) > 1 and (word[1:] != "说" or word in _HEARSAY)


_HEARSAY = frozenset("听说 据说 再说 来说 所说 常说".split())
_NEVER = frozenset("说称的也则就将被把等在表")
_ONLY_HAN = re.compile("[\u4e00-\u9fff]+")
_LATIN = re.compile(r"[A-Z][\w.]{0,30}(?: [A-Z][\w.]{0,30}){0,3}")
_FOREIGN = re.compile("[\u4e00-\u9fff]{1,6}(?:[·・•][\u4e00-\u9fff]{1,6}){1,3}")


def title_before(clause: str) -> int | None:
    """Where the name begins in a clause that is a title and a name and ends with the name; None where it is not."""
    begin = None
    for found in _TITLE.finditer(clause):
        rest = clause[found.end() :]
        plain = (
            2 <= len(rest) <= 4 and family_name(rest) and _ONLY_HAN.fullmatch(rest) and not _SHORT_TITLE.search(rest)
        )
        if plain or _FOREIGN.fullmatch(rest) or _LATIN.fullmatch(rest):
            begin = found.end()
    return begin
