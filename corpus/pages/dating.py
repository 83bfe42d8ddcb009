"""Find when a page says it was published, with zone and precision; relative times are never guessed into dates."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal
from zoneinfo import ZoneInfo

from lxml.html import HtmlElement

from corpus.pages.pagedata import PageData, text_of
from corpus.pages.rules import listed
from corpus.records import Precision

EARLIEST = datetime(1994, 1, 1, tzinfo=UTC)
"""No page of the web is older."""
Found = Literal["json-ld", "meta", "script", "text", "address"]
_SCRIPT = re.compile(
    r"""(?:\b(?:var|let|const)\s+(?:ct|create_time|publish_time|pubtime|ptime|pub_?date|oriCreateTime)\s*=\s*"""
    r"""|["']?\b(?:publish_?(?:time|date|at|ed_?at|edTime|ed_?date|edOn)|pub_?(?:time|date)|ptime|publishedDate|datePublished|create_?time|original_?publish_?date|first_?publish(?:ed)?_?(?:time|at))["']?\s*[:=]\s*)"""
    r"""["']?(\d{10}(?:\d{3})?(?!\d)|(?:19|20)\d\d[-/年.]\d{1,2}[-/月.]\d{1,2}[^"'<>,;{}]{0,24})""",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?<!\d)((?:19|20)\d\d)[-/_]?(0[1-9]|1[0-2])[-/_]?(0[1-9]|[12]\d|3[01])(?!\d|-[a-z])")
_ADDRESS_LOOSE = re.compile(r"/((?:19|20)\d\d)[-/_](\d{1,2})[-/_](\d{1,2})(?=/|$)")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier enero gennaio janeiro stycznia ocak januari",
            "feb february februar fevrier février febrero febbraio fevereiro lutego şubat februari",
            "mar march märz maerz mars marzo março marca mart maret",
            "apr april avril abril aprile kwietnia nisan",
            "may mai mayo maggio maio maja mayıs mei",
            "jun june juni juin junio giugno junho czerwca haziran",
            "jul july juli juillet julio luglio julho lipca temmuz",
            "aug august août aout agosto sierpnia ağustos agustus",
            "sep sept september septembre septiembre settembre setembro września eylül",
            "oct october oktober octobre octubre ottobre outubro października ekim okt",
            "nov november novembre noviembre novembro listopada kasım",
            "dec december dezember décembre diciembre dicembre dezembro grudnia aralık dez desember",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_CLOCK = (
    r"(?:[T\s,，]*(?:at\s+|um\s+|à\s+|\||-|·|星期.|周.|[（(]?(?:上午|下午|晚上|凌晨|中午|上|下)?[）)]?)?\s*(?P<hour>[01]?\d|2[0-3])\s*[:：时時h点點.]\s*(?P<minute>[0-5]\d)"
    r"(?:\s*[:：分]\s*(?P<second>[0-5]\d))?(?:[.,]\d{1,9})?\s*分?\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z\b|(?:UTC|GMT)\s?[+-]\d{1,2}(?::?\d\d)?\b|UTC|GMT|[+-]\d\d:?\d\d\b|[A-Z]{2,4}\b)?)?"
)
_YEAR_FIRST = re.compile(
    r"(?<![\d/.-])(?P<year>(?:19|20)\d\d)\s*(?:[-/.]|年)\s*(?P<month>1[0-2]|0?[1-9])\s*(?:[-/.]|月)\s*(?P<day>3[01]|[12]\d|0?[1-9])(?!\d)\s*[日号號]?"
    + _CLOCK
)
_DAY_FIRST = re.compile(
    rf"(?<!\d)(?P<day>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th|\.|er|º)?(?:\s+|-|/)(?:(?:de|of)\s+)?(?P<name>{_MONTH})\b\.?,?(?:\s+|-|/)(?:de\s+|del\s+)?(?P<year>(?:19|20)\d\d)(?!\d)"
    + _CLOCK,
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    rf"\b(?P<name>{_MONTH})\.?\s+(?P<day>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?,?\s+(?P<year>(?:19|20)\d\d)(?!\d)"
    + _CLOCK,
    re.IGNORECASE,
)
_NUMBERS = re.compile(
    r"(?<![\d/.-])(?P<one>\d{1,2})(?P<sign>[./-])(?P<two>\d{1,2})(?P=sign)(?P<year>(?:19|20)\d\d)(?!\d)" + _CLOCK
)
_ROC = re.compile(
    r"(?:民國|民国)\s*(?P<year>\d{2,3})\s*年\s*(?P<month>1[0-2]|0?[1-9])\s*月\s*(?P<day>3[01]|[12]\d|0?[1-9])\s*日?"
)
# 二〇二五年一月十六日
_HAN_DIGITS = {sign: value for value, signs in enumerate(("〇○零", *"一二三四五六七八九")) for sign in signs}
_WRITTEN = re.compile(
    r"(?P<han_year>[一二][九〇○零][〇○零一二三四五六七八九]{2})年(?P<han_month>十[一二]?|[一二三四五六七八九])月"
    r"(?P<han_day>三十一?|二?十[一二三四五六七八九]?|[一二三四五六七八九])[日号號]"
)
_UPDATED = re.compile(r"更新|修改|編輯於|updated|modified|edited|aktualisiert|à jour|actualizado", re.IGNORECASE)
_PUBLISHED = re.compile(
    r"(?:首次)?(?:发布|發布|發佈|发表|發表|刊登|出版)|時間|时间|日期|(?:first )?(?:published|posted)|created|veröffentlicht|erstellt|publié|publicado|pubblicato|\bdate\b",
    re.IGNORECASE,
)
_RELATIVE = re.compile(
    r"(?:\d+|几|an?|one)\s*(?:秒|分钟|分鐘|小时|小時|天|周|个月|個月|年|seconds?|mins?|minutes?|hours?|hrs?|days?|weeks?|months?|years?)\s*(?:前|ago)"
    r"|(?:昨天|前天|今天|刚刚|剛剛|yesterday|just now|today)(?:\s*\d{1,2}:\d\d)?",
    re.IGNORECASE,
)
_ZONES = {
    "Z": 0,
    "UTC": 0,
    "GMT": 0,
    "BST": 1,
    "CET": 1,
    "CEST": 2,
    "EST": -5,
    "EDT": -4,
    "ET": None,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
}


@dataclass(frozen=True, slots=True)
class Dated:
    """A date as printed. `at` has its printed zone, or `zone_assumed`; None where what was found is relative."""

    at: datetime | None
    precision: Precision | None
    raw: str
    zone_assumed: str | None
    found: Found


def find_date(
    tree: HtmlElement,
    data: PageData,
    url: str | None,
    lines: list[str],
    title: str | None,
    zone: str,
    latest: datetime | None = None,
    end: int | None = None,
) -> Dated | None:
    """When a page says that it was published.

    In order: JSON-LD, meta tags, script variables, the date that first follows the title in ``lines`` (the printed
    lines of the page), the address. A later one of the same day that is more exact is taken in its place. ``zone``
    (IANA) is assumed where none is printed; dates after ``latest``, or of years to come, are passed over. ``end``: the
    number of the article's last line.
    """
    first: Dated | None = None
    relative: Dated | None = None
    last = datetime.now(UTC) + timedelta(days=366) if latest is None else latest + timedelta(days=1)
    for one in _stated(tree, data, url, lines, title, zone, end):
        if one.at is None:
            relative = relative or one
            continue
        if one.at < EARLIEST or one.at > last:
            continue
        if first is None:
            first = one
            if first.precision != "day":
                break
        elif one.precision != "day" and one.at.date() == (first.at or one.at).date():
            return one
    return first or relative


def parse_date(text: str, zone: str, found: Found = "text") -> Dated | None:
    """The first full date of a text, in any of the usual forms of Chinese, English and other European languages.

    Day and month in figures are taken only where they cannot be confused, or where a dot parts them (``13.05.2024``).
    A relative time gives a date without a moment.
    """
    matches = [pattern.search(text) for pattern in (_YEAR_FIRST, _DAY_FIRST, _MONTH_FIRST, _NUMBERS, _ROC, _WRITTEN)]
    for match in sorted((match for match in matches if match), key=lambda match: match.start()):
        moment = _moment(match, zone)
        if moment:
            return Dated(moment[0], moment[1], match.group().strip(), moment[2], found)
    relative = _RELATIVE.search(text)
    return Dated(None, None, relative.group(), None, found) if relative else None


def _moment(match: re.Match[str], zone: str) -> tuple[datetime, Precision, str | None] | None:
    parts = match.groupdict()
    if match.re is _WRITTEN:
        parts = {
            "year": _figures(parts["han_year"]),
            "month": _figures(parts["han_month"]),
            "day": _figures(parts["han_day"]),
        }
    year = int(parts["year"]) + (1911 if match.re is _ROC else 0)
    if "name" in parts:
        month, day = _MONTHS[parts["name"].lower()], int(parts["day"])
    elif "one" in parts:
        day, month = int(parts["one"]), int(parts["two"])
        if parts["sign"] != "." and day <= 12 and month <= 12 and day != month:
            return None
        if month > 12:
            day, month = month, day
    else:
        month, day = int(parts["month"]), int(parts["day"])
    clock, precision = _clock(match.group(), parts)
    offset = _offset(parts.get("zone"))
    try:
        at = datetime(year, month, day, *clock, tzinfo=ZoneInfo(zone) if offset is None else offset)
    except ValueError:
        return None
    return at, precision, zone if offset is None else None


def _figures(text: str) -> str:
    """A Chinese number in figures: of years, sign by sign; of months and days, with tens."""
    if "十" not in text:
        return "".join(str(_HAN_DIGITS[sign]) for sign in text)
    tens, _, ones = text.partition("十")
    return str((_HAN_DIGITS[tens] if tens else 1) * 10 + (_HAN_DIGITS[ones] if ones else 0))


def _clock(text: str, parts: dict[str, str]) -> tuple[tuple[int, int, int], Precision]:
    if not parts.get("hour"):
        return (0, 0, 0), "day"
    hour, half = int(parts["hour"]), (parts.get("half") or "").lower()
    if hour < 12 and (half.startswith("p") or re.search("下午|晚上", text)):
        hour += 12
    elif hour == 12 and half.startswith("a"):
        hour = 0
    second = parts.get("second")
    return (hour, int(parts["minute"]), int(second or 0)), "second" if second else "minute"


def _offset(name: str | None) -> timezone | None:
    if not name:
        return None
    shift = re.fullmatch(r"(?:UTC|GMT)?\s?([+-])(\d{1,2}):?(\d\d)?", name)
    if shift:
        minutes = int(shift.group(2)) * 60 + int(shift.group(3) or 0)
        return (
            timezone(timedelta(minutes=-minutes if shift.group(1) == "-" else minutes)) if minutes < 24 * 60 else None
        )
    hours = _ZONES.get(name)
    return None if hours is None else timezone(timedelta(hours=hours))


def _stated(
    tree: HtmlElement, data: PageData, url: str | None, lines: list[str], title: str | None, zone: str, end: int | None
) -> Iterator[Dated]:
    for key in ("datePublished", "dateCreated", "uploadDate"):
        for one in data.articles():
            yield from _parsed(text_of(one.get(key)), zone, "json-ld")
    for one in data.objects:
        yield from _parsed(text_of(one.get("datePublished")), zone, "json-ld")
    for name in listed("date_names"):
        yield from _parsed(data.meta.get(name), zone, "meta")
    for element in tree.iter("time", "abbr", "span", "p", "div"):
        if (element.get("itemprop") or "").lower() in ("datepublished", "datecreated") or element.get(
            "pubdate"
        ) is not None:
            yield from _parsed(
                element.get("datetime") or element.get("content") or element.get("title") or element.text, zone, "meta"
            )
    yield from _scripts(tree, zone)
    yield from _printed(tree, lines, title, zone, end)
    yield from _address(url or data.first("og:url"), zone)


def _parsed(text: str | None, zone: str, found: Found) -> Iterator[Dated]:
    if not text:
        return
    if re.fullmatch(r"\d{10}(?:\d{3})?", text.strip()):
        yield _epoch(text.strip(), zone, found)
        return
    compact = re.fullmatch(r"((?:19|20)\d\d)(\d\d)(\d\d)(?:T?\d{4,6}Z?)?", text.strip())
    one = parse_date("-".join(compact.groups()[:3]) if compact else text[:200], zone, found)
    if one:
        yield Dated(one.at, one.precision, text.strip()[:200], one.zone_assumed, found)


def _epoch(digits: str, zone: str, found: Found) -> Dated:
    return Dated(datetime.fromtimestamp(int(digits[:10]), ZoneInfo(zone)), "second", digits, None, found)


def _scripts(tree: HtmlElement, zone: str) -> Iterator[Dated]:
    for element in tree.iter("script"):
        for match in _SCRIPT.finditer((element.text or "")[:400_000]):
            yield from _parsed(match.group(1), zone, "script")
            break


def _printed(tree: HtmlElement, lines: list[str], title: str | None, zone: str, end: int | None) -> Iterator[Dated]:
    """The first date in the lines from the title on; then in what is marked up as a time; then elsewhere.

    Lines that tell when a page was changed come after all others. Below the article only a line that is labelled as a
    date is read: others belong to what is linked there.
    """
    wanted = re.sub(r"\W", "", title or "")
    start = next((index for index, line in enumerate(lines) if wanted and re.sub(r"\W", "", line) == wanted), None)
    changed: list[Dated] = []
    if start is not None:
        for index, line in enumerate(lines[start : start + 12], start=start):
            part, late = _of_publication(line[:160])
            one = parse_date(part, zone)
            if one and not _in_a_sentence(line, one) and not _below(line, one, index, end):
                if late:
                    changed.append(one)
                else:
                    yield one
    for element in tree.iter("time"):
        yield from _parsed(element.get("datetime") or "".join(element.itertext()), zone, "text")
    for index, line in enumerate(lines[:400]):
        if len(line) <= 120:
            part, late = _of_publication(line)
            one = parse_date(part, zone)
            if one is None or one.at is None or _in_a_sentence(line, one) or _below(line, one, index, end):
                continue
            if late:
                changed.append(one)
            else:
                yield one
    yield from changed


def _below(line: str, one: Dated, index: int, end: int | None) -> bool:
    """Whether a date stands below the article, and neither alone right after it nor behind a word for publication."""
    alone = len(line) - len(one.raw) <= 4
    return end is not None and index > end + (3 if alone else 0) and not _PUBLISHED.search(line)


def _of_publication(line: str) -> tuple[str, bool]:
    """The part of a line that tells when a page was published; the whole, and True, where it only tells of a change."""
    updated = _UPDATED.search(line)
    if updated is None:
        return line, False
    published = next((one for one in _PUBLISHED.finditer(line) if one.start() >= updated.end() + 4), None)
    if published:
        return line[published.start() :], False
    before = line[: updated.start()]
    return (before, False) if any(sign.isdecimal() for sign in before) else (line, True)


def _in_a_sentence(line: str, one: Dated) -> bool:
    """Whether a date is one that the text speaks of: in a line that ends a sentence, and neither its end nor a dateline."""
    if not line.rstrip().endswith(("。", "！", "？", ".", "!", "?", "”", "…", "，")) or one.at is None:
        return False
    before, _, after = line.partition(one.raw)
    return (
        len(after.strip(" .。)）")) > 3
        and not re.match(r"\s*[（(]?.{0,10}[电電讯訊]|\s*[)）]?\s*[-–—|]", after)
        and len(before) + len(after) > 12
    )


def _address(url: str | None, zone: str) -> Iterator[Dated]:
    if not url:
        return
    path = url.split("://", 1)[-1].partition("/")[2]
    match = _ADDRESS.search("/" + path) or _ADDRESS_LOOSE.search("/" + path)
    if match:
        yield from _parsed("-".join(match.groups()), zone, "address")
