"""What a RedNote note or comment shows beside its text: that there are pictures or a film, how many and how large."""

from typing import Any

from corpus.records import Medium
from corpus.rednote.items import Item, items, part, pick

_LIMIT = 100
_STREAMS = ("h264", "h265", "h266", "av1")


def media_of(item: Item, document_id: str) -> tuple[Medium, ...]:
    """A film, or pictures in their order; a film's cover and a search result's are none. RedNote describes no picture."""
    if (film := part(item, "video")) or item.get("type") == "video":
        stream = _stream(film)
        return (Medium(document_id, 0, "video", None, _pixels(stream, "width"), _pixels(stream, "height")),)
    pictures = items(item, "image_list", "imageList") or items(item, "pictures")
    return tuple(
        Medium(document_id, position, "image", None, _pixels(one, "width"), _pixels(one, "height"))
        for position, one in enumerate(pictures[:_LIMIT])
    )


def _stream(film: Item) -> Item:
    """The first stream for which the platform declares anything: all show the same film."""
    streams = part(part(film, "media"), "stream")
    return next((one for name in _STREAMS for one in items(streams, name)), {})


def _pixels(item: Item, name: str) -> int | None:
    value: Any = pick(item, name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 20 else None
