"""What leads to a person is replaced; what a text talks about is not."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corpus.identity import Keys
from corpus.records import Document
from corpus.stages.pseudonymise import mask, mask_value, pseudonymise, shows_account

KEYS = Keys(bytes(range(32)))


def masked(text: str) -> str:
    return re.sub(r"@user_[0-9a-f]{8}", "@user_X", mask(text, "rednote", KEYS))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("谢谢 @小橘子 和 @tabby.cat_9.", "谢谢 @user_X 和 @user_X."),
        ("你好@小橘子 在吗", "你好@user_X 在吗"),  # Chinese puts no space before a mention
        ("＠小橘子", "@user_X"),
        ("同意//@小橘子:欢迎", "同意//@user_X:欢迎"),  # as Weibo passes on
        ("write to tabby.cat@post.example.org", "write to [email]"),
        ("邮箱tabby@post.example谢谢", "邮箱[email]谢谢"),
        ("tabby [at] post.example", "[email]"),
        ("电话13800138000，或者 138-0013-8000", "电话[phone]，或者 [phone]"),
        ("+86 138 0013 8000 / +1 (555) 010-0199 / +44 20 7946 0000", "[phone] / [phone] / [phone]"),
        ("010-12345678 or 555-010-0199 or (555) 010-0199", "[phone] or [phone] or [phone]"),
        ("加我vx：tabby_99 或微信号tabbycat", "加我vx：[account] 或微信号[account]"),
        ("微信 tabby2025 qq 123456789", "微信 [account] qq [account]"),
        ("小红书号：948671230", "小红书号：[account]"),
        ("my WeChat ID: tabbycat, ins: tabby_99", "my WeChat ID: [account], ins: [account]"),
        ("看 https://www.xiaohongshu.com/user/profile/5f00ab?xsec=1 呀", "看 [profile] 呀"),
        ("https://www.tiktok.com/@tabby.cat/video/123", "[profile]"),
        ("x.com/tabby_cat/status/1", "[profile]"),
        ("see bsky.app/profile/tabby.bsky.social/post/3k, ok", "see [profile], ok"),
        ("我是 did:plc:abc123 和 tabby.bsky.social。", "我是 [account] 和 [account]。"),
        ("at://did:plc:abc123/app.bsky.feed.post/3k", "[account]"),
        ("@tabby.bsky.social hi", "@user_X hi"),
        ("on harbour.example/users/tabby and /u/tabby_cat or u/tabby_cat", "on [profile] and [profile] or [profile]"),
        (
            "https://www.reddit.com/user/tabby linkedin.com/in/tabby-cat",
            "[profile] [profile]",
        ),
        ("https://nitter.net/tabby/status/1 weibo.com/tabbycat", "[profile] [profile]"),
        ("https://weibo.com/u/1234567890 weibo.com/1234567890/Pabc12345", "[profile] [profile]"),
        (
            "登录 https://r.example/login?redirectPath=https%3A%2F%2Fr.example%2Fuser%2Fprofile%2Fabc 呀",
            "登录 [profile] 呀",
        ),
        ("https://api.example/feed?limit=5&actor=tabby.example x", "[profile] x"),
    ],
)
def test_replaced(text: str, expected: str) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "TikTok is banned, TikTok: the story",
        "RedNote: welcome, TikTok account banned",
        "小红书是一个平台，微信支付可以用",
        "On 2025-01-19 at 10:20, 170000000 users; 13800138000元; 3.14159265358",
        "https://www.xiaohongshu.com/explore/66aa00 and https://x.com/search?q=cats",
        "https://m.weibo.cn/status/5122000000000001 s.weibo.com/weibo?q=cats weibo.com/login.php docs.bsky.social",
        "https://news.example/login?next=%2Fworld%2F2025&source=feed 100%25 a=b https://news.example/users/login",
        "we did: a thing; U/V and w/u; user/profile pages",
        "WeChat Pay, line by line, 5 @ 3, my insta story is: great",
        "1 2 3 4 5 6 7 8 9 10 11 12",
    ],
)
def test_left_alone(text: str) -> None:
    assert masked(text) == text


def test_a_pseudonym_is_one_account_s_in_one_study() -> None:
    one, other = mask("@tabby", "rednote", KEYS), mask("@tabby", "rednote", Keys(bytes(32)))
    assert one == mask("x @tabby.", "rednote", KEYS)[2:-1] != other


@pytest.mark.parametrize("kind", ["article", "post", "comment"])
def test_text_title_and_hashtags_of_every_kind(kind: str) -> None:
    document = Document(
        id="d",
        source_id="s",
        kind=kind,
        url=None,
        title="Ask @tabby",
        text="13800138000",
        bylines=("A. Reporter",),
        hashtags=("vx:tabby1",),
    )  # type: ignore[arg-type]
    done = pseudonymise(document, KEYS)
    assert done.text == "[phone]" and done.title != document.title and done.hashtags == ("vx:[account]",)
    assert done.bylines == ("A. Reporter",), "names under which an article was published stay"
    assert done.flags == ("masked",)
    assert pseudonymise(done, KEYS) == done


def test_nothing_to_mask_no_flag() -> None:
    document = Document(
        id="d", source_id="s", kind="post", url="https://www.rednote.com/explore/1", title=None, text="你好"
    )
    assert pseudonymise(document, KEYS) is not None and pseudonymise(document, KEYS) == document


def test_an_address_that_shows_its_author_goes() -> None:
    url = "https://www.tiktok.com/@tabby/video/1"
    post = Document(id="d", source_id="tiktok", kind="post", url=url, title=None, text="hi")
    assert pseudonymise(post, KEYS).url is None
    article = Document(
        id="d", source_id="n", kind="article", url="https://medium.example/@staff/a", title=None, text="hi"
    )
    assert pseudonymise(article, KEYS).url is None


@pytest.mark.parametrize(
    "url",
    [
        "https://bsky.app/profile/tabby.bsky.social",
        "https://harbour.example/users/tabby/statuses/1",
        "https://harbour.example:8443/@tabby/1",
        "https://old.reddit.com/u/tabby",
        "https://www.linkedin.com/in/tabby",
        "https://nitter.net/tabby",
        "https://weibo.com/u/1234567890",
        "https://weibo.com/tabbycat",
        "https://public.api.example/xrpc/app.bsky.feed.getAuthorFeed?actor=tabby.example",
        "https://news.example/a?un=tabby",
        "https://www.xiaohongshu.com/login?redirectPath=https%3A%2F%2Fwww.xiaohongshu.com%2Fuser%2Fprofile%2Fabc",
        "https://www.xiaohongshu.com/login?redirectPath=%252Fuser%252Fprofile%252Fabc",
        "https://web.archive.org/web/20250115000000/https%3A%2F%2Fx.com%2Ftabby",
        "https://public.api.example/xrpc/getPostThread?uri=at%3A%2F%2Fdid%3Aplc%3Aabc%2Fapp.bsky.feed.post%2F3k",
    ],
)
def test_addresses_of_accounts(url: str) -> None:
    assert shows_account(url)
    assert "tabby" not in masked(f"see {url} there") and "abc" not in masked(f"see {url} there")


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example/world/2025/1/14/a%2Fb?page=2",
        "https://m.weibo.cn/status/5122000000000001",
        "https://weibo.com/ajax/statuses/show?id=1",
        "https://www.rednote.com/explore/66aa00",
        "https://harbour.example/tags/cats",
        "https://web.archive.org/web/20250115000000id_/https://news.example/a",
    ],
)
def test_addresses_of_none(url: str) -> None:
    assert not shows_account(url)


def test_how_something_was_found() -> None:
    def found(value: str) -> str:
        return re.sub(r"@user_[0-9a-f]{8}", "@user_X", mask_value(value, "bluesky", KEYS))

    assert found("refugee @tabby") == "refugee @user_X"
    assert found("from:tabby.example @tabby cat") == "from:[account] @user_X cat"
    assert found("From:@tabby to:猫友 cat") == "From:[account] to:[account] cat"
    assert found("https://harbour.example/users/tabby") == "[profile]"
    assert found("TikTok refugee 猫税") == "TikTok refugee 猫税"
    once = mask_value("from:tabby @tabby", "bluesky", KEYS)
    assert mask_value(once, "bluesky", KEYS) == once


PARTS = st.sampled_from(
    [
        "@",
        "＠",
        "tabby",
        "小橘子",
        ".",
        "_",
        "-",
        " ",
        "13800138000",
        "+1",
        "555",
        "vx",
        "微信",
        "号",
        ":",
        "：",
        "user_",
        "deadbeef",
        "id",
        "https://x.com/",
        "x.example",
        "[email]",
        "[phone]",
        "[account]",
        "profile",
        "/@",
        "9",
        "is ",
        "qq",
        "·",
        "\n",
        "很" * 45,
        "a" * 45,
        *(
            "did:plc:",
            ".bsky.social",
            "u/",
            "/users/",
            "/user/profile/",
            "%2F",
            "%40",
            "?actor=",
            "＠",
            "&un=",
            "at://",
            "//",
        ),
    ]
)


@given(st.one_of(st.text(), st.lists(PARTS, max_size=12).map("".join)))
@example("?ACTOR=＠0")
def test_twice_changes_nothing(text: str) -> None:
    once = mask(text, "rednote", KEYS)
    assert mask(once, "rednote", KEYS) == once


def test_long_runs_take_no_time() -> None:
    for text in (
        "a" * 50_000,
        "a." * 20_000,
        "1-" * 20_000,
        "@" * 20_000,
        "a-a." * 10_000,
        "微信" * 20_000,
        "%2Fa" * 10_000,
        "?un=" * 10_000,
        "did:plc:" * 9_000,
    ):
        mask(text, "rednote", KEYS)
