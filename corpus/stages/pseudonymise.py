"""Take out of a text what leads to a person: handles, addresses, numbers, accounts and profile links."""

import re
from dataclasses import replace
from functools import lru_cache
from urllib.parse import unquote

from corpus.identity import Keys, mask_query, name_key
from corpus.records import Document

MASKED = "masked"

_PATH = r"[A-Za-z0-9_.~%+-]"
_REST = rf"{_PATH}+(?:/{_PATH}+)*"
_SCHEME = r"(?:https?://)?(?:[a-z]{1,6}\.)?"
_PROFILE = re.compile(
    rf"""(?<![\w.])(?:
      {_SCHEME}(?:xiaohongshu|rednote|xhslink)\.com/(?:discovery/)?user/{_REST}
    | {_SCHEME}(?:instagram|facebook|threads|snapchat|twitter|x|linktr|xcancel)\.(?:com|net|ee)/
      (?!(?:p|reel|reels|explore|search|hashtag|home|intent|share|i|watch|groups|events|sharer|dialog)(?:[/?.\s]|$))
      @?{_REST}
    | {_SCHEME}weibo\.(?:com|cn)/(?:u/|n/|profile/|\d{{6,}}){_PATH}*(?:/{_PATH}+)*
    | (?:https?://)?(?:www\.)?weibo\.(?:com|cn)/
      (?!(?:ajax|article|at|comments?|detail|feature|home|hot|index|live|login(?:\.php)?|message|mygroups|newlogin|p|search
      |security|show|signup|sorry|status|statuses|story|top|ttarticle|tv|video|visitor|weibo)(?:[/?\s]|$)){_REST}
    | {_SCHEME}douyin\.com/user/{_PATH}+ | {_SCHEME}zhihu\.com/people/{_PATH}+ | (?:https?://)?space\.bilibili\.com/{_PATH}+
    | {_SCHEME}kuaishou\.com/profile/{_PATH}+ | {_SCHEME}linkedin\.com/(?:in|pub)/{_REST} | {_SCHEME}reddit\.com/u(?:ser)?/{_REST}
    | {_SCHEME}youtube\.com/(?:user|channel|c)/{_PATH}+ | (?:https?://)?(?:t\.me|wa\.me|discord\.gg)/\+?{_PATH}+
    | (?:https?://)?nitter\.(?:[a-z0-9-]{{1,63}}\.){{0,3}}[a-z]{{2,24}}/(?!(?:search|pic|about|i)(?:[/?\s]|$)){_REST}
    | {_SCHEME}bsky\.app/profile/[A-Za-z0-9_.~%:-]+(?:/{_PATH}+)*
    | (?:https?://)?(?:[a-z0-9-]{{1,63}}\.){{1,6}}[a-z]{{2,24}}(?::\d{{1,5}})?/
      (?:(?:{_PATH}+/){{0,6}}@{_REST}
        | (?:ap/)?users?/(?!(?:login|logout|sign_?in|sign_?up|register|password|settings|auth)(?:[/?\s]|$)){_REST})
    | /?user/profile/{_REST} | [a-z]{{2,20}}://user(?:s|/profile)?/{_REST} | /?u/[A-Za-z0-9_-]{{3,20}}(?![\w/])
    )(?:\?[^\s，。！？、；）]*)?""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
# Accounts of Bluesky's network: ids that stay, and names. After an @ a name is a mention.
_OF_NETWORK = re.compile(
    rf"""(?<![\w.])(?:at://(?=[a-z0-9])|did:(?:plc|web|key):)[A-Za-z0-9._:%-]+(?:/{_PATH}+)*
    | (?<![\w.@＠-])(?!(?:www|docs|api|public|status|search)\.)(?:[a-z0-9-]{{1,63}}\.){{1,3}}bsky\.social(?![\w-])""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_NETWORK_SIGNS = ("did:", "at://", "bsky", "Bsky", "BSKY")
# An address may name an account in a parameter, or hold another address, escaped.
_NAMED_IN = re.compile(r"[?&](?:actor|un|user_?name|screen_name|user_?id|acct)=[^\s&#]", re.IGNORECASE)
_ESCAPED = re.compile(r"%(?:25){0,3}(?:2F|3A|40)", re.IGNORECASE)
_ADDRESS = re.compile(r"[!#-&(-;=?@-Z^_`a-z|~＠]+")
_EMAIL = re.compile(
    r"[A-Za-z0-9._%+-]{1,64}(?:[@＠]|\s?(?:\[at\]|\(at\))\s?)"
    r"(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_ID = r"[A-Za-z0-9][A-Za-z0-9_.\-]{3,30}[A-Za-z0-9_]"
# Names that are said to exchange contacts, and names that these texts talk about: the latter need more evidence.
_CONTACT = r"(?:(?<![A-Za-z])(?:vx|wx|qq)|[vV]信|加[vV]|微信|威信|薇信|扣扣)"
_PLATFORM = r"""(?:(?<![A-Za-z])(?:we\s?chat|wei\s?xin|whats\s?app|telegram|snap(?:chat)?|ins(?:ta(?:gram)?)?|ig
    |discord|line|tik\s?tok|red\s?note|xhs)|小红书|小紅書|红书|抖音|快手|微博|电报)"""
_ACCOUNTS = tuple(
    re.compile(rf"(?P<before>{before})(?P<id>@?{_ID})", re.VERBOSE | re.IGNORECASE)
    for before in (
        rf"(?:{_CONTACT}|{_PLATFORM})\s*(?:号码?|號碼?|账号|帳號|\bid|user\s?name|handle|account(?:\s(?:id|name))?)"
        r"\s*[:：=]\s*",
        rf"(?:{_CONTACT}|{_PLATFORM})\s*(?:号码?|號碼?)\s*[是为為]?\s*",
        rf"{_CONTACT}\s*[:：=➕]\s*",
        rf"{_CONTACT}\s*[是为為]?\s*(?=[A-Za-z_\-]*[0-9])",
        rf"{_PLATFORM}\s*(?:\bid|user\s?name|handle|account)?(?:\s*[:：=]\s*|\sis\s)@?"
        r"(?=[A-Za-z0-9.\-]*_|[A-Za-z.\-]+[0-9]|[0-9.\-]+[A-Za-z])",
    )
)
# What must stand in a text for a pattern to be worth a try: most texts hold none of it.
_AT = re.compile(r"[@＠]|[\[(]at[\])]", re.IGNORECASE)
_NAMED = re.compile(rf"{_CONTACT}|{_PLATFORM}", re.VERBOSE | re.IGNORECASE)
_ID_AT_ALL = re.compile(_ID, re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_PHONE = re.compile(
    r"""(?<![A-Za-z0-9_.+/=-])(?:
      (?:\+|00)\d{1,3}[\s.-]?(?:\(\d{1,4}\)[\s.-]?)?\d{1,4}(?:[\s.-]?\d{2,4}){2,4}    # international
    | \d{3}[ .-]\d{3}[.-]\d{4} | \(\d{3}\)\s?\d{3}[ .-]\d{4}                           # North America
    )(?![A-Za-z0-9_-]|[.]\d)
    | (?<![0-9.+A-Za-z_/=-])(?:\+?86[\s-]?)?1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}              # mainland mobile
      (?![\d.]\d|\d|[A-Za-z_%]|\s?[万萬亿億]?(?:美?元|人|次|年|岁|件|部))
    | (?<![\d.-])0\d{2,3}-\d{7,8}(?![\d-])                                              # mainland fixed line
    """,
    re.VERBOSE,
)
# Every @name left once e-mail addresses are gone, whatever letter stands before it: Chinese puts no space there. What
# Weibo passes on begins `//@name:`.
_MENTION = re.compile(
    r"(?:(?<![@＠/])|(?<=//))[@＠](?!user_[0-9a-f]{8}(?![0-9A-Za-z_]))(?P<name>\w(?:[\w\-·.]{0,38}\w)?[A-Za-z0-9_]*)"
)


@lru_cache(maxsize=4_096)
def shows_account(url: str) -> bool:
    """Whether an address is that of somebody's profile."""
    return _names_account(url) or ("%" in url and _names_account(unquote(unquote(url))))


def _names_account(url: str) -> bool:
    found = _PROFILE.search(url) or _OF_NETWORK.search(url) or _NAMED_IN.search(url)
    return found is not None


def pseudonymise(document: Document, keys: Keys) -> Document:
    """The document with what leads to a person replaced by ``@user_<pseudonym>`` and typed placeholders.

    These are ``[email]``, ``[phone]``, ``[account]`` (WeChat, RedNote and other numbers) and ``[profile]`` (addresses).
    Text, title and hashtags of every kind are masked; published bylines stay. An address that shows somebody's handle
    becomes null. Flag ``masked`` where anything was replaced. Twice changes nothing more.
    """
    platform = document.source_id

    text = mask(document.text, platform, keys)
    title = None if document.title is None else mask(document.title, platform, keys)
    hashtags = tuple(mask(tag, platform, keys) for tag in document.hashtags)
    url = None if document.url is None or shows_account(document.url) else document.url
    if (text, title, hashtags, url) == (document.text, document.title, document.hashtags, document.url):
        return document
    flags = document.flags if MASKED in document.flags else (*document.flags, MASKED)
    return replace(document, text=text, title=title, hashtags=hashtags, url=url, flags=flags)


def _without_account(found: re.Match[str]) -> str:
    address = found.group()
    hidden = _NAMED_IN.search(address) or (_ESCAPED.search(address) and shows_account(address))
    return "[profile]" if hidden else address


@lru_cache(maxsize=4_096)
def mask_value(value: str, platform: str, keys: Keys) -> str:
    """How something was found, as it may be published: a query, a tag, a file's name, an address."""
    return mask_query(mask(value, platform, keys))


def mask(text: str, platform: str, keys: Keys) -> str:
    """``text`` with what leads to a person replaced by placeholders; see `pseudonymise`."""
    if ("%" in text and _ESCAPED.search(text)) or ("=" in text and _NAMED_IN.search(text)):
        text = _ADDRESS.sub(_without_account, text)
    if "/" in text and _PROFILE.search(text):
        text = _PROFILE.sub("[profile]", text)
    if any(sign in text for sign in _NETWORK_SIGNS):
        text = _OF_NETWORK.sub("[account]", text)
    if _AT.search(text):
        text = _EMAIL.sub("[email]", text)
    if _ID_AT_ALL.search(text) and _NAMED.search(text):
        for pattern in _ACCOUNTS:
            text = pattern.sub(r"\g<before>[account]", text)
    if _DIGIT.search(text):
        text = _PHONE.sub("[phone]", text)
    if "@" not in text and "＠" not in text:
        return text

    def pseudonym(found: re.Match[str]) -> str:
        return f"@{name_key(found['name'], platform, keys)}"

    return _MENTION.sub(pseudonym, text)
