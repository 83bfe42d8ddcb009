"""Feeds and sitemaps: every format, and every fault that must neither be raised nor be passed over."""

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import listings
from corpus.listings import Listed, read_listing

AT = "http://harbour.example/feed"


def test_rss() -> None:
    listing = read_listing(
        b"""<?xml version="1.0" encoding="utf-8"?>
        <rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Harbour</title>
        <link>http://harbour.example/</link>
        <item><title>Ships &amp; guests</title><link>/a?x=1&amp;y=2</link><pubDate>Tue, 14 Jan 2025 08:00:00 GMT</pubDate></item>
        <item><title><![CDATA[A <b>bold</b> &amp; title]]></title><guid>http://harbour.example/b</guid>
        <dc:date>2025-01-15</dc:date></item>
        <item><guid isPermaLink="false">http://harbour.example/no</guid></item>
        <item><link>javascript:alert(1)</link></item></channel></rss>""",
        AT,
    )
    assert listing.kind == "feed"
    assert listing.entries == (
        Listed("http://harbour.example/a?x=1&y=2", "Ships & guests", "Tue, 14 Jan 2025 08:00:00 GMT"),
        Listed("http://harbour.example/b", "A <b>bold</b> & title", "2025-01-15"),
    )
    assert (listing.faults, listing.dropped) == ((), 2)


def test_rss_1_and_atom() -> None:
    rdf = read_listing(
        b'<rdf:RDF xmlns:rdf="r" xmlns="http://purl.org/rss/1.0/"><channel><link>x</link></channel>'
        b"<item><title>t</title><link>http://harbour.example/1</link></item></rdf:RDF>",
        AT,
    )
    assert [entry.url for entry in rdf.entries] == ["http://harbour.example/1"]
    atom = read_listing(
        b'<feed xmlns="http://www.w3.org/2005/Atom"><link rel="self" href="/self"/><entry><title type="xhtml"><div>a <b>b</b></div>'
        b'</title><link rel="edit" href="/edit"/><link href="/1"/><published>2025-01-14T08:00:00Z</published>'
        b"<updated>2025-01-20T08:00:00Z</updated></entry></feed>",
        AT,
    )
    assert atom.entries == (Listed("http://harbour.example/1", "a b", "2025-01-14T08:00:00Z", "2025-01-20T08:00:00Z"),)


def test_sitemaps() -> None:
    news = read_listing(
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="n" xmlns:image="i"><url>'
        "<loc>http://harbour.example/1</loc><lastmod>2025-01-16</lastmod><image:image><image:loc>http://i/</image:loc>"
        "<image:title>no</image:title></image:image>"
        "<news:news><news:publication><news:name>N</news:name></news:publication>"
        "<news:publication_date>2025-01-14</news:publication_date><news:title>小红书</news:title></news:news></url></urlset>".encode(),
        AT,
    )
    assert news.kind == "sitemap"
    assert news.entries == (Listed("http://harbour.example/1", "小红书", "2025-01-14", "2025-01-16"),)
    index = read_listing(
        gzip.compress(b"<sitemapindex><sitemap><loc>http://harbour.example/s.xml</loc></sitemap></sitemapindex>"), AT
    )
    assert index.kind == "index"
    assert index.entries == (Listed("http://harbour.example/s.xml", nested=True),)
    plain = read_listing(b"http://harbour.example/1\r\nhttp://harbour.example/2\r\n", AT)
    assert [entry.url for entry in plain.entries] == ["http://harbour.example/1", "http://harbour.example/2"]


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("gb18030", "gb2312"), ("big5hkscs", "big5"), ("utf-8", "no-such")],
)
def test_encodings(encoding: str, declared: str) -> None:
    text = f'<?xml version="1.0" encoding="{declared}"?><rss><item><title>小紅書</title><link>/1</link></item></rss>'
    listing = read_listing(text.encode(encoding), AT)
    assert [entry.title for entry in listing.entries] == ["小紅書"]


def test_document_type_is_refused_and_the_rest_kept() -> None:
    listing = read_listing(
        b'<?xml version="1.0"?><!-- c --><!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
        b"<rss><item><title>&a;&f;x</title><link>/1?a=1&amp;b=2</link></item></rss>",
        AT,
    )
    assert listing.faults == ("dtd_refused",)
    assert listing.entries == (Listed("http://harbour.example/1?a=1&b=2", "&a;&f;x"),)
    harmless = read_listing(
        b'<!DOCTYPE rss PUBLIC "-//N//DTD RSS 0.91//EN" "http://harbour.example/rss.dtd"><rss><item><link>/1</link></item></rss>',
        AT,
    )
    assert (len(harmless.entries), harmless.faults) == (1, ())


def test_a_bomb_of_entities_stays_small() -> None:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    listing = read_listing(
        f'<!DOCTYPE rss [<!ENTITY l0 "ha">{levels}]><rss><item><title>&l11;</title><link>/1</link></item></rss>'.encode(),
        AT,
    )
    assert listing.entries == (Listed("http://harbour.example/1", "&l11;"),)


def test_ampersands_survive_a_fault_before_them() -> None:
    listing = read_listing(b"<rss><item><title x=>R&D &nbsp;</title><link>/1?a=1&amp;b=2&c=3</link></item></rss>", AT)
    assert [entry.url for entry in listing.entries] == ["http://harbour.example/1?a=1&b=2&c=3"]
    assert listing.faults == ("malformed",)


def test_a_cut_listing_keeps_what_came_before() -> None:
    listing = read_listing(b"<rss><item><link>/1</link></item><item><link>/2</link></item><item><li", AT)
    assert [entry.url for entry in listing.entries][:2] == ["http://harbour.example/1", "http://harbour.example/2"]
    assert "malformed" in listing.faults


@pytest.mark.parametrize(
    "body", [b"", b"<html><body>Not found</body></html>", b"\x1f\x8bno gzip", b"[]", b"<", b"\x00" * 50]
)
def test_what_lists_nothing_says_so(body: bytes) -> None:
    listing = read_listing(body, AT)
    assert listing.kind == "none"
    assert "not_a_listing" in listing.faults


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listings, "ENTRY_LIMIT", 3)
    monkeypatch.setattr(listings, "BYTE_LIMIT", 400)
    body = b"<urlset>" + b"".join(b"<url><loc>http://h.example/%d</loc></url>" % n for n in range(9)) + b"</urlset>"
    listing = read_listing(body, AT)
    assert len(listing.entries) == 3
    assert "too_many_entries" in listing.faults
    monkeypatch.setattr(listings, "BYTE_LIMIT", 80)
    assert "too_large" in read_listing(body, AT).faults


def test_a_compressed_bomb_is_bounded() -> None:
    listing = read_listing(gzip.compress(b"<urlset>" + b" " * (80 << 20)), AT)
    assert "payload_too_large" in listing.faults


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=300)
    | st.text(alphabet="<>/&;[]!-\"'=rsitemlnk 0xA\x00\ud800小", max_size=200).map(
        lambda t: t.encode("utf-8", "surrogatepass")
    )
)
def test_nothing_is_raised_for_any_bytes(body: bytes) -> None:
    read_listing(body, AT)
    read_listing(b"<rss><item><title>" + body + b"</title><link>/1</link></item></rss>", AT)
