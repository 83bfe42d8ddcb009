"""What each invented host of the demonstration answers: news outlets, a platform, and seven that misbehave on purpose."""

import gzip
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from corpus.demo.answers import HTML, XML, Host, Reply
from corpus.demo.layouts import LAYOUTS, Layout
from corpus.demo.pages import Article, Listed, atom, load_articles, news_sitemap, rss, sitemap, sitemap_index
from corpus.demo.rednote import rednote_hosts

CAPTURES = "welcome.ndjson"
"""Invented items as a researcher would have captured them: the platform's pages show a part of them."""


def all_hosts(content: Path, private_port: int) -> dict[str, Host]:
    """Every host of the demonstration by its name; `private_port` is where nothing may ever connect to."""
    articles = load_articles(content)
    hosts = [_news_host(name, layout, articles.get(name, ())) for name, layout in LAYOUTS.items()]
    hosts += [
        replace(_stories("robots-broken.example"), forbidden=("/",), robots_status=503),
        replace(_stories("robots-closed.example"), forbidden=("/",)),
        *rednote_hosts(content / "rednote", content.parent / "captures" / CAPTURES),
        _members_only(),
        _slow_down(articles.get("slow-down", ())),
        _torn_pages(articles.get("torn-pages", ())),
        _trapdoor(private_port, articles.get("trapdoor", ())),
        Host("endless-calendar.example", endless=_month),
        _ministry(content.parent / "captures" / "pages"),
        *(Host(name, forbidden=("/",)) for name in _IMPORTED),
    ]
    return {host.name: host for host in hosts}


def _news_host(outlet: str, layout: Layout, articles: tuple[Article, ...]) -> Host:
    pages: dict[str, tuple[Reply, ...]] = {}
    listed = [layout.listed(article) for article in articles]

    def add(path: str, text: str, media_type: str, charset: str = "utf-8") -> None:
        pages[path] = (Reply(text.encode(charset, "xmlcharrefreplace"), media_type),)

    for index, article in enumerate(articles):
        related = [
            (layout.address(one), one.title) for one in _related(article, articles[index + 1 :] + articles[:index])
        ]
        page = layout.article(article, related)
        for path in filter(None, (layout.address(article), article.also_at)):
            add(path, page, layout.media_type, layout.charset)
        if article.also_at:
            place = f"http://{layout.host}{article.also_at}"
            listed.append(Listed(place, article.title, article.published, article.paragraphs[0][:160]))
    front = layout.front([(layout.address(one), one.title) for one in articles[:8]] + [_PRIVATE])
    for path in ("/", "/index.html", "/a/") if outlet == "silk-road-monitor" else ("/",):
        add(path, front, layout.media_type, layout.charset)
    sitemaps = _lists(outlet, layout, listed, add)
    later = _later(layout, articles) if outlet in _CHANGES else {}
    return Host(layout.host, crawl_delay=0.2, pages=pages, sitemaps=sitemaps, later=later, validates=True)


_CHANGES = ("harbour-daily", "jianghai-zaobao")
_CORRECTED = "Correction: an earlier version of this article gave another number. 更正：本文较早版本中的数字有误。"


def _later(layout: Layout, articles: tuple[Article, ...]) -> dict[str, Reply]:
    """An outlet's pages some weeks on: one corrected, one taken down, one that only says so, one that leads home."""
    edited, gone, missing, home, *_ = articles
    text = layout.article(replace(edited, paragraphs=(*edited.paragraphs[:-1], _CORRECTED)), [])
    nothing = _page(
        layout.host, "Page not found 页面不存在", ("The page that you asked for does not exist. 您访问的页面不存在。",)
    )
    return {
        layout.address(edited): Reply(text.encode(layout.charset, "xmlcharrefreplace"), layout.media_type),
        layout.address(gone): Reply(b"<!DOCTYPE html><title>Gone</title><h1>Gone</h1>", status=410),
        layout.address(missing): Reply(nothing),
        layout.address(home): Reply(b"", status=301, headers=(("Location", "/"),)),
    }


def _related(article: Article, others: tuple[Article, ...]) -> list[Article]:
    """Up to four others that share a tag, most shared tags first: off the subject, nothing leads to the subject."""
    shared = [(len(set(one.tags) & set(article.tags)), one) for one in others]
    return [one for number, one in sorted(shared, key=lambda pair: -pair[0]) if number][:4]


_PRIVATE = ("/private/2025/01/16/tiktok-draft", "Draft: TikTok and RedNote 小红书")
"""Path and title of a page that fronts and lists name though robots.txt forbids it: permission, not a list, decides."""


def _lists(outlet: str, layout: Layout, listed: list[Listed], add: Callable[[str, str, str], None]) -> tuple[str, ...]:
    home = f"http://{layout.host}/"
    path, title = _PRIVATE
    listed = [Listed(f"http://{layout.host}{path}", title, datetime(2025, 1, 16, 1, tzinfo=UTC), ""), *listed]
    if outlet == "harbour-daily":
        add("/rss.xml", rss(layout.name, home, listed), "application/rss+xml; charset=utf-8")
    elif outlet == "gangwan-shibao":
        add("/feed.atom", atom(layout.name, home, listed), "application/atom+xml; charset=utf-8")
    elif outlet == "silk-road-monitor":
        add("/sitemap.xml", sitemap_index((f"{home}sitemap-news.xml",)), XML)
        add("/sitemap-news.xml", news_sitemap(layout.name, "en", listed), XML)
        return ("/sitemap.xml",)
    else:
        add("/sitemap.xml", sitemap(listed), XML)
        return ("/sitemap.xml",)
    return ()


def _page(
    host: str, title: str, paragraphs: Sequence[str], links: Sequence[tuple[str, str]] = (), when: str = ""
) -> bytes:
    text = "".join(f"<p>{escape(part)}</p>" for part in paragraphs)
    rows = "".join(f'<li><a href="{escape(path)}">{escape(words)}</a></li>' for path, words in links)
    dated = f'<meta property="article:published_time" content="{when}">' if when else ""
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>{dated}</head><body>'
        f"<h1>{escape(title)}</h1><article>{text}</article><ul>{rows}</ul>"
        f"<footer>{host}, an invented site</footer></body></html>"
    ).encode()


_IMPORTED = ("town.example", "sky.example", "weibo.example")
"""Hosts of platforms of which the demonstration has files only: they forbid readers everything."""


def _ministry(saved: Path) -> Host:
    """Serves the press conference that a researcher had saved by hand, for whoever looks whether it is still there."""
    page = Reply((saved / "briefing-2025-01-16.html").read_bytes())
    return Host("ministry.example", pages={"/briefings/2025-01-16.html": (page,)}, validates=True)


_SIGN = ("This host exists only for the demonstration, and its owner has set the house rules in an unusual way.",)


def _stories(name: str, articles: tuple[Article, ...] = ()) -> Host:
    """A small host with a front page and its stories; five that say nothing where none were written."""
    stories = {f"/story/{one.slug}": (one.title, one.paragraphs, one.published.isoformat()) for one in articles}
    for word in () if stories else ("one", "two", "three", "four", "five"):
        stories[f"/story/{word}"] = (f"TikTok and RedNote: story {word}", _SIGN, "")
    links = [(path, title) for path, (title, _, _) in sorted(stories.items())]
    pages = {path: (Reply(_page(name, title, text, (), when)),) for path, (title, text, when) in stories.items()}
    return Host(name, pages={"/": (Reply(_page(name, name, _SIGN, links)),), **pages})


def _members_only() -> Host:
    name = "members-only.example"
    pages = _stories(name).pages
    wall = Reply(
        b'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Log in | Members Only</title></head>'
        b'<body class="login">'
        b"<h1>Please log in to continue</h1><p>This content is for members. Log in or sign up to read on.</p>"
        b'<form id="login-form" action="/login" method="post"><input type="text" name="user">'
        b'<input type="password" name="password">'
        b'<button type="submit">Log in</button></form></body></html>'
    )
    walls = frozenset(path for path in pages if path.startswith("/story/"))
    return Host(name, pages={**pages, **dict.fromkeys(walls, (wall,))}, walls=walls)


def _slow_down(articles: tuple[Article, ...]) -> Host:
    """Asked for its first story it wants three seconds of peace, once."""
    host = _stories("slow-down.example", articles)
    busy = Reply(b"Too many requests\n", "text/plain", 429, (("Retry-After", "3"),))
    return replace(host, pages={**host.pages, "/story/one": (busy, *host.pages["/story/one"])})


def _torn_pages(articles: tuple[Article, ...]) -> Host:
    """One page whose gzip stream ends early, and one whose connection does."""
    host = _stories("torn-pages.example", articles)
    coding = (("Content-Encoding", "gzip"),)
    one, two = (gzip.compress(host.pages[f"/story/{word}"][0].body, mtime=0) for word in ("one", "two"))
    short = Reply(one[: len(one) * 2 // 3], HTML, 200, coding)
    broken = Reply(two[: len(two) // 2], HTML, 200, coding, promised=len(two))
    return replace(host, pages={**host.pages, "/story/one": (short,), "/story/two": (broken,)})


def _trapdoor(private_port: int, articles: tuple[Article, ...]) -> Host:
    """Pages that lead, by redirect or by link, to addresses that are nobody's business."""
    host = _stories("trapdoor.example", articles)
    targets = {
        "/story/loopback": f"http://127.0.0.1:{private_port}/secret",
        "/story/metadata": "http://169.254.169.254/latest/meta-data/",
        "/story/six": f"http://[::1]:{private_port}/",
        "/story/decimal": f"http://2130706433:{private_port}/secret",
    }
    doors = {path: (Reply(b"", HTML, 302, (("Location", target),)),) for path, target in targets.items()}
    links = [(path, f"TikTok and RedNote: {path.rsplit('/', 1)[1]}") for path in (*targets, "/story/one")]
    links += [(target, "RedNote: the same without the detour") for target in targets.values()]
    return replace(host, pages={**host.pages, **doors, "/": (Reply(_page(host.name, host.name, _SIGN, links)),)})


_MONTH = re.compile(r"/calendar/(\d{4})/(0[1-9]|1[0-2])")


def _month(path: str) -> Reply | None:
    found = _MONTH.fullmatch(path)
    if not found:
        return None
    year, month = int(found[1]), int(found[2])
    after = f"/calendar/{year + month // 12:04}/{month % 12 + 1:02}"
    text = [f"Nothing is planned for {year}-{month:02}. The next month may have more."]
    return Reply(_page("endless-calendar.example", f"Calendar {year}-{month:02}", text, [(after, "Next month")]))
