"""What a robots.txt says, line by line, and that nothing unknown ever permits."""

import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.robots import AGENT, LONGEST, Rules, judge, lines_for, retry_after

HOST = "http://harbour.example"


@pytest.mark.parametrize("status", [404, 410])
def test_no_robots_txt_permits(status: int) -> None:
    assert judge(status, "text/html", b"<html>no</html>").decision == "allow"


@given(st.integers(100, 599).filter(lambda status: status not in (200, 204, 404, 410)), st.binary(max_size=50))
def test_every_other_status_forbids(status: int, body: bytes) -> None:
    verdict = judge(status, "text/plain", body)
    assert verdict.decision == "deny"
    assert verdict.lifetime == 3600


@pytest.mark.parametrize(
    ("body", "decision"),
    [
        (b"", "allow"),
        (b" \r\n\t\n", "allow"),
        (b"# nothing but a remark\n", "rules"),
        (b"\xef\xbb\xbfUser-agent: *\n", "rules"),
        (b"Sitemap: http://harbour.example/sitemap.xml", "rules"),
        (b"user agent *\ndisallow /\n", "rules"),
        ("# 规则\nUser-agent: *\n".encode("gbk"), "rules"),
        ("User-agent: *\nDisallow: /新闻\n".encode(), "rules"),
        ("User-agent: *\nDisallow: /新闻\n".encode("gbk"), "deny"),
        ("User-agent: *\n".encode("utf-16"), "deny"),
        ("User-agent: *\n".encode("utf-16-le"), "deny"),
        ("User-agent: *\n".encode("utf-32"), "deny"),
        (b"<!doctype html><html>", "deny"),
        (b"\xef\xbb\xbf\n <html>", "deny"),
        (b"not found", "deny"),
        (b"\x1f\x8b\x08\x00", "deny"),
        (b'{"error": 404}', "deny"),
    ],
)
def test_a_body_that_is_no_robots_txt_forbids(body: bytes, decision: str) -> None:
    assert judge(200, "text/plain", body).decision == decision


def test_an_empty_body_that_may_have_been_cut_forbids() -> None:
    assert judge(200, "text/plain", b"", whole=False).decision == "deny"
    assert judge(200, "text/plain", b"User-agent: *\n", whole=False).decision == "rules"


def test_a_long_file_is_obeyed_to_its_last_line_and_one_too_long_forbids() -> None:
    line = b"Disallow: /shelf\n"
    body = b"User-agent: *\n" + line * (LONGEST // len(line) - 10) + b"Disallow: /last\n"
    assert judge(200, "text/plain", body).body == body
    assert not Rules(body).allowed("https://shelf.example/last")
    assert judge(200, "text/plain", body + line * 10).decision == "deny"


RULES = b"""\
User-agent: other
Disallow: /

User-agent: *
Disallow: /all

User-agent: Huanying # that is us
User-agent: somebody
Disallow: /private
Allow: /private/open
Disallow: /*.pdf$
Disallow: /a%20b
Disallow:
Crawl-delay: 7
Sitemap: http://harbour.example/sitemap.xml
Disallow: /\xe5\xb0\x8f
Request-rate: 1/10
"""


@pytest.mark.parametrize(
    ("path", "allowed", "rule"),
    [
        ("/", True, None),
        ("/all", True, None),
        ("/private", False, "line 9: Disallow: /private"),
        ("/private/x", False, "line 9: Disallow: /private"),
        ("/private/open/1", True, "line 10: Allow: /private/open"),
        ("/files/x.pdf", False, "line 11: Disallow: /*.pdf$"),
        ("/files/x.pdf?page=1", True, None),
        ("/a%20b/c", False, "line 12: Disallow: /a%20b"),
        ("/小红书", False, "line 16: Disallow: /小"),
        ("/%E5%B0%8F", False, "line 16: Disallow: /小"),
        ("/PRIVATE", True, None),
    ],
)
def test_the_line_that_decides_is_found(path: str, allowed: bool, rule: str | None) -> None:
    rules = Rules(RULES)
    assert rules.allowed(HOST + path) == allowed
    assert rules.rule(HOST + path) == rule
    assert rules.crawl_delay == 10


def test_groups_of_one_name_are_one_and_rules_before_any_group_are_none() -> None:
    text = "Disallow: /lost\nUser-agent: *\nDisallow: /a\nUser-agent: x\nDisallow: /b\nUser-agent: *\nDisallow: /c\n"
    assert [line.value for line in lines_for(text, AGENT)] == ["/a", "/c"]
    assert lines_for("", AGENT) == ()
    assert lines_for("User-agent: huanying\nUser-agent: *\nDisallow: /\n", "huanying")[0].number == 3


PATHS = st.sampled_from(["/", "/a", "/a/b", "/a/b.pdf", "/private?x=1", "/%E5%B0%8F", "/*", "/a$", "/index.html"])
VALUES = st.sampled_from(
    ["/", "/a", "/a/", "/*b", "*.pdf$", "/private", "/a$", "", "/小", "/%e5%b0%8f", "?", "/index.html"]
)
AGENTS = st.sampled_from(["*", "huanying", "Huan*", "other", ""])
LINES = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["Allow", "disallow", "DISALOW"]), VALUES),
        st.tuples(st.sampled_from(["User-agent", "useragent"]), AGENTS),
        st.sampled_from([("Sitemap", "/x"), ("Crawl-delay", "1"), ("# remark", ""), ("Nonsense", "/")]),
    ),
    max_size=12,
)


@given(LINES, PATHS)
def test_what_is_forbidden_is_forbidden_by_a_line_that_stands_there(lines: list[tuple[str, str]], path: str) -> None:
    text = "\n".join(f"{name}: {value}" for name, value in lines)
    rules = Rules(text.encode())
    rule = rules.rule(HOST + path)
    assert rules.allowed(HOST + path) or rule is not None
    if rule is not None:
        number = int(rule.split(":")[0].removeprefix("line "))
        name, value = lines[number - 1]
        assert name.lower().startswith("allow") == rules.allowed(HOST + path)
        assert rule.endswith(value)


@given(st.binary(max_size=300), st.integers(200, 204))
def test_no_bytes_make_it_fail(body: bytes, status: int) -> None:
    verdict = judge(status, "text/plain", body)
    if verdict.decision == "rules":
        rules = Rules(verdict.body)
        rules.rule(HOST + "/a")
        assert rules.crawl_delay is None or rules.crawl_delay >= 0


NOON = 1_736_856_000.0  # 2025-01-14 12:00 UTC


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("0", 0.0),
        (" 120 ", 120.0),
        ("9" * 40, 86_400.0),
        ("Tue, 14 Jan 2025 12:01:00 GMT", 60.0),
        ("Tuesday, 14-Jan-25 12:01:00 GMT", 60.0),
        ("Tue Jan 14 12:01:00 2025", 60.0),
        ("Tue, 14 Jan 2025 20:01:00 +0800", 60.0),
        ("Tue, 14 Jan 2025 11:00:00 GMT", 0.0),
        ("Tue, 14 Jan 2035 12:00:00 GMT", 86_400.0),
        ("Tue, 99 Jan 2025 12:00:00 GMT", None),
    ],
)
def test_retry_after_in_both_forms(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOON, 86_400.0) == seconds


@given(st.text(max_size=40))
def test_no_retry_after_makes_it_fail(value: str) -> None:
    found = retry_after(value, NOON, 86_400.0)
    assert found is None or 0 <= found <= 86_400


def test_files_of_real_sites(shared: Path) -> None:
    """Some 4,200 files: each is read or forbids, and whatever is forbidden has its line."""
    archive = shared / "data" / "cases" / "robots" / "protego-test_data.tar.gz"
    if not archive.is_file():
        pytest.skip(f"no {archive.name}")
    seen = dict.fromkeys(("rules", "allow", "deny"), 0)
    with tarfile.open(archive) as files:
        for number, member in enumerate(files):
            content = files.extractfile(member) if member.isfile() and number % 7 == 0 else None
            if content is None:
                continue
            verdict = judge(200, "text/plain", content.read())
            seen[verdict.decision] += 1
            if verdict.decision == "rules":
                rules = Rules(verdict.body)
                for path in ("/", "/search?q=1", "/admin/", "/news/2025/01/14/a.html"):
                    assert rules.allowed(HOST + path) or rules.rule(HOST + path), member.name
    assert seen["rules"] > 20 * seen["deny"]
