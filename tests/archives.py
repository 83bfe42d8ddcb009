"""Servers for tests that speak as web archives do: a Wayback machine with its CDX index, and GDELT with its faults."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from tests.served import NOT_FOUND, Answer, Seen

ROBOTS = Answer("User-agent: *\nDisallow: /private\n", media="text/plain")


@dataclass(frozen=True, slots=True)
class Page:
    """What was kept at one moment (14 digits, UTC)."""

    stamp: str
    url: str
    body: str | bytes
    media: str = "text/html; charset=utf-8"
    status: str = "200"
    location: str | None = None

    @property
    def digest(self) -> str:
        return f"D{abs(hash(self.body)) % 10**12:012d}"


@dataclass
class WaybackServer:
    """A Wayback machine at one host. `page`: rows of an answer at most, whatever limit is asked for."""

    pages: list[Page]
    page: int = 3
    robots: Answer = ROBOTS
    encoded: bool = True
    """Whether a resume key comes ready for an address, as the real one's does."""
    asked: list[str] = field(default_factory=list)

    def answer(self, seen: Seen) -> Answer:
        if seen.path == "/robots.txt":
            return self.robots
        self.asked.append(seen.path)
        parts = urlsplit(seen.path)
        if parts.path == "/cdx/search/cdx":
            return self._index(parse_qs(parts.query, keep_blank_values=True))
        return self._raw(seen)

    def _index(self, asked: dict[str, list[str]]) -> Answer:
        url, match = asked["url"][0], asked.get("matchType", ["exact"])[0]
        first, last = asked["from"][0], asked["to"][0]
        filters = [one.partition(":")[::2] for one in asked.get("filter", [])]
        columns = asked["fl"][0].split(",")
        rows, before = [], ""
        for page in sorted(self.pages, key=lambda page: (_surt(page.url), page.stamp)):
            host = (urlsplit(page.url).hostname or "").removeprefix("www.")
            if not (host == url.removeprefix("www.") if match == "host" else _surt(page.url) == _surt(url)):
                continue
            told = {
                "urlkey": _surt(page.url),
                "timestamp": page.stamp,
                "original": page.url,
                "mimetype": "warc/revisit" if page.status == "-" else page.media.partition(";")[0],
                "statuscode": page.status,
                "digest": page.digest,
                "length": "100",
            }
            if not first <= page.stamp <= last or not all(re.fullmatch(form, told[name]) for name, form in filters):
                continue
            name, _, digits = asked.get("collapse", ["timestamp"])[0].partition(":")
            key = told[name][: int(digits)] if digits else told[name]
            if key != before:
                rows.append([told[column] for column in columns])
            before = key
        start = int(asked["resumeKey"][0].split(" ")[1]) if "resumeKey" in asked else 0
        some = rows[start : start + self.page]
        table: list[list[str]] = [columns, *some] if some else []
        if start + self.page < len(rows):
            table += [[], [f"org%2Ckey%29+{start + self.page}" if self.encoded else f"org,key) {start + self.page}"]]
        return Answer(json.dumps(table), media="application/json")

    def _raw(self, seen: Seen) -> Answer:
        found = re.fullmatch(r"/web/(\d{14})id_/(.+)", seen.path)
        if found is None:
            return NOT_FOUND
        stamp, url = found.groups()
        kept = [page for page in self.pages if _surt(page.url) == _surt(url)]
        if not kept:
            return Answer("<html><body>The Wayback Machine has not archived that URL.</body></html>", status=404)
        page = min(kept, key=lambda page: (abs(_seconds(page.stamp) - _seconds(stamp)), page.stamp))
        if page.stamp != stamp:
            return self._to(seen, page.stamp, page.url)
        if page.location is not None:
            return self._to(seen, page.stamp, page.location)
        if page.status == "-":
            page = next(one for one in kept if one.status == "200" and one.body == page.body)
        return Answer(page.body, media=page.media)

    def _to(self, seen: Seen, stamp: str, url: str) -> Answer:
        return Answer("", status=302, headers=[("Location", f"http://{seen.host}/web/{stamp}id_/{url}")])


def _surt(url: str) -> str:
    parts = urlsplit(url)
    return f"{(parts.hostname or '').removeprefix('www.')}){parts.path or '/'}?{parts.query}"


def _seconds(stamp: str) -> float:
    return datetime.strptime(stamp, "%Y%m%d%H%M%S").timestamp()


@dataclass(frozen=True, slots=True)
class Article:
    """What GDELT saw, first at `seen` (14 digits, UTC)."""

    seen: str
    url: str
    title: str


@dataclass
class GdeltServer:
    """GDELT's API and bulk files. `reaches`: the first moment of which the API knows. `faults`: answers that the API gives
    first, in their order."""

    articles: list[Article]
    reaches: str = "20150101000000"
    faults: list[Answer] = field(default_factory=list)
    broken: Callable[[str], str] | None = None
    """What it does to its JSON."""
    bulk: dict[str, bytes] = field(default_factory=dict)
    """Bodies of bulk files by name, in place of those made from `articles`."""
    asked: list[Seen] = field(default_factory=list)

    def answer(self, seen: Seen) -> Answer:
        if seen.path == "/robots.txt":
            return ROBOTS
        self.asked.append(seen)
        if seen.path.startswith("/gdeltv2/"):
            return self._file(seen.path.rpartition("/")[2])
        if self.faults:
            return self.faults.pop(0)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(seen.path).query).items()}
        words = re.findall(r'"([^"]*)"', asked["query"])
        hosts = re.findall(r"domainis:(\S+?)(?=\)|\s|$)", asked["query"])
        found = [
            {
                "url": one.url,
                "title": one.title,
                "seendate": f"{one.seen[:8]}T{one.seen[8:]}Z",
                "domain": _host(one.url),
            }
            for one in self.articles
            if max(asked["startdatetime"], self.reaches) <= one.seen <= asked["enddatetime"]
            and (not words or any(word.lower() in one.title.lower() for word in words))
            and (not hosts or _host(one.url) in hosts)
        ]
        body = {"articles": found[: int(asked["maxrecords"])]} if found else {}
        text = json.dumps(body, ensure_ascii=False)
        return Answer(self.broken(text) if self.broken else text, media="application/json")

    def _file(self, name: str) -> Answer:
        if name in self.bulk:
            return Answer(self.bulk[name], media="application/zip")
        stamp = name.partition(".")[0]
        rows = [
            gkg_row(one)
            for one in self.articles
            if one.seen[:10] == stamp[:10] and int(one.seen[10:12]) // 15 * 15 == int(stamp[10:12])
        ]
        if not rows or "translation" in name:
            return NOT_FOUND
        return Answer(zipped({name.removesuffix(".zip"): "\n".join(rows)}), media="application/zip")


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def gkg_row(article: Article) -> str:
    columns = [f"{article.seen}-1", article.seen, "1", _host(article.url), article.url, *[""] * 21]
    return "\t".join([*columns, f"<PAGE_LINKS></PAGE_LINKS><PAGE_TITLE>{article.title}</PAGE_TITLE>"])


def zipped(members: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return out.getvalue()
