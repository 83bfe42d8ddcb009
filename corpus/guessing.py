"""Guess from the names of a table's columns what they hold: the mapping that a person then corrects."""

import difflib
import re
from collections.abc import Iterable, Sequence

from corpus.mapped import FIELDS

_NAMES = {
    "id": "id note_id msg_id message_id comment_id post_id status_id mid uri 笔记id 评论id 帖子id 微博id 消息id 编号",
    "text": "text content body message desc description comment full_text 正文 内容 笔记详情 评论内容 文本 微博正文 消息内容",
    "title": "title headline subject 标题 笔记标题",
    "author": "author_id user_id uid account_id sender_id 用户id 作者id",
    "author_name": "author author_name user_name username nickname screen_name sender 作者 昵称 用户名 用户昵称 发布者",
    "published": "published published_at created_at create_time time timestamp date datetime sent_at publish_time 发布时间 评论时间"
    " 时间 日期",
    "edited": "edited_at updated_at last_update_time edit_time 编辑时间",
    "collected": "collected_at timestamp_collected crawl_time fetched_at 采集时间 抓取时间",
    "thread": "thread_id conversation_id room_id live_id root_id 直播间id 所属笔记id",
    "reply_to": "reply_to parent_id parent_comment_id in_reply_to in_reply_to_id 父评论id 回复id",
    "url": "url link note_url permalink 链接 网址 笔记链接",
    "likes": "likes like_count liked_count favourites_count attitudes_count digg_count 点赞数 点赞",
    "collects": "collects collected_count favorites bookmarks 收藏数 收藏",
    "comments": "comments comment_count comments_count replies replies_count num_comments 评论数",
    "shares": "shares share_count shared_count reposts_count reblogs_count retweets 转发数 分享数",
    "place": "place ip_location location region region_name ip属地 属地 地区",
    "hashtags": "hashtags tags tag_list topics 标签 话题",
    "query": "query keyword source_keyword search_term 关键词 搜索词",
    "rank": "rank position 排名",
}


def _folded(name: str) -> str:
    return re.sub(r"[\s_\-.]+", "", name).casefold()


_KNOWN = {field: [_folded(name) for name in names.split()] for field, names in _NAMES.items()}


def guess(columns: Sequence[str]) -> dict[str, str]:
    """Our field: the column whose name means it best; a column serves once."""
    folded = {_folded(column): column for column in reversed(columns)}
    found: dict[str, str] = {}
    for field in FIELDS:
        for name in _KNOWN[field]:
            if (column := folded.get(name)) is not None and column not in found.values():
                found[field] = column
                break
    return found


def block(file: str, columns: Sequence[str], source: str | None) -> str:
    """A mapping of ``file`` in TOML, to be corrected and put into study.toml."""
    found = guess(columns)
    likes_comment = "reply_to" in found or "thread" in found
    lines = [
        "[[table]]",
        f"files = {quoted(file)}",
        f"source = {quoted(source or 'rednote')}        # a source of the study",
        f'kind = "{"comment" if likes_comment else "post"}"           # article, post, comment or turn',
        'zone = "Asia/Shanghai"    # whose clock times without a zone show',
        "[table.columns]           # our field = your column",
        *(f"{field} = {quoted(found[field])}" for field in FIELDS if field in found),
        *(f'# {field} = ""            # needed' for field in ("id", "text") if field not in found),
    ]
    if unused := [column for column in columns if column not in found.values()]:
        lines.append(f"# not used: {', '.join(map(_shown, unused[:40]))}")
    return "\n".join(f"    {line}" for line in lines)


def nearest(name: str, columns: Iterable[str]) -> str:
    """The columns that were probably meant, in words."""
    known = {column.casefold(): column for column in columns}
    close = difflib.get_close_matches(name.casefold(), list(known), n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(_shown(known[one]) for one in close)}?" if close else ""


def quoted(text: str) -> str:
    """As a string of TOML."""
    kept = "".join(sign if sign.isprintable() else " " for sign in text)
    return '"' + kept.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _shown(name: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in name)[:60]
