"""Read names out of lines in which a Chinese page says who wrote it, in both scripts."""

import re
from collections.abc import Iterable, Sequence

from corpus.pages.rules import any_of, listed
from corpus.scripts import HAN

_NO_NAMES = frozenset(listed("no_names_zh"))
_FAMILY = rf"(?:{'|'.join(listed('family_names_two'))}|[{''.join(listed('family_names'))}])"
_PROPER = re.compile(rf"{_FAMILY}[{HAN}]{{1,2}}|[{HAN}]{{1,6}}(?:[·•・][{HAN}]{{1,8}}){{1,3}}")
"""A name that shows itself as one: a family name with one or two signs, or a foreign name with dots."""
_ANY = re.compile(rf"[{HAN}]{{2,4}}|(?=[^\s]*[A-Za-z{HAN}])[\w.'’-]{{2,12}}|[A-Z][\w.'’-]+(?: [A-Z][\w.'’-]+){{1,3}}")
"""What may be one where a label says so: pen names too."""
_NO_SIGN = re.compile(rf"[\d。？！?!“”《》：:吗呢吧么您]|[{HAN}][的了]$|^[为為系是]{_FAMILY}?[{HAN}]{{3}}")
_NO_ONE = any_of("no_names_in_zh")
_OUTLET = re.compile(r"(?:[报報社网網刊台端]|新闻|新聞|电视|電視)$|(?:报道|報導)$")
_ROLE = r"(?:(?:特约|特約|特派|实习|實習|见习|見習|首席|专栏|專欄)?(?:记者|記者|特派员|特派員|通讯员|通訊員|撰稿人?|作者)|实习生|實習生)"
_LABEL = rf"(?:[{HAN}·]{{0,12}}{_ROLE}|作\s*者|撰文|文字?|图文|圖文|采写|採寫|采写整理|整理|执笔|執筆|编译|編譯)"
_NEXT_ROLE = re.compile(
    rf"[、，,;；\s]*(?:^|(?<=[\s、，,;；]))(?:[{HAN}·]{{0,10}}[报報社网網刊台闻聞端]|[{HAN}]{{0,3}}){_ROLE}\s*[:：丨|｜／/]?\s*"
)
_SINGLE = re.compile(rf"(?<![{HAN}])([{HAN}])[ 　]+([{HAN}])(?![{HAN}])")
_CUT = re.compile(
    r"来源|來源|(?:(?<=\s)\S{1,4})?(?:编辑|編輯|主编|主編)|发布|發佈|發布|发表|时间|時間|日期|摄影|攝影|摄像|視頻|视频|制图|校对|校對|审核|審核|监制|編審|浏览|阅读|点击|字号|出处|出自|责|素材|综合|綜合|整合"
    r"|(?:^|(?<=\s))(?:文|图|圖|译|译者|翻译)(?=\s|[/／:：])|[（(【\[）)】〕\]|｜<>《／/∕\u4e28]|(?:19|20)\d\d|\d{2}:"
)
_FILED = re.compile(
    rf"(?:{'|'.join(listed('far_towns'))}|[{HAN}]{{2}})\d{{1,2}}日[專专]?[電电]$|\d{{1,2}}[日月].*$|(?:\s*(?<=[{HAN}]\s)[{HAN}]{{2,5}})?\s*(?:[综綜]合|即[时時])?(?:报道|報導|报导|報道)$|\s*(?:发自|發自).*$"
)
_SPLIT = re.compile(rf"\s*[、，,;；&]\s*|(?<=[{HAN}])\s+|\s+(?=[{HAN}])|\s+和\s+")
_PICTURED = re.compile("[摄攝]$|翻[摄攝]")
_EDGES = " :：　】」》丨|｜"
_FIRST_SIGN = r"(?:^\W{0,3}|[\s　|｜；;，（(【·])"
# （某报记者 甲 乙）, 〔記者甲、乙／台北報導〕, （中央社記者甲台南4日電）, 【文/某网专栏作者 甲】
_OPENED = re.compile(
    rf"[（(【〔\[][^）)】〕\]。]{{0,24}}?(?:{_ROLE}\s*[:：]?|(?:文|撰文|采写|编译|編譯)\s*[/／:：丨|])\s*([^）)】〕\]。]{{2,40}})[）)】〕\]]"
)
# (作者为某大学副教授 甲)
_BEING = re.compile(rf"[（(]\s*作者[为為系是][^）)。]{{0,30}}?[\s　]({_PROPER.pattern})[^{HAN}]*[）)]")
# 某社某地1月5日电(甲 乙)
_WIRED = re.compile(rf"^.{{0,24}}\d日[电電讯訊]\s*[（(]([{HAN}、\s]{{2,20}})[）)]")
# 記者甲／台北報導, 本报记者甲发自北京, 国际中心／甲報導
_DISPATCH = re.compile(
    rf"{_FIRST_SIGN}(?:[\w·]{{0,12}}?(?:{_ROLE}|编译|編譯)|\w{{2,4}}中心\s*[／/])\s*([{HAN}、\s]{{2,20}}?)\s*"
    rf"(?:[／/∕]\s*[{HAN}]{{2,6}}(?:報導|道|导|報道|電|电)|(?:[综綜]合)?報導$|发自|發自)"
)
# 作者：甲 乙, 文／甲, 采写：某报记者 甲, at the beginning of a line or after a date or source
_LABELLED = re.compile(rf"{_FIRST_SIGN}\W{{0,2}}({_LABEL})\s*[:：丨|｜／/]\s*(?:图\s*[:：]\s*)?(\S.{{1,40}})")
# 某报记者 甲, and nothing else to the end of the line
_PLAIN = re.compile(rf"{_FIRST_SIGN}[\w·《》]{{0,16}}?{_ROLE}(\s*)(\S.{{1,40}})$")
_WRITTEN = re.compile(
    rf"^\W{{0,3}}(?:撰文|采写|文|执笔|编译|編譯|by|author)[\s:：,]+([{HAN}、\s]{{2,20}})$", re.IGNORECASE
)
_WRITTEN_AFTER = re.compile(rf"^\W{{0,3}}([{HAN}、\s]{{2,20}}?)\s*[/／\s]\s*文\W{{0,2}}$")
# 甲/某某日报, 甲 报道
_REPRINTED = re.compile(
    rf"^({_PROPER.pattern})(?:\s*[/／]\s*[{HAN}]{{2,12}}(?<=[报報社网網刊台闻聞端])|\s+(?:报道|報導|报导|報道))$"
)
_SIGNED = re.compile(rf"^[（(]\s*([{HAN}]{{2,4}})\s*[）)]$")
_SENTENCE = re.compile(r"[。！？!?]\W{0,2}$")


def reporters(lines: Sequence[str]) -> list[str]:
    """The names of the first line that gives any, the surest forms first; none where a line only speaks of a reporter."""
    for forms in ((_dispatched, _opened, _labelled), (_plain, _signed)):
        for line in lines:
            for read in forms:
                names = read(line)
                if names:
                    return names
    return []


def _opened(line: str) -> list[str]:
    found = _BEING.search(line)
    if found:
        return [found.group(1)]
    for match in _OPENED.finditer(line):
        names = names_in(match.group(1))
        if names:
            return names
    return []


def _dispatched(line: str) -> list[str]:
    wired = _WIRED.search(line)
    if wired and (names := names_in(wired.group(1), proper=True)):
        return names
    match = _DISPATCH.search(line)
    return names_in(match.group(1), whole=True, proper="中心" in match.group()) if match else []


def _labelled(line: str) -> list[str]:
    if len(line) > 120:
        return []
    for match in _LABELLED.finditer(line):
        asked = match.group(1).endswith(("记者", "記者")) and _SENTENCE.search(line)  # of an interview
        names = [] if asked else names_in(match.group(2))
        if names:
            return names
    return []


def _plain(line: str) -> list[str]:
    if len(line) > 80 or _SENTENCE.search(line):
        return []
    match = _PLAIN.search(line)
    names = names_in(match.group(2), whole=True, proper=not match.group(1)) if match else []
    if names:
        return names
    match = _WRITTEN.search(line) or _WRITTEN_AFTER.search(line) or _REPRINTED.search(line)
    return names_in(match.group(1), whole=True, proper=True) if match else []


def _signed(line: str) -> list[str]:
    match = _SIGNED.search(line) if len(line) <= 8 else None
    return names_in(match.group(1), whole=True, proper=len(match.group(1)) > 3) if match else []


def names_in(text: str, *, whole: bool = False, proper: bool = False) -> list[str]:
    """The names that a byline begins with, of all who wrote: reporters, correspondents, trainees.

    ``whole``: none where anything else follows. ``proper``: each must show itself as a name.
    """
    if _PICTURED.search(text):  # who took the picture
        return []
    text = _SINGLE.sub(r"\1\2", text.strip(_EDGES))
    text = _FILED.sub("", _CUT.split(text, maxsplit=1)[0].strip(_EDGES)).strip(_EDGES)
    found: list[str] = []
    for part in _parts(text):
        if _OUTLET.search(part) and not found:
            continue
        if not _is_name(part, proper):
            return [] if whole else found
        found.append(part)
    return found


def _parts(text: str) -> Iterable[str]:
    for part in _SPLIT.split(_NEXT_ROLE.sub("、", text)):
        if part and part.strip(_EDGES):
            yield part.strip(_EDGES)


def _is_name(part: str, proper: bool) -> bool:
    if part in _NO_NAMES or _NO_SIGN.search(part) or _NO_ONE.search(part):
        return False
    return (_PROPER.fullmatch(part) or (not proper and _ANY.fullmatch(part))) is not None
