"""The nouns of the house: frozen records that every room passes on and none changes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

How = Literal["http", "rendered", "import"]
Kind = Literal["article", "post", "comment", "turn"]
"""``turn``: a question, an answer or another turn of speech within a conference or an interview."""
Precision = Literal["second", "minute", "hour", "day", "month", "year"]
State = Literal["live", "edited", "gone", "blocked", "private", "unknown"]
FoundBy = Literal["seed", "feed", "sitemap", "link", "query", "tag", "account", "file", "thread", "archive", "recheck"]
"""``recheck``: it was known already, and looked at again."""


@dataclass(frozen=True, slots=True)
class Source:
    """Who publishes, or keeps what others published: a news outlet, a platform, a web archive. `owner_source` and
    `owner_as_of` say where its class comes from."""

    id: str
    name: str
    kind: Literal["news", "platform", "archive"]
    owner: Literal["state", "public", "private", "party", "movement"]
    owner_as_of: str
    owner_source: str
    base_country: str
    languages: tuple[str, ...]
    homepage: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """How a capture came to be asked for, and what whoever listed it said of it. All but `found_by` may be unknown."""

    found_by: FoundBy
    value: str | None = None
    """The query, tag, feed address, account pseudonym, linking page, file name or web archive."""
    rank: int | None = None
    sort_order: str | None = None
    collected_at: datetime | None = None
    title: str | None = None
    published_raw: str | None = None


@dataclass(frozen=True, slots=True)
class Permission:
    """By which rule a capture was allowed."""

    decision: str
    """``allowed`` by robots.txt, ``no-robots`` (404, 410), ``own-capture`` (an import) ..."""
    rule: str | None = None
    robots_digest: str | None = None


@dataclass(frozen=True, slots=True)
class Capture:
    """Bytes as they came, and how: one archive entry. `fetched_at` is UTC; `body` is decoded of transfer and content coding."""

    id: str
    source_id: str
    url: str
    fetched_at: datetime
    status: int
    media_type: str
    charset: str | None
    body: bytes
    how: How
    format: str
    """What the body is, so that a reader can be chosen: ``page``, ``feed``, ``robots``, ``zeeschuimer``, ``text`` ..."""
    payload_digest: str
    finding: Finding
    permission: Permission
    location: str | None
    """Target of a redirect."""
    problems: tuple[str, ...]
    """What was wrong with the bytes: ``payload_incomplete``, ``truncated`` ...; ``unconditional``: a 304 to a request
    that named nothing it could be the same as; ``collected_at_unknown``: `fetched_at` is only when a file was written."""
    warc_path: str
    warc_offset: int


@dataclass(frozen=True, slots=True)
class Document:
    """One text by one author: an article, a post, a comment, a turn of speech. Never rewritten; null means not known, never zero."""

    id: str
    source_id: str
    kind: Kind
    url: str | None
    title: str | None
    text: str
    published_at: datetime | None = None
    edited_at: datetime | None = None
    published_precision: Precision | None = None
    published_raw: str | None = None
    zone_assumed: str | None = None
    author_key: str | None = None
    bylines: tuple[str, ...] = ()
    """Names under which a news article was published, or who speaks in a turn, as printed; empty for posts and comments."""
    credit: str | None = None
    """The news agency that a news article is credited to, as printed."""
    is_thread_author: bool | None = None
    ip_location_raw: str | None = None
    ip_location_level: Literal["province", "country", "unknown"] | None = None
    ip_location_of: Literal["author", "document"] | None = None
    reply_to: str | None = None
    thread_id: str | None = None
    hashtags: tuple[str, ...] = ()
    note_type: str | None = None
    language: str | None = None
    language_shares: tuple[tuple[str, float], ...] = ()
    translated_by: str | None = None
    extraction_confidence: float | None = None
    """How far the extractors agree on the text of a news article, 0 to 1; null where none had to choose."""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sighting:
    """One way in which a document was found, as often as it was found."""

    document_id: str
    capture_id: str
    found_by: FoundBy
    value: str | None = None
    rank: int | None = None
    sort_order: str | None = None
    collected_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """A number as a platform prints it: ``1.2万``, ``10+``. `low` and `high` bound what it can mean; null is unknown."""

    value: int | None
    low: int | None
    high: int | None
    raw: str | None


UNKNOWN_COUNT = Count(None, None, None, None)


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen of a document at one moment: its counts and its state, with the evidence for the state."""

    document_id: str
    capture_id: str
    observed_at: datetime
    likes: Count = UNKNOWN_COUNT
    collects: Count = UNKNOWN_COUNT
    comments: Count = UNKNOWN_COUNT
    shares: Count = UNKNOWN_COUNT
    state: State = "live"
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Medium:
    """A picture, film or sound beside a document's text: that it is there, and what is said of it. Neither address nor file."""

    document_id: str
    position: int
    """From 0, in the order shown."""
    kind: Literal["image", "video", "audio"]
    alt: str | None = None
    """The description that its author or publisher wrote."""
    width: int | None = None
    """Pixels, as declared."""
    height: int | None = None


@dataclass(frozen=True, slots=True)
class RemovedLine:
    """A line that a rule took off an article's text. Those of a document put at their places among the lines of its text
    give back what was extracted. `line` is null for comments by readers: they are counted, and not kept."""

    document_id: str
    position: int
    """From 0, among all lines as extracted."""
    rule: str
    line: str | None


@dataclass(frozen=True, slots=True)
class Tokens:
    """A document's text cut into tokens. Offsets count Unicode code points of `Document.text`; lists are parallel."""

    document_id: str
    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    kinds: tuple[str, ...]
    """word, number, punctuation, emoji, platform_emoji (``[笑哭R]``), hashtag, mention, url, other."""
    sentence_starts: tuple[int, ...]
    """Offset of the first token of each sentence."""
    lemmas: tuple[str | None, ...] | None
    pos: tuple[str | None, ...] | None
    pos_scheme: str | None
    segmenter: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """A capture, or an item within one, that became no document: at which stage, for which reason."""

    capture_id: str
    document_id: str | None
    stage: str
    reason: str
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that a reader learns from one capture."""

    documents: tuple[Document, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    observations: tuple[Observation, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    media: tuple[Medium, ...] = ()
    removed: tuple[RemovedLine, ...] = ()
