"""The demonstration's articles, and the lists (RSS, Atom, sitemaps) by which its invented outlets announce them."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape

from corpus.errors import UserError

FOLDER_OUTLETS = {"zh-hans": "jianghai-zaobao", "zh-hant": "gangwan-shibao"}
"""Whose articles a content folder holds where they do not say so themselves."""
_NEEDED = {"slug", "title", "published", "byline", "section", "tags", "text"}
_ALLOWED = _NEEDED | {"wire", "outlet", "also_at"}


@dataclass(frozen=True, slots=True)
class Article:
    """An invented article. `also_at` is a second address path under which the same page is served, if any."""

    outlet: str
    slug: str
    title: str
    published: datetime
    byline: str
    section: str
    tags: tuple[str, ...]
    paragraphs: tuple[str, ...]
    wire: str = ""
    also_at: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """An article as a list shows it: address, title, time and first words."""

    url: str
    title: str
    published: datetime
    summary: str


def load_article(path: Path) -> Article:
    """One TOML file of content; raises UserError naming the file and what is wrong with it."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"is no UTF-8 TOML: {error}", where=path, hint="mend the article's file") from error
    if faults := sorted(_NEEDED - content.keys()) + [f"unknown {key}" for key in sorted(content.keys() - _ALLOWED)]:
        raise UserError(f"keys missing or unknown: {', '.join(faults)}", where=path, hint="see the other articles")
    outlet = content.get("outlet") or FOLDER_OUTLETS.get(path.parent.name)
    if outlet is None:
        raise UserError("no `outlet` is named", where=path, hint='add outlet = "harbour-daily" or another')
    try:
        published = datetime.fromisoformat(content["published"])
    except (TypeError, ValueError) as error:
        raise UserError(f"published: {error}", where=path, hint="write it as 2025-01-15T09:30:00+08:00") from error
    if published.tzinfo is None:
        raise UserError("published has no zone", where=path, hint="write it as 2025-01-15T09:30:00+08:00")
    paragraphs = tuple(" ".join(part.splitlines()).strip() for part in content["text"].split("\n\n") if part.strip())
    if not paragraphs:
        raise UserError("text is empty", where=path, hint="write the article or remove its file")
    return Article(
        outlet=outlet,
        slug=content["slug"],
        title=content["title"],
        published=published,
        byline=content["byline"],
        section=content["section"],
        tags=tuple(content["tags"]),
        paragraphs=paragraphs,
        wire=content.get("wire", ""),
        also_at=content.get("also_at", ""),
    )


def load_articles(content: Path) -> dict[str, tuple[Article, ...]]:
    """Every article below a content folder by outlet, newest first; raises UserError at the first fault."""
    found: dict[str, list[Article]] = {}
    taken: dict[tuple[str, str], Path] = {}
    for path in sorted(content.rglob("*.toml")):
        article = load_article(path)
        key = (article.outlet, article.slug)
        if key in taken:
            raise UserError(
                f"slug {article.slug!r} is that of {taken[key]} too", where=path, hint="choose another slug"
            )
        taken[key] = path
        found.setdefault(article.outlet, []).append(article)
    return {
        outlet: tuple(sorted(articles, key=lambda one: (one.published, one.slug), reverse=True))
        for outlet, articles in sorted(found.items())
    }


def rss(title: str, home: str, listed: list[Listed]) -> str:
    """An RSS 2.0 feed with RFC 822 dates."""
    items = "\n".join(
        f"<item><title>{escape(one.title)}</title><link>{escape(one.url)}</link>"
        f'<guid isPermaLink="true">{escape(one.url)}</guid><pubDate>{format_datetime(one.published)}</pubDate>'
        f"<description>{escape(one.summary)}</description></item>"
        for one in listed
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>\n'
        f"<title>{escape(title)}</title><link>{escape(home)}</link><description>{escape(title)}</description>"
        f"<language>en-us</language>\n{items}\n</channel></rss>\n"
    )


def atom(title: str, home: str, listed: list[Listed]) -> str:
    """An Atom feed; its entries carry ISO 8601 dates with their offset."""
    newest = max(one.published for one in listed).isoformat() if listed else "2025-01-10T00:00:00+08:00"
    entries = "\n".join(
        f'<entry><title type="text">{escape(one.title)}</title><link rel="alternate" href="{escape(one.url)}"/>'
        f"<id>{escape(one.url)}</id><published>{one.published.isoformat()}</published>"
        f'<updated>{one.published.isoformat()}</updated><summary type="text">{escape(one.summary)}</summary></entry>'
        for one in listed
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="zh-Hant">\n'
        f'<title>{escape(title)}</title><id>{escape(home)}</id><link href="{escape(home)}"/>'
        f"<updated>{newest}</updated>\n{entries}\n</feed>\n"
    )


_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


def sitemap(listed: list[Listed]) -> str:
    """A plain sitemap: addresses and days, no titles."""
    return _urlset(f'xmlns="{_SITEMAP}"', (f"<lastmod>{one.published.date()}</lastmod>" for one in listed), listed)


def news_sitemap(publication: str, language: str, listed: list[Listed]) -> str:
    """A news sitemap: addresses with titles and publication times."""
    details = (
        f"<news:news><news:publication><news:name>{escape(publication)}</news:name>"
        f"<news:language>{language}</news:language></news:publication>"
        f"<news:publication_date>{one.published.isoformat()}</news:publication_date>"
        f"<news:title>{escape(one.title)}</news:title></news:news>"
        for one in listed
    )
    return _urlset(f'xmlns="{_SITEMAP}" xmlns:news="{_NEWS}"', details, listed)


def _urlset(names: str, details: Iterator[str], listed: list[Listed]) -> str:
    rows = "\n".join(
        f"<url><loc>{escape(one.url)}</loc>{detail}</url>" for one, detail in zip(listed, details, strict=True)
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {names}>\n{rows}\n</urlset>\n'


def sitemap_index(urls: tuple[str, ...]) -> str:
    """An index that names other sitemaps."""
    rows = "\n".join(f"<sitemap><loc>{escape(url)}</loc></sitemap>" for url in urls)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex xmlns="{_SITEMAP}">\n{rows}\n</sitemapindex>\n'
