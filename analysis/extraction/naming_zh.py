"""Names in Chinese that no gazetteer holds: by titles, verbs of saying and family names, and by jieba's tags."""

import re
from collections.abc import Iterator

from analysis.extraction.beside import BY_RULE, Named, Taken
from analysis.extraction.names import AFTER_NAME, NO_NAMES, SOUNDS, TITLES, family_name, name_length
from analysis.extraction.tagging import Words, known

_TITLED = re.compile(f"(?:{TITLES})(?=[\u4e00-\u9fff])")
_SAYING = re.compile(
    "(?:表示|说[:：,，]|称[:：,，]|指出|认为|透露|告诉|介绍说?|坦言|写道|强调|回应|接受采访|在接受|宣布|发文|发帖|直言|解释)"
)
_BOUND = re.compile("[^\u4e00-\u9fff]$|[的和与及、]$|^$")
_GOES_ON = frozenset({"n", "nr", "ng", "zg", "x", "nz", "ns", "g", "j", "a"})
_NO_NAME = re.compile(
    "..[市县区镇村湖路桥庙庄寺岭馆堂室团车性者塘江口界病奖店]$|[的了吧吗呢啊哈嘿呀们你我他她它这那]|(?:先生|女士|小姐|阿姨|师傅)$|^(?:小|老|阿)"
)
_FOREIGN = re.compile(f"[{SOUNDS}]{{1,7}}(?:[·・•][{SOUNDS}]{{1,7}}){{1,3}}")
_CALLED = re.compile("(?:我叫|名叫|名为|叫做|本名|原名)")
_AFTER = re.compile("(?:先生|女士|老师|教授|博士|同学|姐姐|哥哥|小姐|主任|医生|律师|导演)")
_ORGANISATION = re.compile(
    "(?<![\u4e00-\u9fff])[\u4e00-\u9fff]{2,10}?(?:大学|学院|医院|银行|有限公司|集团|研究院|研究所|委员会|协会|基金会|法院|电视台|日报|晚报|出版社)"
)
_OF_PLACE = re.compile(
    "(?P<of>(?:国际)?机场)|(?:理工|师范|科技|交通|外国语|财经|医科|农业|工业|中医药|音乐|美术|电影|戏剧|体育|海洋|政法|州立|市立|第?[一二三四五六]?人民|中心|"
    "协和|儿童){0,2}(?:大学|学院|医院)"
)
_TOO_WIDE = re.compile("(?:国|洲|日本|印度|俄罗斯|加拿大|澳大利亚|巴西|越南|新加坡|省)$")
_WEAK = frozenset("用户 网友 翻译 编辑 老师 同学".split())
"""Titles that stand before other words far more often than before a name."""
_WORD_FIRST = frozenset("和成于应时任高")
"""Family names that far more often begin another word."""


def chinese(simplified: str, words: Words, taken_by: list[Named]) -> list[Named]:
    """People and organisations in Chinese, by titles and verbs; ``words`` of ``simplified``, the text in that script."""
    found: list[Named] = []
    taken = Taken(taken_by)

    def add(start: int, end: int, label: str) -> None:
        if end - start >= 2 and not taken.overlap(start, end):
            taken.take(start, end)
            found.append(Named(start, end, label, simplified[start:end], BY_RULE))

    for match in _FOREIGN.finditer(simplified) if any(dot in simplified for dot in "·・•") else ():
        add(*match.span(), "person")
    for match in _TITLED.finditer(simplified):
        start = match.end()
        end = start + name_length(simplified, start, words)
        if (
            end > start
            and not words.within(start)
            and not _TITLED.match(simplified, start)
            and _likely(match.group(), simplified, start, end, words)
        ):
            add(start, end, "person")
    for match in _CALLED.finditer(simplified):
        add(match.end(), match.end() + name_length(simplified, match.end(), words), "person")
    for pattern in (_SAYING, _AFTER):
        for match in pattern.finditer(simplified):
            back = _name_back(simplified, match.start(), words)
            if back is not None:
                add(back, match.start(), "person")
    for start, end in _tagged(words):
        add(start, end, "person")
    for match in _ORGANISATION.finditer(simplified):
        add(match.start(), match.end(), "organisation")
    return found


def of_places(simplified: str, found: list[Named]) -> list[Named]:
    """``found`` with places that begin the name of a university, a hospital or an airport made into it: 纽约大学."""
    whole: list[Named] = []
    for one in found:
        rest = _OF_PLACE.match(simplified, one.end) if one.label == "place" else None
        if rest and not _TOO_WIDE.search(simplified, one.start, one.end):
            label = "place" if rest.group("of") else "organisation"
            one = Named(one.start, rest.end(), label, simplified[one.start : rest.end()], BY_RULE)
        whole.append(one)
    return whole


def _likely(title: str, text: str, start: int, end: int, words: Words) -> bool:
    """Whether what stands after a title is a name and no other word: 记者林小舟, but neither 用户方面 nor 网友应该."""
    name = text[start:end]
    if not NO_NAMES.isdisjoint({name, name[:2]}):
        return False
    if "·" in name or words.person(start, end):
        return True
    word, _ = words.begins(start)
    return title not in _WEAK and name[0] not in _WORD_FIRST and not known(word)


def _tagged(words: Words) -> Iterator[tuple[int, int]]:
    """Words that jieba takes for names (nr) and that begin with a family name, with a last sign that it cut off."""
    tokens = words.tokens
    for number, (word, tag) in enumerate(tokens):
        if tag not in {"nr", "x"} or not family_name(word):
            continue
        after, kind = tokens[number + 1] if number + 1 < len(tokens) else ("", "")
        cut_off = tag == "nr" and kind in _GOES_ON and "\u4e00" <= after[0] <= "\u9fff" and after not in AFTER_NAME
        sizes = len(word), len(after)
        whole = word
        if cut_off and ((sizes == (2, 1) and word not in NO_NAMES) or (sizes == (1, 2) and kind != "n")):
            whole = word + after
        likely = (tag == "nr" or len(word) == 3) and not NO_NAMES & {whole, whole[:2]}
        if likely and 2 <= len(whole) <= 2 + family_name(whole) and not _NO_NAME.search(whole):
            start = words.starts[number]
            yield start, start + len(whole)


def _name_back(text: str, end: int, words: Words) -> int | None:
    """Where a name begins that ends before ``end`` and has a sign, a link or nothing before it."""
    while end > 1 and text[end - 1] in "还也则又曾都":
        end -= 1
    for length in (3, 2, 4):
        start = end - length
        if start < 0 or not _BOUND.search(text[max(0, start - 1) : start]):
            continue
        family = family_name(text, start)
        if not family or (length == 4) != (family == 2) or any(sign in AFTER_NAME for sign in text[start:end]):
            continue
        name = text[start:end]
        if re.fullmatch("[\u4e00-\u9fff]+", name) and not (
            name in NO_NAMES or _NO_NAME.search(name) or _placed(words, start, end)
        ):
            return start
    return None


def _placed(words: Words, start: int, end: int) -> bool:
    """Whether jieba tags the very word as the name of a place or an organisation."""
    word, tag = words.begins(start)
    return len(word) == end - start and tag in {"ns", "nt"}
