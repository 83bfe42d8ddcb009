"""What leads to a person is replaced; what a text talks about is not."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.identity import Keys
from corpus.records import Document
from corpus.stages.pseudonymise import mask, pseudonymise

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
    ]
)


@given(st.one_of(st.text(), st.lists(PARTS, max_size=12).map("".join)))
def test_twice_changes_nothing(text: str) -> None:
    once = mask(text, "rednote", KEYS)
    assert mask(once, "rednote", KEYS) == once


def test_long_runs_take_no_time() -> None:
    for text in ("a" * 50_000, "a." * 20_000, "1-" * 20_000, "@" * 20_000, "a-a." * 10_000, "微信" * 20_000):
        mask(text, "rednote", KEYS)
