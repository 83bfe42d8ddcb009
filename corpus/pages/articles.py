"""Read a page as an article: its text, headline, date and names, and what is doubtful about them."""

from dataclasses import dataclass
from datetime import datetime

from corpus.pages.blocks import survey
from corpus.pages.bylines import find_bylines
from corpus.pages.choosing import Choice, choose
from corpus.pages.comments import Comment, find_comments
from corpus.pages.credits import find_credit
from corpus.pages.dating import Dated, find_date
from corpus.pages.layouts import Guide, Told, settle, told_by
from corpus.pages.markup import parse_markup
from corpus.pages.pagedata import page_data
from corpus.pages.titles import find_title
from corpus.pages.trimming import Removed, is_chinese

CHINESE_ZONE = "Asia/Shanghai"
OTHER_ZONE = "UTC"
_DISAGREEMENT = 0.5


@dataclass(frozen=True, slots=True)
class Article:
    """What a page says. `text` has a newline between paragraphs and is empty where nothing reads as an article."""

    text: str
    title: str | None
    bylines: tuple[str, ...]
    credit: str | None
    """The news agency that it is credited to, as printed."""
    dated: Dated | None
    chinese: bool
    removed: tuple[Removed, ...]
    """Lines trimmed off the text."""
    extractor: str
    agreement: float
    """How far the extractors agree on the text, 0 to 1."""
    linked: int
    """Words of the whole page that are links, and in all."""
    printed: int
    declared: bool
    """Whether its own data call the page an article."""
    flags: tuple[str, ...]
    comments: tuple[Comment, ...] = ()
    """By readers, where the page marks each beyond doubt."""


def read_article(
    text: str, url: str | None, latest: datetime | None = None, guide: Guide | None = None
) -> Article | None:
    """The article of a decoded page; None where the text holds no element at all. Raises nothing for any text.

    ``latest``: when the page was captured; it was not published after that. Where a page prints no zone, times of
    Chinese pages are taken as Beijing time (Taipei and Hong Kong keep the same), those of others as UTC.
    ``guide``: what the outlet's own layout says where to look; its answer counts where it is believed (`layouts.settle`).
    """
    page = parse_markup(text)
    if page is None:
        return None
    data = page_data(page.tree)
    seen = survey(page.tree)
    lines = list(seen.lines)
    title = find_title(page.tree, data, lines)
    choice = choose(page, seen, title)
    told: Told | None = None
    fared: tuple[str, ...] = ()
    if guide is not None:
        told = told_by(guide, page)
        choice, flag, believed = settle(told, choice, title)
        told, fared = (told if believed else None), (flag,)
        title = (told and told.title) or title
    chinese = is_chinese("".join(choice.lines or lines))
    dated = _told_date(told, latest) or find_date(
        page.tree, data, url, lines, title, CHINESE_ZONE if chinese else OTHER_ZONE, latest, _end(lines, choice)
    )
    head = [one.line for one in choice.removed if one.rule in ("title", "head")]
    tail = [one.line for one in choice.removed if one.rule == "tail"]
    names = (told and told.bylines) or find_bylines(page.tree, data, lines, [*head, *choice.lines, *tail[:2]], title)
    body = "\n".join(choice.lines)
    return Article(
        text=body,
        title=title,
        bylines=names,
        credit=find_credit(head, choice.lines, tail[:4]),
        dated=dated,
        chinese=chinese,
        removed=choice.removed,
        extractor=choice.extractor,
        agreement=round(choice.agreement, 3),
        linked=seen.linked,
        printed=seen.units,
        declared=any(data.articles()) or data.meta.get("og:type", "").lower() == "article",
        flags=(*_flags(choice, page.truncated), *fared),
        comments=find_comments(page, data, CHINESE_ZONE if chinese else OTHER_ZONE, latest),
    )


def _end(lines: list[str], choice: Choice) -> int | None:
    """The number of the article's last line among those that the page prints."""
    last = set(choice.lines[-3:])
    return next((index for index in range(len(lines) - 1, -1, -1) if lines[index] in last), None)


def _told_date(told: Told | None, latest: datetime | None) -> Dated | None:
    dated = told.dated if told else None
    return dated if dated and dated.at and (latest is None or dated.at <= latest) else None


def _flags(choice: Choice, truncated: bool) -> tuple[str, ...]:
    flags = ["parse_truncated"] if truncated else []
    if choice.lines and choice.agreement < _DISAGREEMENT:
        flags.append("extractors_disagree")
    return tuple(flags)
