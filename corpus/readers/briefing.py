"""Read press conferences: questions and answers taken apart, each with its speaker, in their order."""

import re
from dataclasses import replace
from urllib.parse import urlsplit

from corpus.charset import decode_text
from corpus.identity import Keys
from corpus.pages.blocks import survey
from corpus.pages.layouts import Guide
from corpus.pages.markup import parse_markup
from corpus.pages.titles import folded
from corpus.pages.turns import Conference, take_apart
from corpus.readers.article import READER as ARTICLE
from corpus.records import Capture, Document, Reading, Sighting

# Foreign ministries whose pages are conferences or remarks; others by the page's own title.
_MINISTRIES = frozenset({"fmprc.gov.cn", "mfa.gov.cn", "state.gov"})
_HEAD = 64 << 10
_ENGLISH = rb"press conference|press briefing|daily briefing|department briefing|answers? (?:a )?(?:media )?questions|Q&(?:amp;)?A"
_CHINESE = "记者会|記者會|答记者问|答記者問|新闻发布会|新聞發佈會|吹风会"
_TITLED = re.compile(
    rb"<(?:title|h1|h2|h3)\b[^<>]{0,400}>[^<]{0,300}(?:"
    + _ENGLISH
    + b"|"
    + b"|".join(name.encode(codec) for name in _CHINESE.split("|") for codec in ("utf-8", "gb18030"))
    + b")",
    re.IGNORECASE,
)
_LEAST_PAIRS = 2


class Briefing:
    """The conference is an article (its title and opening); each question and each answer a turn of it.

    A turn's order is the rank of its sighting; `flags` tell ``question`` or ``answer``; `reply_to` of an answer is its
    question. A page that is no conference after all is read as the article reader reads it.
    """

    version = ARTICLE.version
    rank = 20

    def accepts(self, capture: Capture) -> bool:
        return capture.format == "page" and (_is_ministry(capture) or _TITLED.search(capture.body[:_HEAD]) is not None)

    def read(self, capture: Capture, keys: Keys) -> Reading:
        return self.read_by(None, capture, keys)

    def read_by(self, guide: Guide | None, capture: Capture, keys: Keys) -> Reading:
        reading = ARTICLE.read_by(guide, capture, keys)
        if not reading.documents:
            return reading
        article = reading.documents[0]
        page = parse_markup(decode_text(capture.body, capture.charset).text)
        lines = survey(page.tree).article if page is not None else ()
        conference = take_apart(_below_title(lines, article.title), article.title or "")
        if conference.pairs < (1 if _is_ministry(capture) else _LEAST_PAIRS):
            return reading
        return _apart(reading, article, conference, capture, keys)


def _is_ministry(capture: Capture) -> bool:
    try:
        host = (urlsplit(capture.url).hostname or "").rstrip(".")
    except ValueError:
        return False
    return any(host == name or host.endswith("." + name) for name in _MINISTRIES)


def _below_title(lines: tuple[str, ...], title: str | None) -> tuple[str, ...]:
    """What follows the title among the first lines, where it stands among them."""
    wanted = folded(title or "")
    for index, line in enumerate(lines[:8]):
        if wanted and folded(line) == wanted:
            return lines[index + 1 :]
    return lines


def _apart(reading: Reading, article: Document, conference: Conference, capture: Capture, keys: Keys) -> Reading:
    # Neither the opening nor the turns are the text that the extractors agreed on, and nothing was taken off them.
    article = replace(article, credit=None, extraction_confidence=None)
    ids = [keys.document("turn", f"{article.id}/{place}") for place in range(len(conference.turns))]
    read = folded(article.text)  # without what the article reader trimmed, such as lines of dates
    opening = "\n".join(line for line in conference.opening.split("\n") if folded(line) in read)
    # Names found on such a page are those of people who speak in it.
    head = replace(article, text=opening, bylines=(), thread_id=article.id, flags=_flags(article, "conference"))
    turns = [
        replace(
            article,
            id=own,
            kind="turn",
            title=None,
            text=turn.text,
            bylines=(turn.speaker,),
            thread_id=article.id,
            reply_to=None if turn.answers is None else ids[turn.answers],
            flags=_flags(article, turn.role),
        )
        for own, turn in zip(ids, conference.turns, strict=True)
    ]
    seen = capture.finding.collected_at or capture.fetched_at
    sightings = [
        Sighting(own, capture.id, "thread", article.id, rank, None, seen) for rank, own in enumerate(ids, start=1)
    ]
    return replace(
        reading,
        documents=(head, *turns, *reading.documents[1:]),
        sightings=(*reading.sightings, *sightings),
        removed=(),
    )


def _flags(article: Document, name: str) -> tuple[str, ...]:
    """The article's doubts without those about how its text was chosen: the turns were taken from the page itself."""
    return tuple(sorted({*article.flags, name} - {"extractors_disagree"}))


READER = Briefing()
