"""Names that no gazetteer holds, by what stands beside them: titles, verbs of saying, given names, family names."""

import re
from collections.abc import Iterator
from functools import cache

import rjieba

from analysis.extraction.gazetteer import Named
from analysis.extraction.names import AFTER_NAME, NO_NAMES, TITLES, family_name, name_length
from analysis.extraction.speech_en import ROLES, VERB

BY_RULE = 0.5  # score
_CAPITAL = r"[A-Z\u00c0-\u00de][\w’'\-]*"
_RUN = re.compile(rf"(?<![\w@#/.’'\-]){_CAPITAL}(?:[ \u00a0](?:[A-Z]\. ?)?{_CAPITAL}){{0,4}}")
_NOT_NAMES = frozenset(
    "The A An In On At But And Or So If As It Its He She They We I You My Our Their His Her This That These Those There Then "
    "When While Where What Who Why How For From With By To Of Not No Yes New Many Some Most More Much One Two Three Several "
    "After Before Since During Until Now Today Yesterday Here Also Even Just Still However Meanwhile Although Because Despite "
    "According Source Photo Image Read Users Chinese American Americans British Japanese Korean Russian European Asian English "
    "Mandarin French German Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July "
    "August September October November December Internet App Apps Social Media TikTok Western Eastern Great All Both Each "
    "Every Other Another Such Like Only Do Does Did Can Could Would Will Should Have Has Had Is Are Was Were Let Mr Mrs Ms Dr Welcome Hello Hi Thanks Thank Please Reports Republicans Democrats".split()
)
_ORGANISATION = re.compile(
    r"(?:University|College|Institute|Commission|Committee|Ministry|Department|Court|Foundation|Association|Group|Inc|Corp|Ltd|"
    r"Company|Bank|Agency|Center|Centre|Council|Party|Bureau|Administration|Organization|Organisation|School|Hospital|"
    r"Technologies|Technology|Academy|Union|Office|Service|Services|News|Times|Post|Daily|Journal|Press|Network|Capital|Labs?)$"
)
_GIVEN = frozenset(
    "James John Robert Michael William David Richard Joseph Thomas Charles Christopher Daniel Matthew Anthony Mark Donald Steven "
    "Paul Andrew Joshua Kenneth Kevin Brian George Timothy Ronald Edward Jason Jeffrey Ryan Jacob Gary Nicholas Eric Jonathan "
    "Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Frank Alexander Raymond Patrick Jack Dennis Jerry Tyler Aaron "
    "Jose Adam Nathan Henry Peter Zachary Kyle Noah Ethan Walter Jeremy Christian Keith Roger Terry Austin Sean Gerald Carl "
    "Dylan Bryan Jordan Lawrence Logan Albert Joe Billy Bruce Willie Gabriel Alan Juan Louis Ralph Roy Eugene Vincent Bobby "
    "Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy Betty Sandra Margaret Ashley Kimberly "
    "Emily Donna Michelle Carol Amanda Melissa Deborah Stephanie Rebecca Sharon Laura Cynthia Dorothy Amy Kathleen Angela "
    "Shirley Emma Brenda Pamela Nicole Anna Samantha Katherine Christine Helen Debra Rachel Carolyn Janet Maria Catherine "
    "Heather Diane Olivia Julie Joyce Victoria Ruth Virginia Lauren Kelly Christina Joan Evelyn Judith Andrea Hannah Megan "
    "Alice Jean Cheryl Jacqueline Martha Madison Teresa Gloria Sara Janice Ann Kathryn Abigail Sophia Frances Judy Grace Ivy "
    "Chris Mike Jim Tom Bob Bill Tim Matt Dan Ben Sam Alex Nick Tony Steve Greg Kate Liz Jen Katie Jenny Max Leo Luke Oliver "
    "Marco Elon Bernie Kamala Hillary Barack Mitch Nancy Chuck Ted Josh Marsha Mia Zoe Chloe Lily Lucy Ella Ava Isabella".split()
)
_FAMILY = frozenset(
    "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Zheng Liang Xie Song Tang Han Feng Deng "
    "Cao Peng Zeng Xiao Tian Dong Yuan Pan Cai Jiang Yu Du Ye Cheng Wei Su Lu Ding Ren Shen Yao Cui Zhong Tan Fan Jin Shi Liao "
    "Jia Xia Fu Fang Bai Zou Meng Xiong Qin Qiu Hou Lei Long Shao Mao Hao Gu Lai Wen Kang Niu Ge Xing An Qi Qian Tao Mei Mo "
    "Chan Wong Lee Cheung Lam Leung Ng Tsai Hsu Chang Chao Hui Ho Kwok Lau Yeung Yip Chow Tse Tsang Ouyang Sima Hua Chai Mi".split()
)
_SYLLABLE = r"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|ei|ao|ou|an|en|in|un|ia|ie|iu|ua|ui|uo|ue|a|o|e|i|u|v)r?"
_PINYIN = re.compile(rf"{_SYLLABLE}(?:['’\-]?{_SYLLABLE})?", re.IGNORECASE)
_TITLE_BEFORE = re.compile(r"(?:^|[\s(“\"])(?P<title>[\w.\-]+),?[ \u00a0]$")

_ZH_TITLED = re.compile(f"(?:{TITLES})(?=[\u4e00-\u9fff])")
_ZH_SAYING = re.compile(
    "(?:表示|说[:：,，]|称[:：,，]|指出|认为|透露|告诉|介绍说?|坦言|写道|强调|回应|接受采访|在接受|宣布|发文|发帖|直言|解释)"
)
_ZH_BOUND = re.compile("[^\u4e00-\u9fff]$|[的和与及、]$|^$")
_ZH_GOES_ON = frozenset({"n", "nr", "ng", "zg", "x", "nz", "ns", "g", "j", "a"})
_ZH_NO_NAME = re.compile(
    "..[市县区镇村湖路桥庙庄寺岭馆堂室团车性者塘江庙病奖店]$|[的了吧吗呢啊哈嘿呀们你我他她它这那]|^(?:小|老|阿)"
)
_ZH_CALLED = re.compile("(?:我叫|名叫|名为|叫做|本名|原名)")
_ZH_AFTER = re.compile("(?:先生|女士|老师|教授|博士|同学|姐姐|哥哥|小姐|主任|医生|律师|导演)")
_ZH_ORGANISATION = re.compile(
    "(?<![\u4e00-\u9fff])[\u4e00-\u9fff]{2,10}?(?:大学|学院|医院|银行|有限公司|集团|研究院|研究所|委员会|协会|基金会|法院|电视台|日报|晚报|出版社)"
)


def english(text: str, known: list[Named]) -> list[Named]:
    """People and organisations in English, by their capitals and what stands beside them."""
    found: list[Named] = []
    taken = _Taken(known)
    for run in _RUN.finditer(text):
        words = list(re.finditer(r"\S+", run.group().replace("\u00a0", " ")))
        while words and words[0].group() in _NOT_NAMES:
            words.pop(0)
        while words and ROLES.fullmatch(words[0].group()) and len(words) > 1:
            words.pop(0)
        if not words:
            continue
        start, end = run.start() + words[0].start(), run.start() + words[-1].end()
        for mark in ("’s", "'s"):
            if text[start:end].endswith(mark):
                end -= 2
        if taken.overlap(start, end):
            continue
        label = _english_label(text, start, end, [word.group() for word in words])
        if label:
            found.append(Named(start, end, label, text[start:end].replace("\u00a0", " "), BY_RULE))
    return found + _family_names(text, found, taken)


def _english_label(text: str, start: int, end: int, words: list[str]) -> str | None:
    if len(words) > 1 and _ORGANISATION.search(text[start:end]):
        return "organisation"
    before = _TITLE_BEFORE.search(text[max(0, start - 24) : start])
    if before and (ROLES.fullmatch(before.group("title")) or before.group("title") in {"Mr.", "Ms.", "Mrs.", "Dr."}):
        return "person"
    if len(words) == 1:
        return None
    if words[0] in _GIVEN or _is_pinyin(words):
        return "person"
    if len(words) <= 3 and (VERB.match(text, end + 1) or re.match(r", (?:an?|the) [a-z]|, \d\d,", text[end : end + 8])):
        return "person"
    return None


def _is_pinyin(words: list[str]) -> bool:
    """Whether two words are a Chinese family name and a given name, in this order."""
    return len(words) == 2 and words[0] in _FAMILY and _PINYIN.fullmatch(words[1]) is not None


def _family_names(text: str, found: list[Named], taken: "_Taken") -> list[Named]:
    """Later mentions of a person by one of the names alone, under the name in full."""
    full: dict[str, Named] = {}
    for one in found:
        if one.label == "person" and " " in one.name:
            parts = one.name.split()
            part = parts[0] if _is_pinyin(parts) else parts[-1]
            if len(part) > 2 or part in _FAMILY:
                full.setdefault(part, one)
    if not full:
        return []
    own = _Taken(found)
    pattern = re.compile(rf"(?<![\w’'\-])(?:{'|'.join(map(re.escape, sorted(full)))})(?![\w\-])")
    more = []
    for match in pattern.finditer(text):
        first = full[match.group()]
        if match.start() > first.start and not taken.overlap(*match.span()) and not own.overlap(*match.span()):
            more.append(Named(match.start(), match.end(), "person", first.name, BY_RULE))
    return more


class _Taken:
    """Which signs belong to a name already."""

    def __init__(self, names: list[Named]) -> None:
        self._signs = {at for one in names for at in range(one.start, one.end)}

    def take(self, start: int, end: int) -> None:
        self._signs.update(range(start, end))

    def overlap(self, start: int, end: int) -> bool:
        return not self._signs.isdisjoint(range(start, end))


@cache
def _tagger() -> rjieba.Jieba:
    return rjieba.Jieba()


def chinese(simplified: str, text: str, known: list[Named]) -> list[Named]:
    """People and organisations in Chinese, by titles and verbs; ``simplified`` is ``text`` in Simplified script."""
    found: list[Named] = []
    taken = _Taken(known)

    def add(start: int, end: int, label: str) -> None:
        if end - start >= 2 and not taken.overlap(start, end):
            taken.take(start, end)
            found.append(Named(start, end, label, text[start:end], BY_RULE))

    for match in _ZH_TITLED.finditer(simplified):
        length = name_length(simplified, match.end())
        if length and not _ZH_TITLED.match(simplified, match.end()):
            add(match.end(), match.end() + length, "person")
    for match in _ZH_CALLED.finditer(simplified):
        add(match.end(), match.end() + name_length(simplified, match.end()), "person")
    for pattern in (_ZH_SAYING, _ZH_AFTER):
        for match in pattern.finditer(simplified):
            start = _name_back(simplified, match.start())
            if start is not None:
                add(start, match.start(), "person")
    for start, end in _tagged(simplified):
        add(start, end, "person")
    for match in _ZH_ORGANISATION.finditer(simplified):
        add(match.start(), match.end(), "organisation")
    return found


def _tagged(text: str) -> Iterator[tuple[int, int]]:
    """Words that jieba takes for names (nr) and that begin with a family name, with a last sign that it cut off."""
    at, tokens = 0, _tagger().tag(text)
    for number, (word, tag) in enumerate(tokens):
        start, at = at, at + len(word)
        if tag not in {"nr", "x"} or not family_name(word):
            continue
        after, kind = tokens[number + 1] if number + 1 < len(tokens) else ("", "")
        cut_off = tag == "nr" and kind in _ZH_GOES_ON and "\u4e00" <= after[0] <= "\u9fff" and after not in AFTER_NAME
        sizes = len(word), len(after)
        whole = word
        if cut_off and ((sizes == (2, 1) and word not in NO_NAMES) or (sizes == (1, 2) and kind != "n")):
            whole = word + after
        likely = (tag == "nr" or len(word) == 3) and not NO_NAMES & {whole, whole[:2]}
        if likely and 2 <= len(whole) <= 2 + family_name(whole) and not _ZH_NO_NAME.search(whole):
            yield start, start + len(whole)


def _name_back(text: str, end: int) -> int | None:
    """Where a name begins that ends before ``end`` and has a sign, a link or nothing before it."""
    while end > 1 and text[end - 1] in "还也则又曾都":
        end -= 1
    for length in (3, 2, 4):
        start = end - length
        if start < 0 or not _ZH_BOUND.search(text[max(0, start - 1) : start]):
            continue
        family = family_name(text, start)
        if not family or (length == 4) != (family == 2) or any(sign in AFTER_NAME for sign in text[start:end]):
            continue
        if re.fullmatch("[\u4e00-\u9fff]+", text[start:end]):
            return start
    return None
