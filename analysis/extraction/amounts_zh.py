"""Amounts in Chinese: 超过70万名新用户, 近四成网友, 3.4亿元, 数十万人, 过半用户."""

import re
from itertools import pairwise

from analysis.extraction.amounts import Amount, Bound, Kind, Span, bounds, tidy

_DIGITS = {sign: number for number, sign in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_POWERS = {"亿": 1e8, "万": 1e4, "千": 1000.0, "百": 100.0, "十": 10.0}
_LARGE = {"万": 1e4, "亿": 1e8}
_FIGURE = r"(?:[0-9０-９]{1,3}(?:[,，][0-9]{3})+(?:\.[0-9]+)?|[0-9０-９]{1,15}(?:\.[0-9]{1,6})?)"
_HAN = "[零〇一二两三四五六七八九十百千万亿]{1,24}(?:(?<![十百千万亿])点[零〇一二三四五六七八九]{1,6}(?![十百分])[万亿]{0,2})?"
_SCALE = "(?:[十百千](?:万亿|万|亿)|万亿|个?亿|个?万|千|百)"
_JOINED = rf"(?:[0-9]{{1,4}}{_SCALE}){{0,3}}(?:(?<=[万亿])[0-9]{{4}}(?![0-9年.,，:：%％]))?"  # 1亿2000万, 3万5000
_NUMBER = rf"(?:{_FIGURE}(?:\s?{_SCALE}{_JOINED}|[wW](?![a-zA-Z]))?|{_HAN})"
_NEXT = "|".join(  # 7、8万 and 七、八万 are seven or eight; of 6、9万 nobody knows
    rf"(?<={pair[0]})(?<![0-9.,一二三四五六七八九十]{pair[0]})、(?={pair[1]}[十百千万亿多余])"
    for signs in ("123456789", "一二三四五六七八九")
    for pair in pairwise(signs)
)
_ABOVE = "超过了?|(?<![超不经通度来])过(?=[百千万亿])|超出|超|逾|多于|高于|大于|不少于|不低于|不下|至少|起码|突破了?|已破|破|足有|足足"
_BELOW = "接近|将近|近|不到|不足|少于|低于|小于|最多|至多|不超过|未超过|未到"
_ABOUT = "大约有?|大约|大概有?|约有|约莫|约|估计有?|差不多有?"
_MEASURE = "多?(?:人次|名|位|个|条|篇|则|份|次|部|家|款|张|件|只|座|所|项|起|辆|台|间|头|匹|户|对|场|种|封|幅|本|副|例|块(?!钱)|段|句|组|群|批|人|粉丝|播放|点赞|赞|评论|字)"
_MONEY = "(?:万|亿)?(?:美元|人民币|港元|港币|新台币|日元|欧元|英镑|元|块钱|块|美金)"
_SIGN = r"(?:US|HK|NT|A|C|S|R)?[$＄€£¥￥]|(?:USD|HKD|NTD|RMB|CNY|EUR)\s?"
_TIME = "(?:个?半?小时|分钟|秒钟?|天|个?星期|周年|周|个?半?月|年半?(?!代|级)|个?工作日)"
_AMOUNT = re.compile(
    rf"(?<![0-9０-９.,第#@A-Za-z数几成])(?:(?P<above>{_ABOVE})|(?P<below>{_BELOW})|(?P<about>{_ABOUT}))?"
    rf"(?P<sign>{_SIGN})?(?P<first>{_NUMBER})(?:(?:[%％](?=[至到–~～-]))?(?:至|到|-|–|~|～|{_NEXT})(?P<second>{_NUMBER}))?(?P<more>多|余|几|来|\+|＋)?(?P<scale>(?<=[多余几来])[万亿])?"
    rf"(?:(?P<percent>[%％]|个百分点|成(?![为立功就长员都了果])|倍)|(?P<coin>{_MONEY})|(?P<time>{_TIME})|(?P<unit>{_MEASURE}))?"
    r"(?P<tail>左右|上下|以上|以下|以内)?"
)
_PERCENT = re.compile(
    rf"(?:(?P<above>{_ABOVE})|(?P<below>{_BELOW})|(?P<about>{_ABOUT}))?百分之(?P<first>{_FIGURE}|{_HAN})(?P<tail>左右|以上|以下)?"
)
_PART = re.compile(
    rf"(?:(?P<above>{_ABOVE})|(?P<below>{_BELOW})|(?P<about>{_ABOUT}))?(?:(?P<half>过半|半数|一半|大半(?!夜|天))|(?P<under>[二三四五六七八九十])分之(?P<over>[一二两三四五六七八九]))(?P<tail>左右|以上|以下)?"
)
_VAGUE = re.compile(
    rf"(?P<many>上百万|上千万|上百|上千|上万|上亿|数十万|数百万|数千万|数十|数百|数千|数万|数亿|几十万|几百万|几千万|几十|几百|几千|几万|几亿|成百上千|成千上万|(?:百万|千万)(?={_MEASURE}))(?:多|余)?(?P<unit>{_MEASURE})?"
)
_LEAST = {"上": 1, "数": 2, "几": 2}
_IDIOMS = {"成百上千": 100.0, "成千上万": 1000.0}
_OR_SO = re.compile(
    "(?<![一二两三四五六七八九])(?:一([二两])|([二两])三|三([四五])|四(五)|五(六)|六(七)|七(八)|八(九))(?=[十百千万亿]|$)"
)
"""Two digits side by side, the second the greater: 七八万, 两三百, 十五六, 三五."""
_NO_COUNT = re.compile("[百千万亿]人(?!次)")  # 万人空巷, 百人合唱团: much, in a word of its own
_GOES_ON = re.compile("个[多余]?[万亿]")
_SUBJECT = re.compile("[^\\W\\d_]{1,24}")
_NOUNS_END = re.compile(
    "涌入|来到|加入|注册|下载|进入|使用|选择|表示|认为|参与|登录|登陆|转向|转投|迁移|搬到|来自|已经|已|将|被|把|在|从|对|向|跟|与|和|及|或|的时候|也|都|"
    "就|又|还|是|有|没|不|会|能|可|要|想|说|称|并|但|而|了|着|过|给|让|于|以|为|因|由|去|来|上|下|之|等|左右|以上|点赞了|观看|评论了|收看|成为|发布|"
    "买(?!家)|卖(?!家)|打造|戴|发帖|分享|聚集|围观|蜂拥|开始|纷纷|当中|其中|通过|围绕|超过|达到|增长|增加|减少|下降|上升|死亡|受伤|受害|获得|得到|收到"
)
_SUBJECT_END = re.compile(f"(?:{_NOUNS_END.pattern})")


def find(text: str) -> list[Amount]:
    """Every amount of a text in Simplified script."""
    found = [_percent(text, match) for match in _PERCENT.finditer(text)]
    found += [_part(text, match) for match in _PART.finditer(text)]
    others = [_vague(text, match) for match in _VAGUE.finditer(text)]
    others += [_amount(text, match) for match in _AMOUNT.finditer(text)]
    return found + [one for one in others if one is not None]


def _amount(text: str, match: re.Match[str]) -> Amount | None:
    first, second = match.group("first"), match.group("second")
    value, high = _numbers(first, second)
    if value is None or (second and high is None):
        return None
    figures = first[0] in "0123456789０１２３４５６７８９"
    share, coin, time, unit = (match.group(name) for name in ("percent", "coin", "time", "unit"))
    scaled = bool(match.group("scale") or re.search("[万亿千百wW]", first))
    if not (share or coin or time or unit or match.group("sign") or scaled):
        return None
    alone = not _bound_word(match) and _NO_COUNT.match(text, match.start("first"))
    if unit and (alone or _GOES_ON.match(text, match.start("unit"))):
        return None
    scale = _LARGE.get(match.group("scale") or "", 1.0)
    value, high = value * scale, high and high * scale
    if not figures and not _plain(text, match, value, share, bool(coin or unit)):
        return None
    if time and _is_date(text, match, time, value):
        return None
    kind: Kind = (
        "share" if share and share != "倍" else "money" if coin or match.group("sign") else "time" if time else "count"
    )
    if coin and coin[0] in _LARGE and not re.match("[万亿]", first[-1]):
        value, high = value * _LARGE[coin[0]], high and high * _LARGE[coin[0]]
    if share == "成":
        value, high = value * 10, high and high * 10
    if time and "半" in time:
        value, high = value + 0.5, high and high + 0.5
    place = next((match.span(name) for name in ("percent", "coin", "time", "unit", "sign") if match.group(name)), None)
    subject = _subject(text, match.end()) if kind in ("count", "share") else None
    if unit and unit.lstrip("多") in {"人", "人次", "粉丝", "播放", "点赞", "赞", "评论", "字"}:
        subject = place
    if high is not None and high < value:
        return None  # 3-1元 is no range
    low, most = (value, high) if high is not None else bounds(value, _bound(match))
    end = max(match.end(), subject[1] if subject else 0)
    return Amount(match.start(), end, kind, None if high is not None else value, low, most, place, subject)


def _is_date(text: str, match: re.Match[str], time: str, value: float) -> bool:
    """Whether a number before a unit of time names a year, a month or a day of the calendar."""
    figures = match.group("first")[0] in "0123456789０１２３４５６７８９"
    if time in {"月", "周"} or (time == "年" and re.match(r"[ 0-9]{1,3}月", text[match.end() : match.end() + 4])):
        return True
    if _bound_word(match):
        return False
    if time.startswith("年") and (not figures or len(match.group("first")) == 4):
        return True
    return figures and time[0] in "年月" and value >= 1500


def _plain(text: str, match: re.Match[str], value: float, share: str | None, measured: bool) -> bool:
    """Whether a number written in Chinese counts: 一个 and 两种 are articles more than numbers, 三万名 and 过百 are amounts."""
    if share:
        return _bound_word(match) or share != "成" or _subject(text, match.end()) is not None
    return (
        value >= 10
        and (measured or (_bound_word(match) and value >= 100))
        and (len(match.group("first")) > 1 or measured)
    )


def _bound_word(match: re.Match[str]) -> bool:
    return _bound(match) != "exact"


def _bound(match: re.Match[str]) -> Bound:
    groups = match.groupdict()
    tail = groups.get("tail") or ""
    if (
        groups.get("above")
        or tail == "以上"
        or ((groups.get("more") or "") in {"多", "余", "几", "+", "＋"} and groups.get("more"))
    ):
        return "above"
    if (groups.get("unit") or "").startswith("多"):
        return "above"
    if groups.get("below") or tail in {"以下", "以内"}:
        return "below"
    return "about" if groups.get("about") or tail in {"左右", "上下"} or groups.get("more") == "来" else "exact"


def _percent(text: str, match: re.Match[str]) -> Amount:
    value = number(match.group("first")) or 0.0
    subject = _subject(text, match.end())
    end = subject[1] if subject else match.end()
    at = match.start("first") - 3
    return Amount(match.start(), end, "share", value, *bounds(value, _bound(match)), (at, at + 3), subject)


def _part(text: str, match: re.Match[str]) -> Amount:
    half = match.group("half")
    value = 50.0 if half else 100.0 * _DIGITS[match.group("over")] / (number(match.group("under")) or 1)
    bound: Bound = "above" if half in {"过半", "大半"} else _bound(match)
    subject = _subject(text, match.end())
    place = match.span("half") if half else (match.start("under"), match.end("over"))
    return Amount(
        match.start(), subject[1] if subject else match.end(), "share", value, *bounds(value, bound), place, subject
    )


def _vague(text: str, match: re.Match[str]) -> Amount | None:
    many = match.group("many")
    low = _IDIOMS.get(many) or (number(many.lstrip("上数几")) or 1.0) * _LEAST.get(many[0], 1)
    subject = _subject(text, match.end()) or (match.span("unit") if match.group("unit") else None)
    if subject is None:
        return None
    return Amount(
        match.start(),
        max(match.end(), subject[1]),
        "count",
        None,
        low,
        None,
        match.span("unit") if match.group("unit") else None,
        subject,
    )


def _subject(text: str, at: int) -> Span | None:
    """The noun phrase that follows: up to a sign, or to a word of a list that no noun phrase goes on with; ten signs."""
    begin = at + 1 if text[at : at + 1] == "的" else at
    run = _SUBJECT.match(text, begin)
    if not run:
        return None
    stop = _SUBJECT_END.search(run.group())
    end = begin + (stop.start() if stop else min(len(run.group()), 10))
    return (begin, end) if end - begin >= 2 or text[begin:end] in {"人", "猫", "狗"} else None


def _numbers(first: str, second: str | None) -> tuple[float | None, float | None]:
    """What is meant, or the least and the most: 70至80万 are 70万至80万, and 七八万 is seven or eight."""
    if second is None:
        pair = _OR_SO.search(first)
        if pair is None:
            return number(first), None
        at = pair.start()
        return number(first[: at + 1] + first[at + 2 :]), number(first[:at] + first[at + 1 :])
    least, most = number(first), number(second)
    shared = re.search("[万亿]+$" if re.search("[十百千]", first) else "[十百千万亿]+$", second)
    if least is not None and most is not None and least < most and shared and not re.search("[万亿wW]", first):
        least *= number(shared.group()) or 1.0
    return least, most


def _ascii(figures: str) -> str:
    return re.sub("[,，]", "", figures).translate({0xFF10 + digit: 0x30 + digit for digit in range(10)})


def number(written: str) -> float | None:
    """The number that figures, Chinese signs or both name (70万, 三百二十, 1亿2000万); None where they name none."""
    if re.fullmatch("[零〇一二三四五六七八九]{2,}", written):
        return float("".join(str(_DIGITS[sign]) for sign in written)) or None
    signs = _decimal(re.sub("[wW]", "万", re.sub(r"[\s个]", "", written)))
    value = _read(signs)
    return tidy(value) if value else None


def _read(signs: str, opens: bool = True) -> float | None:
    """What stands before the greatest power counts by it, and what stands behind it is added.

    A last digit without a 零 is of the next lower power: 一万五 is 15,000. ``opens``: whether the number begins here: only
    there may a power stand alone.
    """
    for sign, power in _POWERS.items():
        left, found, right = signs.rpartition(sign)
        if not found:
            continue
        many = _read(left, opens) if left else 1.0 if opens or sign == "十" else None
        rest = _read(right, opens=False) if right else 0.0
        if many is None or rest is None or rest >= power or sign in left:
            return None
        return many * power + rest * (power / 10 if right in _DIGITS and power > 10 else 1)
    digits = signs.lstrip("零〇")
    if digits in _DIGITS:
        return float(_DIGITS[digits])
    return float(_ascii(digits)) if re.fullmatch(_FIGURE, digits) else 0.0 if not digits else None


def _decimal(written: str) -> str:
    """三点五万 as 3.5万."""
    whole, dot, rest = written.partition("点")
    if not dot:
        return written
    part = re.match("[零〇一二三四五六七八九]*", rest)
    digits = part.group() if part else ""
    first = _read(whole) or 0.0
    return f"{first:.0f}." + "".join(str(_DIGITS[sign]) for sign in digits) + rest[len(digits) :]
