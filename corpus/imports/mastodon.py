"""Import Mastodon's statuses: lines of JSON, a list, or answers of the interface, with or without what tools put around."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from corpus.imports import Damaged, Held, Stub
from corpus.imports import Item as Given
from corpus.jsonlines import Line
from corpus.posts.mastodon import PLATFORM, THREAD, is_status, original_of, statuses_in, tag_in, threads_of
from corpus.posts.taking import Wrapped, fields, first_values, read_values, shape, taken, unwrapped, value_of
from corpus.records import Finding
from corpus.rednote.fields import string
from corpus.rednote.items import Item
from corpus.rednote.taking import Origin, json_bytes

_BLOCK, _BLOCK_BYTES = 5_000, 16 << 20
_NOT_PUBLIC = ("unlisted", "private", "direct")
_ACCOUNT = fields(
    "id acct url",
    "username display_name locked bot discoverable indexable group created_at note uri avatar avatar_static header"
    " header_static avatar_description header_description followers_count following_count statuses_count"
    " last_status_at noindex hide_collections emojis fields roles moved suspended limited memorial fqn pleroma",
)
_STATUS = fields(
    "id uri created_at account content visibility replies_count reblogs_count favourites_count",
    "url in_reply_to_id in_reply_to_account_id sensitive spoiler_text language edited_at text reblog application"
    " media_attachments mentions tags emojis card poll quote quotes_count quote_approval favourited reblogged muted"
    " bookmarked pinned filtered pleroma",
    account=_ACCOUNT,
)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A status that waits for those around it: what it answers may stand after it."""

    status: Item
    wrapped: Wrapped
    line: Line


class Mastodon:
    """Statuses of any instance. Those that are not public are stubs: they are not archived.

    A status says by its own instance's id alone what it answers. So what it answers is looked for among those around it
    in the file and noted beside it: in the same answer, and within `_BLOCK` statuses or `_BLOCK_BYTES` of the file.
    """

    title = "Mastodon statuses as its interface gives them (.ndjson, .json)"

    def recognise(self, path: Path, head: bytes) -> str | None:
        for value in first_values(head):
            statuses = statuses_in(unwrapped(value).item) or ()
            if any(is_status(one) for one in statuses):
                return "JSON with `account`, `uri` and `content`, as Mastodon's interface gives a status"
        return None

    def items(self, path: Path, held: Held) -> Iterator[Given]:
        origin = Origin.of(path)
        block: list[Given | _Waiting] = []
        size = 0
        for line in read_values(path):
            value = value_of(line)
            size += len(line.raw)
            block += [value] if isinstance(value, Damaged) or isinstance(line, Damaged) else _opened(value, line)
            if len(block) >= _BLOCK or size >= _BLOCK_BYTES:
                yield from _settled(block, origin)
                block, size = [], 0
        yield from _settled(block, origin)


def _opened(value: Any, line: Line) -> list[Given | _Waiting]:
    wrapped = unwrapped(value)
    if wrapped.platform and PLATFORM not in wrapped.platform:
        return [Stub("other_platform", line.number)]
    statuses = statuses_in(wrapped.item)
    if statuses is None:
        refused = isinstance(value, dict) and isinstance(value.get("error"), str)
        return [Stub("error_answer", line.number) if refused else Damaged("not_an_item", line.number, line.raw)]
    return [_judged(one, wrapped, line) for one in statuses] or [Stub("empty_answer", line.number)]


def _judged(status: Any, wrapped: Wrapped, line: Line) -> Given | _Waiting:
    if not is_status(status):
        return Damaged("not_an_item", line.number, json_bytes(status))
    levels = (status.get("visibility"), original_of(status).get("visibility"))
    if levels[0] in ("private", "direct") or levels[1] in _NOT_PUBLIC:
        return Stub("not_public", line.number)
    return _Waiting(status, wrapped, line)


def _settled(block: list[Given | _Waiting], origin: Origin) -> Iterator[Given]:
    threads = threads_of(original_of(one.status) for one in block if isinstance(one, _Waiting))
    for one in block:
        if not isinstance(one, _Waiting):
            yield one
            continue
        original = original_of(one.status)
        place = threads.get(string(original.get("id")))
        status = one.status
        if place is not None and place.parent is not None:
            noted = {**original, THREAD: place.plain()}
            status = noted if original is one.status else {**one.status, "reblog": noted}
        known = shape("mastodon status", one.status, _STATUS)
        yield taken(PLATFORM, status, known, _finding(one.wrapped, origin), origin, one.line.ended)


def _finding(wrapped: Wrapped, origin: Origin) -> Finding:
    tag = tag_in(string(wrapped.told.get("source_platform_url")))
    found = wrapped.finding(origin.file)
    return replace(found, found_by="tag", value=tag, rank=None) if tag else found


IMPORT = Mastodon()
