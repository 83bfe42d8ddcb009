"""What a log may say of an address: its host and what kind of page it is, but nobody's account and no token."""

import logging

import pytest

from spiders.masking import Masked


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://a.example/x?token=ALICE&b=1", "https://a.example/x?..."),
        ("https://a.example/@ALICE/1234", "https://a.example/@.../1234"),
        ("https://a.example/%40ALICE@b.example", "https://a.example/%40..."),
        ("https://a.example/@ALICE@b.example/1", "https://a.example/@.../1"),
        ("https://a.example/users/ALICE/statuses/1", "https://a.example/users/.../statuses/1"),
        ("https://a.example/user/profile/ALICE", "https://a.example/user/profile/..."),
        ("https://a.example/profile/ALICE.example/post/3k", "https://a.example/profile/.../post/3k"),
        ("https://a.example/u/ALICE", "https://a.example/u/..."),
        ("https://a.example/profile/did:plc:ALICE/post/3k", "https://a.example/profile/.../post/3k"),
        ("at://did:plc:ALICE/app.post/3k", "at://did:.../app.post/3k"),
        ("at://did:web:ALICE.example/app.post/3k", "at://did:.../app.post/3k"),
        ("https://a.example/x?uri=at%3A%2F%2Fdid%3Aplc%3AALICE", "https://a.example/x?..."),
        ("https://a.example/xrpc/did%3Aplc%3AALICE/3k", "https://a.example/xrpc/did%3A.../3k"),
        ("https://a.example/news/1;jsessionid=ALICE", "https://a.example/news/1;..."),
        ("https://a.example/news/1;jsessionid=ALICE/more?a=ALICE", "https://a.example/news/1;.../more?..."),
    ],
)
def test_accounts_and_tokens_are_masked(address: str, shown: str) -> None:
    text = logged(f"our own code failed on <GET {address}> (referer: None); it said 'x', and {address}")
    assert text == f"our own code failed on <GET {shown}> (referer: None); it said 'x', and {shown}"


@pytest.mark.parametrize(
    "text",
    [
        "crawled https://a.example/2025/01/15/users-and-profiles.html; status=200",
        "robots.txt: line 2: Disallow: /users/",
        "nobody@study.example was told; it did: nothing",
    ],
)
def test_all_else_is_told_as_it_is(text: str) -> None:
    assert logged(text) == text


def logged(text: str) -> str:
    record = logging.LogRecord("spiders", logging.INFO, __file__, 1, "%s", (text,), None)
    return Masked("%(message)s").format(record)
