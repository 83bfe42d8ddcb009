"""Import Weibo's posts: statuses as its interface gives them, in lines of JSON, a list, or whole answers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from corpus.imports import Damaged, Held, Item, Stub
from corpus.jsonlines import Line
from corpus.posts.taking import Wrapped, fields, first_values, read_values, shape, taken, unwrapped, value_of
from corpus.posts.weibo import PLATFORM, is_public, lost, statuses_in
from corpus.records import Finding
from corpus.rednote.fields import string
from corpus.rednote.taking import Origin

_NAMES = ("weibo",)
_STATUS = fields(
    "created_at id mid user attitudes_count comments_count reposts_count",
    "idstr bid mblogid text text_raw source region_name pics pic_num pic_ids pic_infos retweeted_status longText isLongText"
    " longTextContent page_info visible deleted edit_at edit_count mblogtype textLength can_edit favorited isTop is_paid"
    " mblog_vip_type url_struct topic_struct show_additional_indication content_auth comment_manage_info pic_types"
    " pending_approval_count reward_scheme hide_flag expire_time ad_state mlevel darwin_tags rid cardid numberDisplayStrategy"
    " enable_comment_guide title thumbnail_pic bmiddle_pic original_pic safe_tags pic_focus_point share_repost_type rank"
    " analysis_extra reads_count number_display_strategy mark mixed_count is_show_bulletin repost_type mblog_menu_new_style"
    " edit_config buttons fid extern_safe pic_flag more_info_type page_type in_reply_to_status_id alchemy_params"
    " filterid reads attitude_dynamic_members_message attitude_dynamic_fields attitudes_status biz_feature annotations",
)


class Weibo:
    """Posts that all may see. Those for friends or followers are stubs: they are not archived."""

    title = "Weibo posts as its interface gives them (.ndjson, .json)"

    def recognise(self, path: Path, head: bytes) -> str | None:
        if any(_is_ours(unwrapped(value)) for value in first_values(head)):
            return "JSON with `mid`, `user` and `reposts_count`, as Weibo's interface gives a post"
        return None

    def items(self, path: Path, held: Held) -> Iterator[Item]:
        origin = Origin.of(path)
        for line in read_values(path):
            value = value_of(line)
            if isinstance(value, Damaged) or isinstance(line, Damaged):
                yield value
            else:
                yield from opened(unwrapped(value), line, origin)


def _is_ours(wrapped: Wrapped) -> bool:
    known = not wrapped.platform or any(name in wrapped.platform for name in _NAMES)
    return known and bool(statuses_in(wrapped.item))


def opened(wrapped: Wrapped, line: Line, origin: Origin) -> Iterator[Item]:
    """The posts of an item, whichever tool kept it."""
    if wrapped.platform and not any(name in wrapped.platform for name in _NAMES):
        yield Stub("other_platform", line.number)
        return
    statuses = statuses_in(wrapped.item)
    for status in statuses:
        name = (
            "weibo post not shown"
            if lost(status)
            else "weibo repost"
            if status.get("retweeted_status")
            else "weibo post"
        )
        if not is_public(status):
            yield Stub("not_public", line.number)
        else:
            known = shape(name, status, fields("") if lost(status) else _STATUS)
            yield taken(PLATFORM, status, known, _finding(wrapped, origin), origin, line.ended)
    if not statuses:
        answered = isinstance(wrapped.item, dict) and "ok" in wrapped.item
        yield Stub("empty_answer", line.number) if answered else Damaged("not_an_item", line.number, line.raw)


def _finding(wrapped: Wrapped, origin: Origin) -> Finding:
    """By the search at which the researcher was, where a tool kept its address."""
    try:
        tab: Any = urlsplit(string(wrapped.told.get("source_platform_url")))
        query = (
            parse_qs(tab.query).get("q") if tab.path.startswith(("/weibo", "/search", "/hot", "/realtime")) else None
        )
    except ValueError:
        query = None
    if query and tab.hostname in ("s.weibo.com", "m.weibo.cn"):
        return Finding("query", query[0][:200], collected_at=wrapped.collected)
    return wrapped.finding(origin.file)


IMPORT = Weibo()
