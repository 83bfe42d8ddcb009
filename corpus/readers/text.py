"""Read a plain text file: an article whose first line may be its title."""

import re
from datetime import UTC, datetime

from corpus.charset import decode_text
from corpus.identity import Keys, canonical_url
from corpus.records import Capture, Document, Precision, Reading, Rejection, Sighting

_TITLE_CHARACTERS = 160
_ENDINGS = tuple(".。!！?？…;；:：,，、\"”'’」』)）]】")
_QUESTION = ("?", "？", "!", "！", "”", "’", "」", "』", ")", "）")
_LOST_SHARE = 0.005
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Text:
    """One file, one article: all that a text can tell of itself is its title and its words."""

    version = "1"
    rank = 0

    def accepts(self, capture: Capture) -> bool:
        return capture.format == "text"

    def read(self, capture: Capture, keys: Keys) -> Reading:
        decoded = decode_text(capture.body, capture.charset)
        if decoded.replaced > _LOST_SHARE * max(1, len(decoded.text)) or decoded.text.count("\0") > 2:
            return _rejected(
                capture, "not_text", f"{decoded.replaced} characters without a meaning in {decoded.charset}"
            )
        title, text = split_title(decoded.text)
        if not text:
            return _rejected(capture, "empty")
        document_id, url = _identity(capture.url, keys)
        published_at, precision, zone = _published(capture.finding.published_raw)
        document = Document(
            id=document_id,
            source_id=capture.source_id,
            kind="article",
            url=url,
            title=title or capture.finding.title,
            text=text,
            published_at=published_at,
            published_precision=precision,
            published_raw=capture.finding.published_raw,
            zone_assumed=zone,
            flags=tuple(sorted({*decoded.problems, *(() if published_at else ("no_time",))})),
        )
        finding = capture.finding
        seen_at = finding.collected_at or capture.fetched_at
        sighting = Sighting(
            document_id, capture.id, finding.found_by, finding.value, finding.rank, finding.sort_order, seen_at
        )
        return Reading((document,), (sighting,))


def split_title(text: str) -> tuple[str | None, str]:
    """Title and text. The first line is a title where it is short, ends as no sentence does, and text follows it.

    A question or an exclamation may be a title too, where an empty line stands after it.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff").strip()
    first, _, rest = plain.partition("\n")
    head = first.strip().lstrip("#").strip()
    if not rest.strip() or not head or len(head) > _TITLE_CHARACTERS:
        return None, plain
    apart = rest.startswith("\n") or rest.split("\n", 1)[0].strip() == ""
    if head.endswith(_ENDINGS) and not (apart and head.endswith(_QUESTION)):
        return None, plain
    return head, rest.strip()


def _identity(url: str, keys: Keys) -> tuple[str, str]:
    if url.startswith(("http://", "https://")):
        try:
            return keys.page(url), canonical_url(url)
        except ValueError:
            pass
    return keys.document("file", url), url


def _published(raw: str | None) -> tuple[datetime | None, Precision | None, str | None]:
    """A date of the list beside the file, where it is ISO 8601; anything else is kept as printed only."""
    try:
        moment = datetime.fromisoformat((raw or "").strip())
    except ValueError:
        return None, None, None
    zone = None if moment.tzinfo else "UTC"
    precision: Precision = "day" if _DAY.fullmatch((raw or "").strip()) else "second"
    try:
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC), precision, zone
    except OverflowError:
        return None, None, None


def _rejected(capture: Capture, reason: str, detail: str | None = None) -> Reading:
    return Reading(rejections=(Rejection(capture.id, None, "read", reason, detail),))


READER = Text()
