"""Read a feed or sitemap as what it is: a list of sightings of pages, and no document."""

from corpus.answers import refusal
from corpus.identity import Keys
from corpus.listings import Listing, read_listing
from corpus.records import Capture, FoundBy, Reading, Rejection, Sighting


class FeedReader:
    """One sighting for each page listed, at its rank from 1, and one rejection that accounts for the capture.

    Reasons: ``listing``; ``broken_listing`` where nothing could be read of it, or not to its end; else as `refusal`.
    """

    version = "1"
    rank = 0

    def accepts(self, capture: Capture) -> bool:
        return capture.format == "feed"

    def read(self, capture: Capture, keys: Keys) -> Reading:
        why = refusal(capture)
        if why:
            return Reading(rejections=(Rejection(capture.id, None, "read", *why),))
        listing = read_listing(capture.body, capture.url)
        broken = {"not_a_listing", "malformed"} & set(listing.faults)
        rejection = Rejection(capture.id, None, "read", "broken_listing" if broken else "listing", _detail(listing))
        return Reading(sightings=_sightings(listing, capture, keys), rejections=(rejection,))


def _sightings(listing: Listing, capture: Capture, keys: Keys) -> tuple[Sighting, ...]:
    found_by: FoundBy = "sitemap" if listing.kind in ("sitemap", "index") else "feed"
    seen = capture.finding.collected_at or capture.fetched_at
    entries = listing.entries
    if "malformed" in listing.faults and not capture.body.rstrip().endswith(b">"):
        entries = entries[:-1]  # the file was cut, and with it, it may be, the last address
    found = []
    for rank, entry in enumerate(entries, start=1):
        if entry.nested:
            continue
        try:
            document_id = keys.page(entry.url)
        except ValueError:
            continue
        found.append(Sighting(document_id, capture.id, found_by, capture.url, rank, None, seen))
    return tuple(found)


def _detail(listing: Listing) -> str | None:
    parts = [*listing.faults, *([f"{listing.dropped} entries without an address"] if listing.dropped else [])]
    return ", ".join(parts) or None


READER = FeedReader()
