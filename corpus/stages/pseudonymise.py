"""Take out of a text what leads to a person: handles, addresses, numbers, accounts and profile links."""

import re
from dataclasses import replace

from corpus.identity import Keys, mask_handles
from corpus.records import Document

MASKED = "masked"

_PATH = r"[A-Za-z0-9_.~%+-]"
_SCHEME = r"(?:https?://)?(?:[a-z]{1,6}\.)?"
_PROFILE = re.compile(
    rf"""(?<![\w.])(?:
      {_SCHEME}(?:xiaohongshu|rednote|xhslink)\.com/(?:discovery/)?user/{_PATH}+(?:/{_PATH}+)*
    | {_SCHEME}(?:instagram|facebook|threads|snapchat|twitter|x|linktr)\.(?:com|net|ee)/
      (?!(?:p|reel|reels|explore|search|hashtag|home|intent|share|i|watch|groups|events|sharer|dialog)(?:[/?.\s]|$))
      @?{_PATH}+(?:/{_PATH}+)*
    | {_SCHEME}weibo\.(?:com|cn)/(?:u/|n/|profile/|\d{{6,}}){_PATH}*(?:/{_PATH}+)*
    | {_SCHEME}douyin\.com/user/{_PATH}+ | {_SCHEME}zhihu\.com/people/{_PATH}+ | (?:https?://)?space\.bilibili\.com/{_PATH}+
    | {_SCHEME}youtube\.com/(?:user|channel|c)/{_PATH}+ | (?:https?://)?(?:t\.me|wa\.me|discord\.gg)/\+?{_PATH}+
    | (?:https?://)?[a-z0-9.-]+\.[a-z]{{2,24}}/(?:{_PATH}+/)*@{_PATH}+(?:/{_PATH}+)*
    )(?:\?[^\s，。！？、；）]*)?""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_EMAIL = re.compile(
    r"[A-Za-z0-9._%+-]+\s?(?:[@＠]|\[at\]|\(at\))\s?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    r"""(?P<name>
        (?<![A-Za-z])(?:we\s?chat|wei\s?xin|whats\s?app|telegram|snap(?:chat)?|insta(?:gram)?|discord|tik\s?tok|red\s?note|xhs|line|qq|vx|wx|ig)
        | 微信|威信|薇信|微❤|加[vV]|[vV]信|小红书|小紅書|红书|抖音|快手|微博|企鹅|扣扣|电报
    )
    (?P<link>\s*(?:号|號|id|account|name|user(?:name)?|handle|群)?\s*(?:[:：=]|\bis\b|是|为|為|➕|\+)+\s*
            |\s*(?:号|號|\bid\b)\s*)
    (?P<id>@?[A-Za-z0-9][A-Za-z0-9_.\-]{3,30}[A-Za-z0-9_])""",
    re.VERBOSE | re.IGNORECASE,
)
# Without a colon only what looks like an account and not like a word: it holds a digit.
_BARE_ACCOUNT = re.compile(
    r"(?P<name>(?<![A-Za-z])(?:vx|wx|qq|v信)|微信|威信|薇信|加[vV])(?P<link>\s*)"
    r"(?P<id>(?=[A-Za-z_\-]*\d)[A-Za-z0-9][A-Za-z0-9_\-]{4,30})",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"""(?<![\w.+/=-])(?:
      (?:\+|00)\d{1,3}[\s.-]?(?:\(\d{1,4}\)[\s.-]?)?\d{1,4}(?:[\s.-]?\d{2,4}){2,4}       # international
    | (?:\(?\d{3}\)?[ .-])\d{3}[.-]\d{4}                                                  # North America
    | \(\d{3}\)\s?\d{3}[ .-]\d{4}
    )(?![\w-]|[.]\d)"""
    r"""|(?<![\d.+A-Za-z_/=-])(?:\+?86[\s-]?)?1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}(?![\d.]\d|\d|[A-Za-z_%]|\s?[万萬亿億]?(?:美?元|人|次|年|岁|件|部))  # mainland mobile
       |(?<![\d.-])0\d{2,3}-\d{7,8}(?![\d-])                                              # mainland fixed line""",
    re.VERBOSE,
)
# Every @name left once e-mail addresses are gone, whatever letter stands before it: Chinese puts no space there.
_MENTION = re.compile(
    r"(?<![@＠/])[@＠](?!user_[0-9a-f]{8}(?![0-9A-Za-z_]))(?P<name>\w(?:[\w\-·.]{0,38}\w)?[A-Za-z0-9_]*)"
)


def pseudonymise(document: Document, keys: Keys) -> Document:
    """The document with what leads to a person replaced: ``@user_<pseudonym>``, ``[email]``, ``[phone]``, ``[account]``, ``[profile]``.

    Text, title and hashtags of every kind are masked; published bylines stay. The address of a post or comment that
    shows its author's handle becomes null. Flag ``masked`` where anything was replaced. Applying it twice changes nothing.
    """
    platform = document.source_id

    def masked(text: str) -> str:
        return mask(text, platform, keys)

    url = document.url
    if url is not None and document.kind != "article" and _PROFILE.search(url):
        url = None
    changed = replace(
        document,
        text=masked(document.text),
        title=None if document.title is None else masked(document.title),
        hashtags=tuple(masked(tag) for tag in document.hashtags),
        url=url,
    )
    if changed == document or MASKED in document.flags:
        return changed
    return replace(changed, flags=(*changed.flags, MASKED))


def mask(text: str, platform: str, keys: Keys) -> str:
    """``text`` with what leads to a person replaced by placeholders; see `pseudonymise`."""
    if _PROFILE.search(text):
        text = _PROFILE.sub("[profile]", text)
    text = _EMAIL.sub("[email]", text)
    for pattern in (_ACCOUNT, _BARE_ACCOUNT):
        text = pattern.sub(lambda found: f"{found['name']}{found['link']}[account]", text)
    text = _PHONE.sub("[phone]", text)

    def pseudonym(found: re.Match[str]) -> str:
        return mask_handles(f"@{found['name']}", platform, keys, handles=(found["name"],))

    return _MENTION.sub(pseudonym, text)
