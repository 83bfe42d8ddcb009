"""An invented Common Crawl on loopback: an index that speaks pywb's protocol, and files that are read in ranges."""

import gzip
import json
import random
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit
from uuid import NAMESPACE_URL, uuid5

from tests.served import Answer, Seen
from tests.studies import PAGE, SENTENCES

INDEX, DATA, NEWS = "index.common.example", "data.common.example", "harbour.example"
COLLECTION = "/CC-MAIN-2025-05-index"
ROBOTS = "User-agent: *\nDisallow: /private/\n"


def story(number: int) -> str:
    """An invented article's page."""
    paragraphs = "".join(f"<p>{SENTENCES[(number + n) % 5]} It was story {number}.</p>" for n in range(5))
    return PAGE.format(title=f"Visitors arrive, story {number}", day=number % 9, paragraphs=paragraphs)


def address(number: int) -> str:
    return f"http://{NEWS}/story/{number}"


def record(
    url: str,
    body: bytes | str,
    *,
    date: str = "2025-01-15T08:00:00Z",
    kind: str = "response",
    status: str = "200 OK",
    media: str = "text/html; charset=utf-8",
    headers: str = "",
) -> bytes:
    """One gzip member with one record, as Common Crawl writes them."""
    data = body.encode() if isinstance(body, str) else body
    block = f"HTTP/1.1 {status}\r\nContent-Type: {media}\r\n{headers}\r\n".encode() + data
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: {date}\r\n"
        f"WARC-Record-ID: <urn:uuid:{uuid5(NAMESPACE_URL, f'{kind} {date} {url}')}>\r\n"
        f"Content-Type: application/http; msgtype={kind}\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + block + b"\r\n\r\n", 6, mtime=0)


def bulk(number: int, size: int, url: str | None = None) -> bytes:
    """A page of another house, which does not compress: about ``size`` bytes."""
    return record(url or f"https://elsewhere.example/{number}", random.Random(number).randbytes(size))


@dataclass
class Warehouse:
    """Files by path, and lines of the index. `most`: lines on a page of the index."""

    files: dict[str, bytes] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    most: int = 4
    sent: int = 0
    """Bytes of files that were sent in parts."""

    def put(self, path: str, *members: bytes) -> list[int]:
        """Add a file; where each of its members begins."""
        self.files[path] = b"".join(members)
        return [sum(map(len, members[:number])) for number in range(len(members))]

    def list(self, url: str, path: str, offset: int, length: int, **more: str) -> None:
        """Add a line to the index; ``more`` replaces what it says."""
        known = {
            "urlkey": "example,harbour)/",
            "timestamp": "20250115080000",
            "url": url,
            "mime": "text/html",
            "mime-detected": "text/html",
            "status": "200",
            "digest": f"D{len(self.lines)}",
            "length": str(length),
            "offset": str(offset),
            "filename": path,
            "languages": "eng",
            "encoding": "UTF-8",
        }
        self.lines.append(json.dumps({**known, **more}))

    def answer(self, seen: Seen) -> Answer:
        if seen.path == "/robots.txt":
            return Answer(ROBOTS, media="text/plain")
        if seen.host == INDEX:
            return self.of_index(seen)
        return self.of_files(seen)

    def of_index(self, seen: Seen) -> Answer:
        parts = urlsplit(seen.path)
        query = parse_qsl(parts.query)
        asked = dict(query)
        if parts.path != COLLECTION:
            return Answer('{"message": "Not found"}', 404, media="application/json")
        filters = [value for name, value in query if name == "filter"]
        assert filters == ["=status:200", "~mime:.*html"] and asked["output"] == "json", (
            "the index is asked for too much"
        )
        if asked["url"] != f"{NEWS}/*":
            told = {"message": f"No Captures found for: {asked['url']}"}
            return Answer(json.dumps(told), 404, media="text/x-ndjson")
        pages = -(-len(self.lines) // self.most)
        if asked.get("showNumPages") == "true":
            return Answer(json.dumps({"pages": pages, "pageSize": 5, "blocks": pages}), media="application/json")
        page = int(asked["page"])
        shown = self.lines[page * self.most : (page + 1) * self.most]
        return Answer("".join(f"{line}\n" for line in shown), media="text/x-ndjson")

    def of_files(self, seen: Seen) -> Answer:
        data = self.files.get(seen.path.removeprefix("/"))
        if data is None:
            return Answer("<Error>NoSuchKey</Error>", 404, media="application/xml")
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", seen.headers.get("range", ""))
        if found is None:
            return Answer(data, media="application/gzip")
        assert seen.headers.get("accept-encoding") == "identity", "a part of a file may come coded"
        first, last = int(found[1]), min(int(found[2]), len(data) - 1)
        if first > last:
            return Answer("", 416, [("Content-Range", f"bytes */{len(data)}")])
        self.sent += last + 1 - first
        span = ("Content-Range", f"bytes {first}-{last}/{len(data)}")
        return Answer(data[first : last + 1], 206, [span], media="application/gzip")


COMMON = f'kind = "archive"\nfronts = ["http://{INDEX}{COLLECTION}"]'
SIEVED = f'kind = "archive"\nfronts = ["http://{DATA}/crawl-data/CC-NEWS/"]'
HARBOUR = r"article = ['/story/\d+$']"
OUTLETS = {"harbour": HARBOUR, "commoncrawl": COMMON, "ccnews": SIEVED}
HOSTS = {"commoncrawl": [INDEX, DATA], "ccnews": [DATA]}
