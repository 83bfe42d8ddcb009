"""Gather what a reader learns of one capture of posts: documents, sightings, counts, media, rejections."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from corpus.counts import read_count
from corpus.identity import Keys, mask_query
from corpus.posts.values import mask, pixels
from corpus.records import Capture, Document, Medium, Observation, Reading, Rejection, Sighting, State
from corpus.rednote.fields import string
from corpus.rednote.items import Item


@dataclass(slots=True)
class Gathered:
    """What has been read so far; of one item that stands twice in a capture the first counts."""

    capture: Capture
    keys: Keys
    platform: str
    documents: dict[str, Document] = field(default_factory=dict)
    sightings: list[Sighting] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    media: list[Medium] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)

    @property
    def seen_at(self) -> datetime:
        return self.capture.finding.collected_at or self.capture.fetched_at

    def id_of(self, native: str) -> str:
        return self.keys.document(self.platform, native)

    def mask(self, text: str) -> str:
        return mask(text, self.platform, self.keys)

    def reject(self, reason: str, detail: str | None = None, document_id: str | None = None) -> None:
        self.rejections.append(Rejection(self.capture.id, document_id, "read", reason, detail))

    def lost(self, state: State, evidence: str, native: str | None) -> None:
        """A post that is known by its id and is not shown: a rejection, and an observation of its state."""
        document_id = self.id_of(native) if native else None
        self.reject(state, evidence, document_id)
        if document_id:
            self.observations.append(
                Observation(document_id, self.capture.id, self.seen_at, state=state, evidence=evidence)
            )

    def take(self, document: Document, media: list[Medium], likes: Any, comments: Any, shares: Any) -> None:
        self.documents[document.id] = document
        self.media += media
        self.observations.append(
            Observation(
                document_id=document.id,
                capture_id=self.capture.id,
                observed_at=self.seen_at,
                likes=read_count(likes),
                comments=read_count(comments),
                shares=read_count(shares),
            )
        )

    def found(self, document_id: str) -> None:
        """As the capture was: by a tag, a query, a file. An account in a query is masked, an address left out."""
        how = self.capture.finding
        value = how.value
        if value is not None and how.found_by in ("query", "tag", "file"):
            value = mask_query(self.mask(value))
        elif how.found_by != "seed":
            value = None
        self.sightings.append(
            Sighting(document_id, self.capture.id, how.found_by, value, how.rank, how.sort_order, self.seen_at)
        )

    def found_in_thread(self, document_id: str, thread_id: str | None) -> None:
        self.sightings.append(Sighting(document_id, self.capture.id, "thread", thread_id, None, None, self.seen_at))

    def reading(self) -> Reading:
        """Never without documents and rejections: an answer that held nothing is ``empty_answer``."""
        if not self.documents and not self.rejections:
            self.reject("empty_answer")
        return Reading(
            tuple(self.documents.values()),
            tuple(self.sightings),
            tuple(self.observations),
            tuple(self.rejections),
            tuple(self.media),
        )


def medium(gathered: Gathered, document_id: str, position: int, kind: Any, alt: Any, size: Item) -> Medium | None:
    """One picture, film or sound; None where it is of no kind that is known."""
    if kind not in ("image", "video", "audio"):
        return None
    told = gathered.mask(string(alt)) or None
    return Medium(document_id, position, kind, told, pixels(size.get("width")), pixels(size.get("height")))
