"""Turn rows of other tools' tables of Bluesky posts into posts: of their columns, those whose meaning is certain.

4CAT and minet write them. Pictures are left out: their columns mix a post's own with those of links and quoted posts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from corpus.posts.bluesky import author_in, post_uri, uri_of_page
from corpus.posts.taking import Fields, fields
from corpus.posts.values import moment_of
from corpus.records import Finding
from corpus.rednote.items import Item, moment

Cells = Mapping[str, str]
_VALUE_LIMIT = 200
_COUNTS = ("like", "reply", "repost", "quote")


@dataclass(frozen=True, slots=True)
class Form:
    """One tool's table. `fields`: columns of an ordinary row; `marks`: columns by which the table is known."""

    marks: frozenset[str]
    fields: Fields
    post: Callable[[Cells], Item | None]
    """A row as a post; None for one without the address of a post."""
    finding: Callable[[Cells, str], Finding]


def form_of(names: tuple[str, ...]) -> str | None:
    """The tool whose columns these are."""
    return next((name for name, form in FORMS.items() if form.marks <= set(names)), None)


def _post(uri: str, text: str, created: str, reply: Item, tags: str, by: str, cells: Cells) -> Item | None:
    if post_uri(uri) is None:
        return None
    record: Item = {"text": text, "createdAt": created}
    if reply:
        record["reply"] = {name: {"uri": one} for name, one in reply.items() if one}
    if told := [tag.strip() for tag in tags.split(by) if tag.strip()]:
        record["tags"] = told
    counts = {f"{name}Count": cells[f"{name}_count"] for name in _COUNTS if cells.get(f"{name}_count")}
    return {"uri": uri, "author": {"did": author_in(uri)}, "record": record, **counts}


def _of_4cat(cells: Cells) -> Item | None:
    uri, root = cells.get("id", ""), cells.get("thread_id", "")
    made = _post(
        uri,
        cells.get("body", ""),
        cells.get("created_at", ""),
        {} if root in ("", uri) else {"root": root, "parent": _parent(cells.get("replied_to_post", ""), root)},
        cells.get("tags", ""),
        ",",
        cells,
    )
    if made is not None and (labels := [label for label in cells.get("labels", "").split(",") if label]):
        made["labels"] = [{"val": label} for label in labels]
    return made


def _parent(page: str, root: str) -> str | None:
    """What a reply answers, of which the table has a page's address: that of the thread's first post, or one that names
    the account by its id; a name alone does not tell."""
    uri = uri_of_page(page)
    if uri and uri.rpartition("/")[2] == root.rpartition("/")[2]:
        return root
    return post_uri(uri)


def _found_by_4cat(cells: Cells, file: str) -> Finding:
    """The moment of collection is in the zone of 4CAT's server, which nobody told us: it is not taken."""
    query, rank = cells.get("query", "").strip(), cells.get("rank", "")
    place = int(rank) if rank.isascii() and rank.isdigit() and 0 < len(rank) < 9 else 0
    return Finding("query", query[:_VALUE_LIMIT], place or None) if query else Finding("file", file)


def _of_minet(cells: Cells) -> Item | None:
    created = moment(cells.get("timestamp_utc"))
    reply = {"root": cells.get("to_root_post_uri"), "parent": cells.get("to_post_uri")}
    made = _post(
        cells.get("uri", ""),
        cells.get("original_text", ""),
        created.isoformat() if created else "",
        reply if any(reply.values()) else {},
        cells.get("hashtags", ""),
        "|",
        cells,
    )
    if made is not None and (indexed := cells.get("indexed_at_utc")):
        made["indexedAt"] = indexed if indexed.endswith("Z") else indexed + "Z"
    return made


def _found_by_minet(cells: Cells, file: str) -> Finding:
    collected, query = moment_of(cells.get("collection_time")), cells.get("match_query", "").strip()
    if query in ("", "0", "1", "true", "false", "True", "False"):
        return Finding("file", file, collected_at=collected)
    return Finding("query", query[:_VALUE_LIMIT], collected_at=collected)


_4CAT = fields(
    "id thread_id created_at author_id body like_count reply_count repost_count",
    "collected_at query rank author link tags quote_count quoted_post quoted_user replied_to_post replied_to_user"
    " replies_allowed mentions links images labels has_poll languages author_display_name author_profile author_avatar"
    " author_created_at timestamp",
)
_MINET = fields(
    "uri timestamp_utc user_did original_text like_count reply_count repost_count",
    "cid did url local_time indexed_at_utc user_handle text quote_count bookmark_count bridgy_original_url user_url"
    " user_display_name user_langs user_avatar user_created_at user_timestamp_utc to_post_cid to_post_did to_post_uri"
    " to_post_url to_user_did to_root_post_cid to_root_post_did to_root_post_uri to_root_post_url to_root_user_did"
    " repost_by_user_did repost_by_user_handle repost_created_at repost_timestamp_utc quoted_cid quoted_did quoted_uri"
    " quoted_url quoted_user_did quoted_user_handle quoted_created_at quoted_timestamp_utc quoted_status links domains"
    " card_link card_title card_description card_thumbnail media_urls media_thumbnails media_types media_alt_texts"
    " mentioned_user_dids mentioned_user_handles hashtags replies_rules replies_rules_created_at"
    " replies_rules_timestamp_utc hidden_replies_uris quotes_rule quotes_rules_created_at quotes_rules_timestamp_utc"
    " hidden_quotes_uris collection_time match_query query",
)
FORMS: dict[str, Form] = {
    "4CAT": Form(
        frozenset({"id", "author_id", "body", "repost_count", "replied_to_post"}), _4CAT, _of_4cat, _found_by_4cat
    ),
    "minet": Form(
        frozenset({"uri", "user_did", "original_text", "repost_count", "to_root_post_uri"}),
        _MINET,
        _of_minet,
        _found_by_minet,
    ),
}
