"""The page layouts of the demonstration's outlets: modern English, old tables, mainland and Hong Kong Chinese."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from html import escape

from corpus.demo.pages import Article, Listed

Links = list[tuple[str, str]]
"""Path and text of each link."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How one outlet addresses and draws its pages. `charset` is that of the bytes; a page may declare another."""

    host: str
    name: str
    charset: str
    media_type: str
    address: Callable[[Article], str]
    article: Callable[[Article, Links], str]
    front: Callable[[Links], str]

    def listed(self, article: Article) -> Listed:
        url = f"http://{self.host}{self.address(article)}"
        return Listed(url, article.title, article.published, article.paragraphs[0][:160])


def _links(links: Links) -> str:
    return "".join(f'<li><a href="{escape(path)}">{escape(text)}</a></li>' for path, text in links)


def _paragraphs(article: Article, tag: str = "p") -> str:
    return "\n".join(f"<{tag}>{escape(part)}</{tag}>" for part in article.paragraphs)


# harbour-daily: semantic elements, JSON-LD and meta dates
def _harbour_address(article: Article) -> str:
    return f"/{article.published:%Y/%m/%d}/{article.slug}"


_HARBOUR_HEAD = (
    '<header class="masthead"><a href="/">Harbour Daily</a><nav><ul><li><a href="/">Home</a></li>'
    '<li><a href="/rss.xml">RSS</a></li>'
    '<li><a href="/private/subscribers/newsletter">Newsletter desk</a></li></ul></nav></header>'
)
_HARBOUR_FOOT = (
    "<footer><p>&copy; 2025 Harbour Daily. An invented newspaper; every name in it is made up.</p>"
    '<p><a href="/private/staff/login">Staff</a></p></footer>'
)


def _harbour_article(article: Article, related: Links) -> str:
    when = article.published.isoformat()
    author = article.byline or "Harbour Daily staff"
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "datePublished": when,
        "articleSection": article.section,
        "author": [{"@type": "Person" if article.byline else "Organization", "name": author}],
        "publisher": {"@type": "NewsMediaOrganization", "name": "Harbour Daily"},
    }
    script = json.dumps(data).replace("</", "<\\/")
    tags = "".join(f'<meta property="article:tag" content="{escape(tag)}">' for tag in article.tags)
    wire = f'<p class="credit">{escape(article.wire)}</p>' if article.wire else ""
    return f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{escape(article.title)} | Harbour Daily</title>
<meta name="author" content="{escape(author)}"><meta property="og:type" content="article">
<meta property="og:title" content="{escape(article.title)}">
<meta property="article:published_time" content="{when}">{tags}
<script type="application/ld+json">{script}</script></head>
<body>{_HARBOUR_HEAD}
<main><article><h1>{escape(article.title)}</h1>
<p class="byline">By <span class="author">{escape(author)}</span>
<time datetime="{when}">{article.published:%B %d, %Y}</time></p>{wire}
<div class="story">
{_paragraphs(article)}
</div></article>
<aside class="related"><h2>More from Harbour Daily</h2><ul>{_links(related)}</ul></aside></main>
{_HARBOUR_FOOT}</body></html>
"""


def _harbour_front(links: Links) -> str:
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Harbour Daily</title>
<link rel="alternate" type="application/rss+xml" href="/rss.xml"></head>
<body>{_HARBOUR_HEAD}<main><h1>Today</h1><ul class="latest">{_links(links)}</ul></main>{_HARBOUR_FOOT}</body></html>
"""


# silk-road-monitor: tables, font tags, no meta data, curled quotes as windows-1252 has them
def _curled(text: str) -> str:
    text = re.sub(r'(^|[\s(])"', r"\1“", text).replace('"', "”")
    return re.sub(r"(^|[\s(“])'", r"\1‘", text).replace("'", "’").replace(" - ", " – ")


def _silk_address(article: Article) -> str:
    return f"/a/{article.published:%Y%m/%d}/{article.slug}.html"


def _silk_page(title: str, body: str) -> str:
    return f"""<HTML><HEAD><META http-equiv="Content-Type" content="text/html; charset=windows-1252">
<TITLE>{escape(title)}</TITLE></HEAD>
<BODY bgcolor="#ffffff" link="#990000"><TABLE width="960" align="center" border="0" cellpadding="4">
<TR><TD colspan="2" bgcolor="#990000"><FONT color="#ffffff" size="5">Silk Road Monitor</FONT></TD></TR>
<TR><TD colspan="2"><A href="/index.html">Home</A> | <A href="/a/">Archive</A> |
<A href="/private/members.html">Members</A></TD></TR>
{body}
<TR><TD colspan="2" align="center"><FONT size="1">Copyright 2025 Silk Road Monitor, an invented outlet.
Reproduction by permission only. <A href="/private/feedback.html">Feedback</A></FONT></TD></TR></TABLE></BODY></HTML>
"""


def _silk_article(article: Article, related: Links) -> str:
    stamp = f"{article.published:%Y-%m-%d %H:%M}"
    source = article.wire or "Silk Road Monitor"
    text = _paragraphs(replace(article, paragraphs=tuple(map(_curled, article.paragraphs))), "P")
    author = f" &nbsp; Author: {escape(article.byline)}" if article.byline else ""
    body = f"""<TR><TD width="700" valign="top"><H1 class="headline">{escape(article.title)}</H1>
<FONT size="2" color="#666666"><SPAN class="stamp">Updated: {stamp}</SPAN> &nbsp;
Source: {escape(source)}{author}</FONT><HR>
<DIV class="content">
{text}
</DIV></TD>
<TD width="240" valign="top" bgcolor="#eeeeee"><B>Related reading</B><UL>{_links(related)}</UL></TD></TR>"""
    return _silk_page(f"{article.title} - {article.section} - Silk Road Monitor", body)


def _silk_front(links: Links) -> str:
    return _silk_page("Silk Road Monitor", f'<TR><TD colspan="2"><UL>{_links(links)}</UL></TD></TR>')


# jianghai-zaobao: mainland layout, GB18030 under the older name gb2312
def _jianghai_address(article: Article) -> str:
    return f"/xinwen/{article.published:%Y-%m/%d}/{article.slug}.shtml"


def _jianghai_page(title: str, body: str) -> str:
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312" />
<title>{escape(title)}</title></head><body>
<div id="top"><a href="/">江海早报网</a>
<ul class="nav"><li><a href="/">首页</a></li><li><a href="/private/neican/">内参</a></li>
<li><a href="/private/guanli/">管理入口</a></li></ul></div>
{body}
<div id="footer"><p>江海早报社主办　本站为演示而虚构　值班编辑：何䶮</p>
<p>未经书面授权禁止转载使用</p></div></body></html>
"""


def _jianghai_article(article: Article, related: Links) -> str:
    source = article.wire or "江海早报"
    by = f"（{article.byline}）" if " " in article.byline else f"（文/{article.byline}）"
    reporter = f'<p class="jizhe">{escape(by)}</p>' if article.byline else ""
    body = f"""<div class="position">当前位置：<a href="/">首页</a> &gt; {escape(article.section)}</div>
<div class="main"><h1>{escape(article.title)}</h1>
<div class="info">时间：{article.published:%Y年%m月%d日 %H:%M}　来源：{escape(source)}　字号：大 中 小</div>
<div class="content" id="zoom">
{_paragraphs(article)}
{reporter}</div>
<div class="tail"><p>来源：{escape(source)}</p><p>责任编辑：苏一帆</p><p>分享到：微信 微博</p></div></div>
<div class="xiangguan"><h3>相关阅读</h3><ul>{_links(related)}</ul></div>"""
    return _jianghai_page(f"{article.title}_{article.section}_江海早报网", body)


def _jianghai_front(links: Links) -> str:
    return _jianghai_page("江海早报网", f'<div class="main"><ul>{_links(links)}</ul></div>')


# gangwan-shibao: Traditional Chinese, Open Graph tags, UTF-8
def _gangwan_address(article: Article) -> str:
    return f"/news/{article.published:%Y%m%d}/{article.slug}"


def _gangwan_page(head: str, body: str) -> str:
    return f"""<!DOCTYPE html>
<html lang="zh-Hant-HK"><head><meta charset="utf-8">{head}
<link rel="alternate" type="application/atom+xml" href="/feed.atom"></head><body>
<div class="site-header"><a href="/">港灣時報</a>
<nav><a href="/">主頁</a> <a href="/private/huiyuan">會員專區</a></nav></div>
{body}
<div class="site-footer"><p>港灣時報 版權所有 不得轉載。本報為示範而虛構。</p>
<a href="/private/lianluo">聯絡編輯部</a></div></body></html>
"""


def _gangwan_article(article: Article, related: Links) -> str:
    when = article.published.isoformat()
    head = (
        f'<title>{escape(article.title)} - 港灣時報</title><meta property="og:site_name" content="港灣時報">'
        f'<meta property="og:type" content="article"><meta property="og:title" content="{escape(article.title)}">'
        f'<meta property="og:description" content="{escape(article.paragraphs[0][:80])}">'
        f'<meta property="article:published_time" content="{when}">'
        f'<meta property="article:section" content="{escape(article.section)}">'
        f'<meta property="og:locale" content="zh_HK">'
    )
    by = f"文：{escape(article.byline)}" if article.byline else "本報訊"
    wire = f'<span class="wire">{escape(article.wire)}</span>' if article.wire else ""
    body = f"""<div class="post"><h1 class="post-title">{escape(article.title)}</h1>
<div class="post-meta"><span class="post-author">{by}</span>
<span class="post-date">{article.published:%Y/%m/%d %H:%M}</span> {wire}</div>
<section class="post-body">
{_paragraphs(article)}
</section>
<div class="post-tags">{" ".join("#" + escape(tag) for tag in article.tags)}</div></div>
<div class="also"><h4>延伸閱讀</h4><ul>{_links(related)}</ul></div>"""
    return _gangwan_page(head, body)


def _gangwan_front(links: Links) -> str:
    return _gangwan_page("<title>港灣時報</title>", f'<div class="post-list"><ul>{_links(links)}</ul></div>')


LAYOUTS = {
    "harbour-daily": Layout(
        "harbour-daily.example",
        "Harbour Daily",
        "utf-8",
        "text/html; charset=utf-8",
        _harbour_address,
        _harbour_article,
        _harbour_front,
    ),
    "silk-road-monitor": Layout(
        "silk-road-monitor.example",
        "Silk Road Monitor",
        "windows-1252",
        "text/html",
        _silk_address,
        _silk_article,
        _silk_front,
    ),
    "jianghai-zaobao": Layout(
        "jianghai-zaobao.example",
        "江海早报",
        "gb18030",
        "text/html",
        _jianghai_address,
        _jianghai_article,
        _jianghai_front,
    ),
    "gangwan-shibao": Layout(
        "gangwan-shibao.example",
        "港灣時報",
        "utf-8",
        "text/html; charset=utf-8",
        _gangwan_address,
        _gangwan_article,
        _gangwan_front,
    ),
}
