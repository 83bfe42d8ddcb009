"""Foreign WARC files: what is whole and true is given, what is torn is told with its place, whatever was done to the file."""

import gzip
import io
import random
import re
import time
import zlib
from collections import Counter
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from corpus import foreign
from corpus.checksums import digest_holds
from corpus.foreign import ForeignWarc, Record, Torn
from tests.warcs import http, members, page, record, request, response, sha1, warcinfo

URL = "https://harbour-daily.example/{}"
RECORDS = (
    warcinfo(),
    response(URL.format(1), page("One, with some length to it")),
    request(URL.format(1)),
    response(URL.format(2), "欢迎，猫税交了吗".encode() * 30),
    record("metadata", b"{}", "application/json", URL.format(2), digests=False),
)
EMPTY = gzip.compress(b"", mtime=0)
Seen = list[tuple[str, str | None, bytes]]


def read(data: bytes) -> tuple[Seen, list[Torn]]:
    seen: Seen = []
    torn: list[Torn] = []
    with ForeignWarc(io.BytesIO(data)) as warc:
        for found in warc:
            if isinstance(found, Torn):
                torn.append(found)
            else:
                url = found.fields.get("warc-target-uri")
                seen.append((found.kind, url and url.replace(" ", "%20").strip("<>"), found.block))
    return seen, torn


WHOLE, _ = read(members(*RECORDS))


def test_every_record_of_either_form_is_given_with_its_place() -> None:
    for data in (members(*RECORDS), b"".join(RECORDS)):
        warc = ForeignWarc(io.BytesIO(data))
        found = list(warc)
        assert [one.kind for one in found if isinstance(one, Record)] == [
            "warcinfo",
            "response",
            "request",
            "response",
            "metadata",
        ]
        assert read(data) == (WHOLE, [])
        for one in found:
            assert isinstance(one, Record)
            again = warc.at(one.offset)
            assert again and again.block == one.block
            assert data[one.offset :].startswith((b"WARC/1.1", b"\x1f\x8b"))
        assert sum(one.length for one in found if isinstance(one, Record)) == len(data)


def test_a_file_cut_anywhere_gives_no_wrong_record_and_loses_no_whole_one() -> None:
    packed = [members(one) for one in RECORDS]
    data = b"".join(packed)
    edges = [sum(map(len, packed[:n])) for n in range(len(packed) + 1)]
    for cut in range(1, len(data)):
        seen, torn = read(data[:cut])
        complete = max(n for n, edge in enumerate(edges) if edge <= cut)
        assert seen == WHOLE[:complete], cut
        assert bool(torn) == (cut not in edges), cut
        assert b"".join(one.raw for one in torn) == data[edges[complete] : cut]


def test_a_plain_file_cut_anywhere() -> None:
    data = b"".join(RECORDS)
    edges = [sum(map(len, RECORDS[:n])) for n in range(len(RECORDS) + 1)]
    for cut in range(6, len(data)):
        seen, torn = read(data[:cut])
        complete = max(n for n, edge in enumerate(edges) if edge <= cut)
        assert seen == WHOLE[:complete] and bool(torn) == (cut not in edges), cut


@pytest.mark.parametrize("form", ["members", "one member"])
def test_a_flipped_bit_is_never_read_in_silence(form: str) -> None:
    data = members(*RECORDS) if form == "members" else gzip.compress(b"".join(RECORDS), mtime=0)
    chance = random.Random(4)
    lost: Counter[int] = Counter()
    for _ in range(600):
        bent = bytearray(data)
        bent[chance.randrange(len(bent))] ^= 1 << chance.randrange(8)
        seen, torn = read(bytes(bent))
        assert all(one in WHOLE for one in seen)
        assert torn or len(seen) == len(WHOLE)
        lost[len(WHOLE) - len(seen)] += 1
    if form == "members":
        assert set(lost) <= {0, 1}, "a fault costs the one record in which it is"


def test_without_digests_only_the_checksum_of_the_whole_stream_can_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "_STEP", 40)
    records = [response(URL.format(n), page(str(n), "cats " * n), digests=False) for n in range(4)]
    whole, _ = read(b"".join(records))
    data = gzip.compress(b"".join(records), mtime=0)
    chance = random.Random(5)
    for _ in range(300):
        bent = bytearray(data)
        bent[chance.randrange(10, len(bent))] ^= 1 << chance.randrange(8)
        seen, torn = read(bytes(bent))
        assert torn and all(one in whole for one in seen)


def test_what_lies_between_two_records_is_told_and_both_are_given() -> None:
    for rubbish in (
        b"\0" * 700,
        b"\x1f\x8b\x08 no member",
        gzip.compress(b"not WARC", mtime=0),
        b"WARC/1.1\r\nno head\r\n",
    ):
        for pack in (members, lambda *records: b"".join(records)):
            data = pack(*RECORDS[:2]) + rubbish + pack(*RECORDS[2:])
            seen, torn = read(data)
            assert seen == WHOLE
            assert b"".join(one.raw for one in torn) == rubbish


@pytest.mark.parametrize("digests", [True, False])
@pytest.mark.parametrize("form", ["plain", "members", "one member"])
@pytest.mark.parametrize("by", [-30, -1, 1, 40, 100_000, "swallow"])
def test_a_lying_length_swallows_nothing(digests: bool, form: str, by: int | str) -> None:
    first, after = (
        response(URL.format(1), page("One"), digests=digests),
        response(URL.format(2), page("Two"), digests=digests),
    )
    length = int(re.search(rb"Content-Length: (\d+)", first).group(1))  # type: ignore[union-attr]
    stated = length + (len(after) if by == "swallow" else int(by))
    lying = first.replace(b"Content-Length: %d" % length, b"Content-Length: %d" % stated)
    last = request(URL.format(3))
    if form == "members":
        data = members(lying, after, last)
    else:
        data = lying + after + last if form == "plain" else gzip.compress(lying + after + last, mtime=0)
    seen, torn = read(data)
    assert [one[1] for one in seen] == [URL.format(2), URL.format(3)]
    assert torn and torn[0].reason in ("length_wrong", "digest_wrong", "record_cut", "holds_other_records")


def test_a_page_that_quotes_a_record_is_no_lie() -> None:
    quoted = response(URL.format(1), b"<pre>\n" + request(URL.format(9)) + b"</pre>")
    plain = response(URL.format(1), b"<pre>\n" + request(URL.format(9)) + b"</pre>", digests=False)
    assert [one[1] for one in read(members(quoted, plain))[0]][:1] == [URL.format(1)]
    assert [one[1] for one in read(quoted + RECORDS[3])[0]] == [URL.format(1), URL.format(2)]


def test_one_gzip_stream_over_many_records_is_read() -> None:
    assert read(gzip.compress(b"".join(RECORDS), mtime=0)) == (WHOLE, [])
    whole = gzip.compress(b"".join(RECORDS), mtime=0)
    for cut in range(30, len(whole), 7):
        seen, torn = read(whole[:cut])
        assert seen == WHOLE[: len(seen)] and torn
    with ForeignWarc(io.BytesIO(whole)) as warc:
        (two,) = [
            one for one in warc if isinstance(one, Record) and one.fields.get("warc-target-uri") == URL.format(2)
        ][:1]
        again = two.source.at(two.offset)
        assert again and again.block == two.block


def test_many_members_of_many_records_need_few_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what was in one of them is read again though its own file is gone."""
    made: list[IO[bytes]] = []

    def counted() -> IO[bytes]:
        made.append(TemporaryFile())  # noqa: SIM115 - the reader closes it
        assert sum(not file.closed for file in made) <= 4
        return made[-1]

    monkeypatch.setattr(foreign, "TemporaryFile", counted)
    pages = [[response(URL.format(f"{n}/{m}"), page(f"{n} {m}")) for m in (1, 2)] for n in range(40)]
    with ForeignWarc(io.BytesIO(b"".join(gzip.compress(b"".join(two), mtime=0) for two in pages))) as warc:
        found: list[Record] = []
        for one in warc:
            assert isinstance(one, Record)
            found.append(one)
            again = found[len(found) // 3].source.at(found[len(found) // 3].offset)
            assert again and again.block == found[len(found) // 3].block
        assert len(found) == 80 and len(made) > 40
    assert all(file.closed for file in made)


def test_a_block_full_of_what_begins_a_record_costs_no_time() -> None:
    """Four hundred thousand beginnings without an end; each was looked at with all that follows."""
    beginning = b"\nWARC/1.0\r\n" + b"a" * 20
    body = beginning * 400_000
    data = response(URL.format(1), body, digests=False, WARC_Payload_Digest=None)
    began = time.monotonic()
    seen, torn = read(data)
    assert time.monotonic() - began < 20
    assert not seen and torn[0].reason == "holds_other_records"
    few, none = read(response(URL.format(1), beginning * 900, digests=False, WARC_Payload_Digest=None))
    assert len(few) == 1 and not none


def test_members_that_do_not_keep_to_records_are_put_together() -> None:
    text = b"".join(RECORDS)
    data = b"".join(gzip.compress(text[at : at + 300], mtime=0) for at in range(0, len(text), 300))
    assert read(data) == (WHOLE, [])


def test_digests() -> None:
    body = page("One")
    wrong = response(URL.format(1), body, WARC_Block_Digest=sha1(b"other"))
    payload_wrong = response(URL.format(1), body, WARC_Block_Digest=None, WARC_Payload_Digest=sha1(b"other"))
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    block = http(chunked, headers=("Transfer-Encoding: chunked",))
    unchunked = record(
        "response", block, "application/http; msgtype=response", URL.format(1), False, WARC_Payload_Digest=sha1(body)
    )
    unknown = response(URL.format(1), body, WARC_Block_Digest="blake9:AAAA", WARC_Payload_Digest=None)
    assert [torn.reason for torn in read(members(wrong, payload_wrong))[1]] == ["digest_wrong", "digest_wrong"]
    assert len(read(members(unchunked, unknown))[0]) == 2
    assert digest_holds("sha256:" + "0" * 64, b"") is False and digest_holds(
        "md5:d41d8cd98f00b204e9800998ecf8427e", b""
    )
    assert digest_holds(None, b"") is None


@pytest.mark.parametrize("field", ["WARC_Type", "WARC_Record_ID", "WARC_Date", "Content_Length"])
def test_required_fields(field: str) -> None:
    block = http(page("One"))
    lacking = record("response", block, "application/http", URL.format(1), **{field: None})
    seen, torn = read(members(RECORDS[0], lacking, RECORDS[3]))
    assert len(seen) == 2 and [one.reason for one in torn] == ["head_faulty"]


def test_a_bomb_is_stopped_and_what_follows_is_read() -> None:
    bomb = members(response(URL.format(9), b"0" * (30 << 20)))
    seen, torn = read(members(*RECORDS[:2]) + bomb + members(*RECORDS[2:]))
    assert seen == WHOLE and {one.reason for one in torn} == {"member_too_large"}
    assert b"".join(one.raw for one in torn) == bomb


@pytest.mark.parametrize("form", ["plain", "members"])
def test_a_large_record_is_shown_by_its_beginning_and_comes_in_pieces(
    monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(foreign, "RECORD_LIMIT", 100_000)
    monkeypatch.setattr(foreign, "PIECE", 50_000)
    body = random.Random(1).randbytes(300_000)
    pack = members if form == "members" else lambda *records: b"".join(records)
    data = pack(RECORDS[0], response(URL.format(9), body), RECORDS[3])
    found = list(ForeignWarc(io.BytesIO(data)))
    large = found[1]
    assert isinstance(large, Record) and not large.is_whole and len(large.block) == 64 << 10 and len(found) == 3
    pieces = list(large.source.torn("x", large.offset, large.offset + large.length))
    assert max(len(one.raw) for one in pieces) == 50_000 and len(pieces) > 5
    assert b"".join(one.raw for one in pieces) == pack(response(URL.format(9), body))


def test_the_next_record_is_found_across_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    for window in (40, 41, 97):
        monkeypatch.setattr(foreign, "_WINDOW", window)
        for pack in (members, lambda *records: b"".join(records)):
            rubbish = random.Random(window).randbytes(333).replace(b"\x1f", b"x")
            seen, _ = read(pack(RECORDS[0]) + rubbish + b"\n" + pack(*RECORDS[1:]))
            assert seen == WHOLE


@pytest.mark.parametrize(
    "data", [b"", b"WARC/", b"WARC/1.0\r\n\r\n", b"\x1f\x8b", b"\x1f\x8b\x08" * 400, b"\xff" * 5000, EMPTY]
)
def test_bytes_that_are_no_archive(data: bytes) -> None:
    seen, torn = read(data)
    assert seen == [] and b"".join(one.raw for one in torn) == (b"" if data == EMPTY else data)


def test_files_of_other_tools_are_read_as_far_as_they_are_whole(shared: Path) -> None:
    """Against the tolerant reader that most use: what we give it gives too, to the byte; what we do not is told as torn."""
    top = shared / "data" / "cases" / "warc"
    files = sorted(path for path in top.rglob("*") if path.name.endswith((".warc", ".warc.gz", ".warc.gz.bad")))
    assert len(files) >= 25
    for path in files:
        seen, torn = read(path.read_bytes())
        theirs, failed = tolerant(path)
        ours = [one for one in seen if one[0] != "warcinfo"]
        known = [one for one in theirs if one[0] != "warcinfo"]
        if not torn and not failed:
            assert ours == known, path.name
        assert failed or all(one in theirs for one in seen), path.name
        assert torn or len(ours) >= len(known), path.name


def tolerant(path: Path) -> tuple[Seen, bool]:
    found: Seen = []
    try:
        with path.open("rb") as file:
            for one in ArchiveIterator(file, no_record_parse=True):
                fields = one.rec_headers
                found.append((one.rec_type, fields.get_header("WARC-Target-URI"), one.raw_stream.read()))
    except (ArchiveLoadFailed, zlib.error, AttributeError):
        return found, True
    return found, False
