"""Which news agency an article says it comes from: datelines, source lines and words of thanks, Chinese and English."""

import re
from dataclasses import dataclass

from corpus.scripts import has_han, to_simplified

_AGENCIES = {
    "Xinhua News Agency": ("新华社", "新华网", "Xinhua"),
    "China News Service": ("中国新闻社", "中国新闻网", "中新社", "中新网", "China News Service"),
    "Reuters": ("路透社", "路透", "Reuters"),
    "Associated Press": ("美联社", "AP", "The Associated Press", "Associated Press"),
    "Agence France-Presse": ("法新社", "AFP", "Agence France-Presse"),
    "Bloomberg": ("彭博新闻社", "彭博社", "彭博", "Bloomberg"),
    "Deutsche Presse-Agentur": ("德新社", "dpa", "DPA"),
    "Kyodo": ("共同社", "Kyodo News", "Kyodo"),
    "Yonhap": ("韩联社", "Yonhap"),
    "TASS": ("塔斯社", "TASS"),
    "EFE": ("埃菲社", "EFE"),
    "Central News Agency": ("中央社",),
    "United Press International": ("合众国际社", "UPI"),
    "Press Trust of India": ("印度报业托拉斯", "PTI"),
}
_NAME_OF = {name: agency for agency, names in _AGENCIES.items() for name in names}


def _either(chinese: bool) -> str:
    names = (name for name in _NAME_OF if (name > "\u2e80") == chinese)
    return "|".join(map(re.escape, sorted(names, key=len, reverse=True)))


_EN, _ZH = _either(chinese=False), _either(chinese=True)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_DATELINES = (
    # BEIJING, Jan. 14 (Xinhua) -- ; LONDON (AP) —
    re.compile(
        rf"^\W{{0,3}}(?P<place>[A-Z][A-Z .'’\-]{{2,30}})(?:, [A-Z][A-Za-z .]{{1,20}})?(?:, (?P<month>[A-Z][a-z]{{2,8}})\.? (?P<day>\d{{1,2}}))?"
        rf" ?\((?P<agency>{_EN})\)",
        re.MULTILINE,
    ),
    # 新华社华盛顿1月14日电 ; 中新网1月14日电
    re.compile(
        rf"(?P<agency>{_ZH})(?P<place>[\u4e00-\u9fff]{{2,8}}?)?(?P<month>\d{{1,2}})月(?P<day>\d{{1,2}})日(?:专?电|讯|消息|报道)"
    ),
)
# No name goes on after an agency: `By Bloomberg Intelligence`.
_NO_MORE = r"(?! (?!(?:Staff|News|Photos?|Writers?|Correspondents?|Reporters?)\b)(?-i:[A-Z]))"
_LINES = (
    re.compile(rf"\((?:[Ww]ith (?:inputs|reporting|files|material) from )?(?P<agency>{_EN})(?:/[A-Z][\w ]{{1,30}})?\)"),
    re.compile(
        rf"(?:^|\n)\W{{0,3}}(?:Source|Via|Credit|From|By|©|Copyright|[-–—])\s*:?\s*(?P<agency>{_EN})\b{_NO_MORE}",
        re.IGNORECASE,
    ),
    re.compile(rf"\b(?P<agency>{_EN}) contributed to this (?:report|story|article)"),
    re.compile(rf"\b(?:[Ww]ith|[Aa]dditional) reporting (?:by|from) (?:the )?(?P<agency>{_EN})\b{_NO_MORE}"),
    re.compile(rf"(?:来源|稿源|转自|编译自|摘自|综合)(?:于)?\s*[:：]?\s*[「“]?(?P<agency>{_ZH})"),
    re.compile(rf"[(（【](?:据|原题[^)）]{{0,30}}|来源[:：])?(?P<agency>{_ZH})(?:电|讯|供稿|报道|消息)?[)）】]"),
    re.compile(rf"\A[^\n，,。]{{0,20}}据(?P<agency>{_ZH})[^\n，,。]{{0,16}}(?:电|消息|报道)"),
)
_MOST = 20_000  # signs at either end in which credits are sought


@dataclass(frozen=True, slots=True)
class Credit:
    """An agency by its canonical name; place and day (month, day of the month) of a dateline where they stand there."""

    agency: str
    place: str | None = None
    day: tuple[int, int] | None = None


def credits_of(text: str) -> list[Credit]:
    """Every agency that ``text`` credits, datelines first, each once."""
    if len(text) > 2 * _MOST:
        text = f"{text[:_MOST]}\n{text[-_MOST:]}"
    simplified = to_simplified(text) if has_han(text) else text
    found: dict[Credit, None] = {}
    for pattern in _DATELINES:
        for match in pattern.finditer(simplified):
            place = match.group("place")
            found[Credit(_NAME_OF[match.group("agency")], place.strip().casefold() if place else None, _day(match))] = (
                None
            )
    for pattern in _LINES:
        for match in pattern.finditer(simplified):
            agency = _agency(match.group("agency"))
            if agency and not any(one.agency == agency for one in found):
                found[Credit(agency)] = None
    return list(found)


def _agency(written: str) -> str | None:
    """The canonical name; None where short names lack their capitals (`by ap`)."""
    known = _NAME_OF.get(written)
    if known is None and len(written) > 4:
        known = {name.casefold(): agency for name, agency in _NAME_OF.items()}.get(written.casefold())
    return known


def _day(match: re.Match[str]) -> tuple[int, int] | None:
    month, day = match.group("month"), match.group("day")
    if not (month and day):
        return None
    number = (
        int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1 if month[:3].lower() in _MONTHS else 0
    )
    return (number, int(day)) if 1 <= number <= 12 and 1 <= int(day) <= 31 else None
