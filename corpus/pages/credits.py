"""Find the news agency that an article is credited to: in its dateline, a line of its source, or at its end."""

import re
from collections.abc import Sequence

from corpus.pages.rules import any_of, listed

_FIRST = 3
"""Lines of the body that may hold a dateline."""
_LAST = 2
_ZH = f"(?:{'|'.join(listed('agencies_zh'))})"
_EN = f"(?:{'|'.join(listed('agencies_en'))})"
# 新华社北京1月16日电, （中央社記者甲台北16日電）, 中新网1月16日电
_DATELINE_ZH = re.compile(rf"^[\s　【（(〔\[]{{0,4}}({_ZH})[^。，！？；]{{0,30}}?[电電讯訊]")
# BEIJING, Jan. 16 (Xinhua) --, WASHINGTON (Reuters) -
_DATELINE_EN = re.compile(rf"^.{{0,80}}?[(（]({_EN})[)）]\s*[-–—:]")
_SOURCE = re.compile(
    rf"(?:^|[\s　（(【|｜])(?:(?:文章|新闻|新聞|本文|信息)?(?:来源|來源|稿源|转自|轉自)|source|by|via)\s*[:：/]?\s*[“《]?({_ZH}|{_EN})(?![\w·])",
    re.IGNORECASE,
)
_RIGHTS = re.compile(rf"(?:©|\(c\)|copyright)\s*(?:(?:19|20)\d\d\s*)?({_EN})\b", re.IGNORECASE)
_ALONE = re.compile(rf"^\W{{0,3}}({_ZH}|{_EN})\W{{0,3}}$")
_SIGNED = re.compile(rf"[（(]\s*({_ZH}|{_EN})(?:[记記]者[^）)]{{0,20}})?\s*[）)]\W*$")
_LONGEST = 60
_PASSED_ON = any_of("passed_on")


def find_credit(head: Sequence[str], body: Sequence[str], tail: Sequence[str]) -> str | None:
    """The agency as printed; None where none is named. A report that only quotes one is not credited to it.

    ``head`` and ``tail`` are the lines trimmed off above and below ``body``.
    """
    for line in body[:_FIRST]:
        found = _DATELINE_ZH.search(line) or _DATELINE_EN.search(line)
        if found and not _PASSED_ON.search(line[: found.start(1)]):
            return found.group(1)
    for line in [*head, *tail, *body[:1], *body[-_LAST:]]:
        found = _SOURCE.search(line) or _RIGHTS.search(line) or _ALONE.search(line) if len(line) <= _LONGEST else None
        if found:
            return found.group(1)
    signed = _SIGNED.search(body[-1]) if body else None
    return signed.group(1) if signed else None
