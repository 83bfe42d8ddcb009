"""What gives access is taken out of addresses, headers, JSON and pages; the rest is left as it was."""

import gzip
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.secrets import blanked, clean, clean_bytes, clean_headers, clean_text, without_secrets
from corpus.telltale import is_secret_parameter

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


FORMS = [
    'var pass_ticket = "@"',
    "window.appmsg_token = '@'",
    'var uin="@"',
    "{xsec_token:'@'}",
    '"token":"@"',
    '{"sessionKey" : "@", "apiKey":"@"}',
    'localStorage.token="@"',
    'document.cookie="a1=@; b=2"',
    'var u="/x?sid=@&key=@"',
    '"csrf":"@","password":"@","web-session":"@","SUB":"@"',
    '<a data-token="@">',
    "?ticket=@",
    "?session=@&sessdata=@&device_id=@&SUB=@",
    '"authorization":"Bearer @"',
    "data=%7B%22token%22%3A%22@%22%7D",
    "//h.example/a?web_session=@",
    "/explore/1?access_token=@",
    "xhsdiscover%3A%2F%2Fitem%3Fxsec_token%3D@",
    '{"name":"Cookie","value":"@"}',
    '{\\"name\\":\\"Cookie\\",\\"value\\":\\"@\\"}',
    "x=1;xsec_token=@",
    '"user_agent":"@',
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32"])
def test_every_form_in_every_encoding(form: str, encoding: str) -> None:
    body = f"<p>A page {form.replace('@', PLANTED)}".encode(encoding)
    kept, removed = clean_bytes(body)
    assert PLANTED not in kept.decode("utf-8" if encoding != "utf-8" else encoding) and removed
    assert clean_bytes(kept)[0] == kept
    text, _ = clean_text(form.replace("@", PLANTED))
    assert PLANTED not in text and PLANTED not in json.dumps(clean({"extra": [form.replace("@", PLANTED)]})[0])


def test_a_value_of_any_length_goes_whole() -> None:
    assert clean_bytes(b'{"token":"' + b"aB1" * 50_000 + b'","x":1}') == (b'{"token":"","x":1}', ("field token",))


def test_what_people_write_stays() -> None:
    for text in (
        'The secret: "We love 2 cats". Session: "Morning"',
        "key: value; author=me",
        '"tokens": "2", author="x"',
    ):
        assert clean_text(text) == (text, ())
        assert clean_bytes(text.encode()) == (text.encode(), ())


@pytest.mark.parametrize(
    "name",
    [
        *("userToken", "verify-token", "jwt", "bearer", "sid", "x-s", "api_token", "cookie_str", "sessionKey", "SUB"),
        *("device_id", "webId", "uin", "avatar", "authorAvatarUrl", "authorization"),
    ],
)
def test_secret_fields(name: str) -> None:
    assert clean({name: PLANTED}) == ({}, (f"field {name.lower()}",))


@pytest.mark.parametrize(
    "name", ["author", "authorName", "token_count", "tokens", "cursor", "key", "code", "share_count", "sub", "design"]
)
def test_fields_that_stay(name: str) -> None:
    assert clean({name: "v"}) == ({name: "v"}, ())


def test_a_pair_of_name_and_value() -> None:
    pairs = [{"name": "Cookie", "value": PLANTED}, {"name": "Website", "value": "x"}]
    assert clean(pairs)[0] == [{"name": "Cookie"}, {"name": "Website", "value": "x"}]


@pytest.mark.parametrize(
    "query",
    [
        "x=1;xsec_token=@",
        "u=https%253A%252F%252Fb%252F%253Fxsec_token%253D@",
        "data=%7B%22token%22%3A%22@%22%7D",
        "SESSDATA=@&SUB=@&webId=@&device_id=@&bearer=@&code=@abcdefghij",
        "shareRedId=@&share_id=@&appuid=@&share_from_user_hidden=@&redid=@",
    ],
)
def test_addresses_hide_it_so_too(query: str) -> None:
    url, removed = without_secrets("https://a.example/x?" + query.replace("@", PLANTED))
    assert PLANTED not in url and removed and without_secrets(url) == (url, ())
    assert without_secrets("https://a.example/?sub=politics&code=12")[1] == ()


def test_addresses_within_addresses_end_somewhere() -> None:
    url, removed = without_secrets("https://a.example/" + "?u=" * 1500)
    assert removed == ("address too deep",) and without_secrets(url)[0] == url
    assert clean_text("see https://a.example/" + "?u=" * 1500)[1] == removed


def test_chinese_within_an_address_within_an_address_stays() -> None:
    url = "https://a.example/?u=https%3A%2F%2Fb.example%2F%3Fq%3D%E7%8C%AB%26token%3D" + PLANTED
    assert "%E7%8C%AB" in without_secrets(url)[0] and PLANTED not in without_secrets(url)[0]


@pytest.mark.parametrize(
    "raw",
    [
        b"WARC/1.0\r\nWARC-Type: request\r\nWARC-Xate: x\r\n\r\nPOST /w HTTP/1.1\r\nCookie: a=@\r\n\r\nposted=@",
        b"GET /w HTTP/1.1\r\nCookie: a=@;\r\n b=@\r\nX-My-Token : @\r\nUser-Agent: @\r\n",
        b'{"user_agent":"@","data":{"xsec_token":"@","cookies":[{"name":"gid","value":"@"}],"postData":{"text":"{@}"',
        b'{"log":{"entries":[{"request":{"headers":[{"name":"Cookie","value":"@"}],"postData":{"text":"@"}}}]}}',
        b"id,https://a.example/?xsec_token=@,x",
        b"not json token=@",
        b'{"more":"{\\"x-s\\": \\"@\\"}",}',
        b"a cell,ABcd0123456789efGHijKLmnOPqrSTuvWX@",
        gzip.compress(b'{"cookie":"@"', mtime=0)[:-3],
    ],
)
def test_what_is_quarantined_is_blanked(raw: bytes) -> None:
    kept = blanked(raw.replace(b"@", PLANTED.encode()) if raw[:2] != b"\x1f\x8b" else raw)
    assert PLANTED.encode() not in kept and b'"@' not in kept


def test_what_no_request_held_stays_in_quarantine() -> None:
    raw = b"WARC/1.0\r\nWARC-Type: response\r\n\r\nHTTP/1.1 200 OK\r\nSet-Cookie: a\r\n\r\n<p>Text</p>"
    assert blanked(raw) == raw.replace(b"Set-Cookie: a", b"Set-Cookie: ")


def test_cleaning_takes_time_as_the_length_does() -> None:
    pieces = (b'"token":"', b"&session_id=", b"token ", b'"name":"a","value":"', b"-sid", b"token%22", b'{"cookies":[')
    begun = time.process_time()
    for piece in pieces:
        blanked(piece * 10_000)
    assert time.process_time() - begun < 10


def test_quotes_that_close_a_text_open_no_value() -> None:
    body = b'{"desc":"my token:","title":"abc","more":"its key=","token=","x"}'
    assert clean_bytes(body) == (body, ())
