"""Members of foreign WARC files: found whatever the borders of the pieces, read strictly, and never half."""

import gzip
import random
import zlib
from dataclasses import replace
from datetime import UTC, datetime

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.members import Member, Sieve, Spoilt, read_member, unfold_member, warc_date
from corpus.mementos import unfold
from corpus.records import Finding
from tests.captured import capture
from tests.warehouse import bulk, record, story

URL = "http://harbour.example/story/1"
PAGE = story(1)
MEMBERS = [record(f"{URL}{n}", story(n)) if n % 3 else bulk(n, 400 + 37 * n) for n in range(12)]
FILE = b"".join(MEMBERS)
PLACES = [sum(map(len, MEMBERS[:n])) for n in range(len(MEMBERS))]


def sifted(data: bytes, piece: int) -> tuple[list[int], list[tuple[int, str]]]:
    """Where whole members and spoilt bytes were found in a file that was read in pieces, as a spider reads it."""
    found: list[int] = []
    spoilt: list[tuple[int, str]] = []
    at, size, seeking = 0, piece, False
    while at < len(data):
        sieve = Sieve(data[at : at + size], at + size >= len(data), seeking)
        for one in sieve:
            if isinstance(one, Member):
                assert data[at + one.at : at + one.at + len(one.data)] == one.data
                found.append(at + one.at)
            else:
                spoilt.append((at + one.at, one.reason))
        assert sieve.rest <= min(size, len(data) - at)
        if at + size >= len(data):
            break
        size = piece if sieve.rest else 2 * size
        at, seeking = at + sieve.rest, sieve.seeking
    return found, spoilt


@given(st.integers(min_value=1, max_value=len(FILE) + 10))
def test_members_are_found_whatever_the_pieces(piece: int) -> None:
    assert sifted(FILE, piece) == (PLACES, [])


@given(st.integers(1, len(FILE)), st.integers(0, len(FILE) - 1), st.integers(1, 60), st.randoms())
def test_damage_costs_the_members_it_touches_and_is_told(
    piece: int, at: int, length: int, drawn: random.Random
) -> None:
    data = bytearray(FILE)
    length = min(length, len(data) - at)
    data[at : at + length] = drawn.randbytes(length)
    touched = {p for p, m in zip(PLACES, MEMBERS, strict=True) if p < at + length and at < p + len(m)}
    found, spoilt = sifted(bytes(data), piece)
    good = [p for p in found if p in PLACES]
    assert set(PLACES) - touched <= set(good), "an intact member was lost"
    for p in set(PLACES) - set(good):
        end = p + len(MEMBERS[PLACES.index(p)])
        assert any(p <= where < end or where < p for where, _ in spoilt), "a member was lost in silence"


def test_all_cuts_of_a_member_are_damaged() -> None:
    whole = record(URL, PAGE)
    assert not isinstance(read_member(whole), str)
    for length in range(len(whole)):
        assert read_member(whole[:length]) == "damaged"
        (found,) = Sieve(whole[:length], is_end=True) if length else (Spoilt(0, "cut_member"),)
        assert isinstance(found, Spoilt)


def test_a_member_that_is_too_large_inflated_is_spoilt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpus.members.RAW_LIMIT", 10_000)
    data = record(URL, "x" * 100_000) + record(URL, "small")
    spoilt, member = Sieve(data, is_end=True)
    assert spoilt == Spoilt(0, "member_too_large") and isinstance(member, Member)


def test_what_is_no_warc_record_is_told() -> None:
    data = gzip.compress(b"a text that is no record") + b"garbage" + record(URL, PAGE)
    assert [getattr(one, "reason", "member") for one in Sieve(data, is_end=True)] == [
        "not_a_record",
        "not_a_member",
        "member",
    ]


def chunked(body: bytes) -> bytes:
    return (
        b"".join(b"%x;a=b\r\n%s\r\n" % (len(body[n : n + 50]), body[n : n + 50]) for n in range(0, len(body), 50))
        + b"0\r\n\r\n"
    )


BODY = PAGE.encode()


@pytest.mark.parametrize(
    ("headers", "body", "problems"),
    [
        ("", BODY, ()),
        ("Transfer-Encoding: chunked\r\n", chunked(BODY), ()),
        ("Transfer-Encoding: chunked\r\n", BODY, ()),
        ("Content-Encoding: gzip\r\n", gzip.compress(BODY), ()),
        ("Content-Encoding: br\r\n", brotli.compress(BODY), ()),
        ("Content-Encoding: deflate\r\n", zlib.compress(BODY), ()),
        ("Content-Encoding: gzip\r\n", BODY, ()),
        ("Content-Encoding: br\r\n", BODY, ()),
        ("Content-Encoding: gzip\r\nTransfer-Encoding: Chunked\r\n", chunked(gzip.compress(BODY)), ()),
        ("X-Crawler-Content-Encoding: gzip\r\n", BODY, ()),
        ("Transfer-Encoding: chunked\r\n", chunked(BODY)[:-5], ("payload_incomplete",)),
    ],
)
def test_codings_are_undone_once(headers: str, body: bytes, problems: tuple[str, ...]) -> None:
    page = read_member(record(URL, body, headers=headers))
    assert not isinstance(page, str)
    assert (page.body, page.problems) == (BODY, problems)


def test_a_page_comes_out_with_its_own_address_day_status_and_type() -> None:
    member = record(
        URL, "nothing here", status="404 Not Found", media="text/html; charset=GBK", date="2025-01-14T23:59:59Z"
    )
    held = capture(
        member,
        url="https://data.example/a.warc.gz",
        format="warc-member",
        status=206,
        finding=Finding("archive", "CC-NEWS 2025/01"),
    )
    page = unfold(held)
    assert not isinstance(page, str)
    assert (page.id, page.url, page.status, page.media_type, page.charset) == (held.id, URL, 404, "text/html", "gbk")
    assert page.finding == replace(held.finding, collected_at=datetime(2025, 1, 14, 23, 59, 59, tzinfo=UTC))
    assert page.format == "page" and page.fetched_at == held.fetched_at and page.body == b"nothing here"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "damaged"),
        (b"no gzip at all", "damaged"),
        (record(URL, PAGE) + record(URL, PAGE), "not_one_record"),
        (record(URL, PAGE) + b"\x1f\x8b", "damaged"),
        (record(URL, "", kind="revisit"), "revisit"),
        (record(URL, "", kind="request"), "not_a_response"),
        (record("dns:harbour.example", PAGE), "bad_address"),
        (record(URL, PAGE, date="yesterday"), "bad_date"),
        (record(URL, PAGE, status="two hundred"), "not_a_response"),
        (
            gzip.compress(gzip.decompress(record(URL, PAGE)).replace(b"Content-Length: ", b"Content-Length: 1")),
            "damaged",
        ),
        (gzip.compress(gzip.decompress(record(URL, PAGE)).replace(b"story 1", b"story 12345")), "damaged"),
    ],
)
def test_what_is_no_page_says_why(data: bytes, reason: str) -> None:
    assert unfold_member(capture(data, status=206, format="warc-member")) == reason


def test_an_archive_that_gave_no_member_says_so() -> None:
    assert unfold_member(capture("no", status=404, format="warc-member")) == "http_404"
    assert unfold_member(capture("no", status=302, format="warc-member")) == "redirect"


@given(st.binary(max_size=400) | st.binary(max_size=300).map(lambda data: gzip.compress(b"WARC/1.0\r\n" + data)))
def test_no_bytes_raise(data: bytes) -> None:
    assert isinstance(read_member(data), str)
    list(Sieve(data, is_end=True))
    list(Sieve(data, is_end=False, seeking=True))


def test_dates_of_every_precision_are_utc_or_none() -> None:
    assert warc_date("2025-01-15T08:00:00.123456Z") == datetime(2025, 1, 15, 8, 0, 0, 123456, tzinfo=UTC)
    assert warc_date("2025-01-15T16:00:00+08:00") == datetime(2025, 1, 15, 8, tzinfo=UTC)
    assert warc_date("2025-01-15") == datetime(2025, 1, 15, tzinfo=UTC)
    assert warc_date("0001-01-01T00:00:00+14:00") is None and warc_date("") is None
