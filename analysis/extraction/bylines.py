"""Which of the people named in an article wrote, edited, translated or photographed it, by what stands beside their names."""

import re
from collections.abc import Iterable

from analysis.extraction.beside import Named

_BEFORE = re.compile(
    r"(?:记者|記者|编辑|編輯|责编|責編|通讯员|通訊員|编译|編譯|校对|校對|监制|監製|实习生|實習生|作者|撰文|摄影|攝影|主编|主編)"
    r"[\s:：/／|｜丨]*$"
    r"|(?:文字?|图片?|圖片?|摄|攝|来源|策划|审核)\s*[:：/／|｜丨]\s*$"
    r"|(?:^|\n)[ \t]*(?:By|BY|Words by|Story by)[ \u00a0]$"
    r"|\b(?:[Rr]eporting|[Ee]diting|[Ww]riting|[Pp]hotos?|[Pp]hotographs?|[Ii]llustrations?|Written|Edited|Translated|Compiled)"
    r" (?:\w+ )?by:?[ \u00a0]$"
)
_AFTER = re.compile(
    r"[ \u3000]*[/／]?(?:摄影?|攝影?|文|图|圖|編譯|编译|报道|報道)(?=[\s)）】\]/／。]|$)|[ \u3000]*[/／](?:文|图|Reuters|AP|AFP|Getty)"
)
_AND = re.compile(r"[ \u00a0\u3000、,，/／&·]*(?:(?:and|和|与) ?)?(?:in [A-Z][\w ]{1,20}(?:,| and) ?)?")
_REACH = 40


def written(text: str, people: Iterable[Named]) -> set[int]:
    """Where the names of those begin who made the article; ``people`` in order of their places."""
    found: set[int] = set()
    last = -1
    for one in people:
        beside = _BEFORE.search(text, max(0, one.start - _REACH), one.start) or _AFTER.match(text, one.end)
        if beside or (0 <= last <= one.start and one.start - last < _REACH and _AND.fullmatch(text, last, one.start)):
            found.add(one.start)
            last = one.end
    return found
