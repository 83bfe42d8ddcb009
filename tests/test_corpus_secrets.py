"""What gives access is taken out of addresses, headers, JSON and pages; the rest is left as it was."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.secrets import clean, clean_bytes, clean_headers, clean_text, is_secret_parameter, without_secrets

PLANTED = "PLANTED0secret9"


@pytest.mark.parametrize(
    "name",
    [
        *(
            "xsec_token",
            "xsec_source",
            "access_token",
            "sid",
            "key",
            "sign",
            "a1",
            "web_session",
            "api-key",
            "pass_ticket",
        ),
        *("xsec%255Ftoken", "uin", "X-Amz-Signature", "auth", "authorization", "csrf"),
    ],
)
def test_a_parameter_that_gives_access_goes(name: str) -> None:
    url, removed = without_secrets(f"https://a.example/x?author=2&{name}={PLANTED}&page=1#part")
    assert url == "https://a.example/x?author=2&page=1#part"
    assert len(removed) == 1 and PLANTED not in str(removed)


@pytest.mark.parametrize("name", ["author", "page", "keyword", "signs", "design", "__biz", "sn", "q", "authority"])
def test_a_parameter_that_tells_what_is_shown_stays(name: str) -> None:
    url = f"https://a.example/x?{name}=1%202+3&empty=&alone"
    assert not is_secret_parameter(name)
    assert without_secrets(url) == (url, ())


@pytest.mark.parametrize(
    "url",
    [
        f"https://name:{PLANTED}@a.example/x",
        f"https://a.example/x;jsessionid={PLANTED}?q=1",
        f"https://a.example/x#access_token={PLANTED}&b=1",
        f"https://a.example/login?next=https%3A%2F%2Fb.example%2F%3Fxsec_token%3D{PLANTED}%26q%3D1",
        f"/explore/1?xsec_token={PLANTED}",
        f"https://[a.example/x?token={PLANTED}",
    ],
)
def test_it_is_found_wherever_an_address_hides_it(url: str) -> None:
    assert PLANTED not in without_secrets(url)[0] and without_secrets(url)[1]
    assert PLANTED not in clean_text(f"看（{url}）")[0] or not url.startswith("http") or "[" in url


@given(st.text(alphabet="ab?&=#%;:/@.token_ xsec1", max_size=60))
def test_twice_is_as_once(rest: str) -> None:
    once, _ = without_secrets("https://a.example/" + rest)
    assert without_secrets(once) == (once, ())
    text, _ = clean_text("see https://a.example/" + rest)
    assert clean_text(text) == (text, ())


def test_headers() -> None:
    kept, removed = clean_headers(
        [
            ("Set-Cookie", f"a={PLANTED}"),
            ("X-CSRF-Token", PLANTED),
            ("Location", f"/x?xsec_token={PLANTED}&q=1"),
            ("Link", f'<https://a.example/?session={PLANTED}>; rel="next"'),
            ("Content-Type", "text/html; charset=GBK"),
            ("X-Client-IP", "203.0.113.9"),
            ("WWW-Authenticate", "Basic"),
        ]
    )
    assert kept == (
        ("Location", "/x?q=1"),
        ("Link", '<https://a.example/>; rel="next"'),
        ("Content-Type", "text/html; charset=GBK"),
        ("WWW-Authenticate", "Basic"),
    )
    assert removed == (
        *("header set-cookie", "header x-client-ip", "header x-csrf-token"),
        *("parameter session", "parameter xsec_token"),
    )


def test_json() -> None:
    held = {
        "note": {"xsecToken": PLANTED, "desc": f"看 https://a.example/?token={PLANTED}&q=1 吧", "n": [1, 0, None, "0"]},
        "user": {"nickname": "n", "image": "https://faces.example/1", "userId": "u"},
        "image": "https://pictures.example/1",
        "web_session": {"deep": PLANTED},
        "interact": {"liked": True, "liked_count": "12"},
    }
    kept, removed = clean(held)
    assert PLANTED not in json.dumps(kept)
    assert kept == {
        "note": {"desc": "看 https://a.example/?q=1 吧", "n": [1, 0, None, "0"]},
        "user": {"nickname": "n", "userId": "u"},
        "image": "https://pictures.example/1",
        "interact": {"liked_count": "12"},
    }
    assert {"field xsectoken", "field web_session", "parameter token", "field liked"} <= set(removed)


@pytest.mark.parametrize(
    "page",
    [
        '{"xsecToken":"@","x":1}',
        '{"a":"{\\"xsec_token\\": \\"@\\",\\"x\\":1}"}',
        '<div data-state="{&quot;xsecToken&quot;:&quot;@&quot;}">',
        "<a href='/explore/1?xsec_token=@&amp;xsec_source=pc'>",
        "redirect?u=https%3A%2F%2Fa.example%2F%3Fxsec_token%3D@%26b%3D1",
        '"https:\\u002F\\u002Fa.example?x=1\\u0026xsec_token\\u003d@\\u0026b"',
        '<meta name="csrf-token" content="@">',
        "<input type=hidden value=@ name='_csrf'>",
        '"avatar":"https:\\u002F\\u002Ffaces.example\\u002F@"',
        "{'access_token': '@'}",
        "<img src=https://a.example/?b=1&token=@>",
    ],
)
def test_pages(page: str) -> None:
    around = "欢迎 author=1 <meta name=author content=keep> var token = 1; xsecToken:undefined "
    for encoding in ("utf-8", "gb18030"):
        body = (around + page.replace("@", PLANTED) + around).encode(encoding)
        kept, removed = clean_bytes(body)
        assert PLANTED not in kept.decode(encoding) and removed and PLANTED not in str(removed)
        assert kept.startswith(around.encode(encoding)) and kept.endswith(around.encode(encoding))
        assert clean_bytes(kept)[0] == kept


def test_a_page_without_secrets_stays_byte_for_byte() -> None:
    page = b"<p>The token economy, a cookie recipe, sessions=3 and authors</p><script>f({token:1})</script>"
    assert clean_bytes(page) == (page, ())
