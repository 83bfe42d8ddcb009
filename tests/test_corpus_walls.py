"""Walls are recognised, and pages that only mention one are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.walls import wall_of
from tests.served import page

URL = "http://harbour.example/news/1"
HTML = {"content-type": "text/html; charset=utf-8"}
LONG = "<p>" + "The harbour was quiet that morning and the boats lay still. " * 40 + "</p>"
BOX = '<div class="g-recaptcha" data-sitekey="x"></div>'
FORM = '<form><input name="user"><input type="password" name="word"></form>'


def titled(title: str, body: str = "") -> str:
    return f"<!doctype html><html><head><title>{title}</title></head><body>{body}</body></html>"


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind", "sure"),
    [
        (403, {"cf-mitigated": "challenge"}, "", "challenge", True),
        (202, {"x-amzn-waf-action": "challenge"}, "", "challenge", True),
        (405, {"x-amzn-waf-action": "captcha"}, "", "captcha", True),
        (403, {"x-datadome": "protected"}, "", "captcha", True),
        (461, {}, "", "captcha", True),
        (401, {"www-authenticate": "Basic"}, "", "login", False),
        (503, {}, titled("Just a moment...", "<script>window._cf_chl_opt={}</script>"), "challenge", True),
        (200, {}, titled("Just a moment..."), "challenge", True),
        (200, {}, titled("安全验证", "请拖动滑块"), "challenge", True),
        (200, {}, "<html><script>var arg1='0A';document.cookie='acw_sc__v2='+x</script></html>", "challenge", True),
        (
            403,
            {},
            titled("harbour.example", "<script src='https://geo.captcha-delivery.com/c.js'></script>"),
            "captcha",
            True,
        ),
        (403, {}, titled("Denied", BOX), "captcha", True),
        (200, {}, titled("Hello", BOX), "captcha", False),
        (200, {}, titled("Sign in - Harbour", FORM), "login", False),
        (200, {}, titled("请登录", FORM), "login", False),
    ],
)
def test_walls(status: int, headers: dict[str, str], body: str, kind: str, sure: bool) -> None:
    wall = wall_of(URL, status, {**HTML, **headers}, body.encode())
    assert wall is not None
    assert (wall.kind, wall.sure) == (kind, sure)
    assert wall.evidence


@pytest.mark.parametrize(
    ("target", "kind", "sure"),
    [
        ("/login?next=/news/1", "login", False),
        ("https://passport.harbour.example/", "login", False),
        ("/website-login/error?redirectPath=x", "captcha", True),
        ("/website-login/captcha?x=1", "captcha", True),
        ("/account/unhuman?type=1", "captcha", True),
        ("https://www.harbour.example/web/captcha.html", "captcha", True),
    ],
)
def test_redirects_to_walls(target: str, kind: str, sure: bool) -> None:
    wall = wall_of(URL, 302, {"location": target}, b"")
    assert wall is not None
    assert (wall.kind, wall.sure) == (kind, sure)


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (200, {}, page("The news")),
        (200, {}, titled("An article about captchas", LONG + BOX + "px-captcha _cf_chl_opt")),
        (200, {}, titled("Just a moment in time", "<p>" + LONG)),
        (200, {}, titled("Harbour", "<script>" + "x=1;" * 30_000 + "</script>" + BOX)),
        (200, {"content-type": "application/json"}, '{"title": "Just a moment"}'),
        (403, {}, titled("Forbidden", "No.")),
        (404, {}, titled("Not here", FORM)),
        (429, {}, "slow down"),
        (503, {}, titled("Maintenance")),
        (200, {"x-datadome": "protected"}, page("The news")),
        (301, {"location": "https://harbour.example/news/1"}, ""),
        (302, {"location": "/news/logging-in-harbours"}, ""),
        (302, {"location": "http://[bad"}, ""),
        (302, {}, ""),
    ],
)
def test_no_walls(status: int, headers: dict[str, str], body: str) -> None:
    assert wall_of(URL, status, {**HTML, **headers}, body.encode()) is None


def test_who_asks_for_a_login_page_is_not_turned_away_by_one() -> None:
    assert wall_of("http://harbour.example/login", 302, {"location": "/login/"}, b"") is None


@given(st.integers(100, 599), st.binary(max_size=400), st.text(max_size=60))
def test_no_answer_makes_it_fail(status: int, body: bytes, location: str) -> None:
    wall_of(URL, status, {"content-type": "text/html", "location": location}, b"<" + body)
