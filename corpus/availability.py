"""Tell for every article and post, check by check, whether it was still to be had: from all that was ever captured of it."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from corpus.mute import Mute

_KINDS = pa.array(["article", "post"])
_THERE = frozenset({"live", "edited"})
_TELLING = frozenset({"live", "edited", "gone", "private"})
"""``blocked`` and ``unknown`` tell nothing of the document."""
_OTHER_FORM = "text differs from that of another kind of capture"
DIFF_SIGNS = 4000
_DIFF_LINES = 2000
Row = dict[str, Any]
Form = tuple[str, str, bool]
"""How a capture was made, its format, and whether it came whole: texts of different forms differ without an edit."""


@dataclass(slots=True)
class Check:
    """One look at one document. `row` is the number of its reading among all readings, where it showed its text."""

    at: datetime
    capture_id: str
    state: str
    evidence: str | None = None
    digest: str | None = None
    row: int | None = None
    form: Form | None = None
    diff: str | None = None


@dataclass(slots=True)
class Checks:
    """All looks at all documents, in their order; and readings that are no text of their document."""

    of: dict[str, list[Check]] = field(default_factory=dict)
    impostors: set[int] = field(default_factory=set)

    def rows(self, documents: Iterable[Row]) -> list[Row]:
        """Rows of the table ``availability``; ``documents`` have id, source_id and kind."""
        return [
            {
                "document_id": document,
                "checked_at": one.at,
                "capture_id": one.capture_id,
                "state": one.state,
                "evidence": one.evidence,
                "text_digest": one.digest,
                "diff": one.diff,
            }
            for document in sorted(row["id"] for row in documents)
            for one in self.of[document]
        ]

    def tombstones(self, documents: Iterable[Row]) -> list[Row]:
        """Rows of the table ``tombstones``: of those ``documents`` of which the last that is known is that they are gone."""
        return [stone for row in sorted(documents, key=lambda row: str(row["id"])) if (stone := self._tombstone(row))]

    def _tombstone(self, about: Row) -> Row | None:
        told = [one for one in self.of[about["id"]] if one.state in _TELLING]
        if not told or told[-1].state != "gone":
            return None
        live = [number for number, one in enumerate(told) if one.state in _THERE]
        since = told[live[-1] + 1 :] if live else told
        return {
            "document_id": about["id"],
            "source_id": about["source_id"],
            "kind": about["kind"],
            "state": "gone",
            "last_live_at": told[live[-1]].at if live else None,
            "gone_by": since[0].at,
            "evidence": told[-1].evidence,
        }


def checks_of(read: Mapping[str, pa.Table]) -> Checks:
    """Every check that the tables of a build hold, whatever the order of their rows.

    A document was ``live`` when a capture shows it, and ``edited`` when its text is no longer that of the capture of
    the same form before (white space, case and punctuation apart). What a capture that shows no document tells of it is
    an observation, or follows from its answer (`answers.state_of`). A page that has taken the place of several pages,
    the same at each, is no text of any of them: ``unknown``. A capture of which nobody knows when it was made is no
    look at anything: that its file was written, or copied, some day says nothing of the page on that day.
    """
    readings = read["documents"]
    numbers = pc.indices_nonzero(pc.is_in(readings.column("kind"), value_set=_KINDS))
    shown = readings.select(_READING).take(numbers)
    captures = _captures(read["captures"], shown.column("capture_id"))
    undated = _undated(read["captures"])
    found: dict[str, dict[str, Check]] = {}
    rows = shown.to_pylist()
    for number, row in zip(numbers.to_pylist(), rows, strict=True):
        capture = captures[row["capture_id"]]
        checked = found.setdefault(row["id"], {})
        if capture["id"] in undated:
            continue
        check = Check(row["fetched_at"], capture["id"], "live", form=_form(capture))
        if row["characters"]:
            check.digest, check.row = row["text_digest"], number
        before = checked.get(check.capture_id)
        if before is None or (before.digest or "") < (check.digest or ""):
            checked[check.capture_id] = check
    _add_observed(found, read["observations"], undated)
    for document, capture_id, at, state, evidence in Mute(captures, read["rejections"], rows).told():
        if capture_id not in undated:
            found[document].setdefault(capture_id, Check(at, capture_id, state, evidence))
    checks = Checks({name: sorted(of.values(), key=lambda one: (one.at, one.capture_id)) for name, of in found.items()})
    _compare(checks, {row["id"]: row["source_id"] for row in rows}, readings.column("text"))
    return checks


_READING = ["id", "source_id", "url", "fetched_at", "capture_id", "text_digest", "characters"]
_CAPTURE = ["id", "url", "original_url", "fetched_at", "collected_at", "status", "how", "format", "problems", "outcome"]
_OBSERVED = ["document_id", "capture_id", "observed_at", "state", "evidence"]


def _captures(table: pa.Table, read: pa.ChunkedArray) -> dict[str, Row]:
    """Those that were read, and every capture of a page."""
    of_page = pc.fill_null(pc.equal(table.column("format"), "page"), False)
    wanted = pc.or_(of_page, pc.is_in(table.column("id"), value_set=read.combine_chunks()))
    return {row["id"]: row for row in table.select(_CAPTURE).filter(wanted).to_pylist()}


def _undated(table: pa.Table) -> frozenset[str]:
    """Captures of which it is not known when they were made: not even by the web archive that held the page."""
    rows = table.select(["id", "collected_at", "problems"]).filter(pc.is_null(table.column("collected_at")))
    flat = rows.column("problems").combine_chunks()
    where = pc.list_parent_indices(flat).filter(pc.equal(pc.list_flatten(flat), "collected_at_unknown"))
    return frozenset(rows.column("id").take(where).to_pylist())


def _form(capture: Row) -> Form:
    return capture["how"], capture["format"], not capture["problems"]


def _add_observed(found: dict[str, dict[str, Check]], observations: pa.Table, undated: frozenset[str]) -> None:
    """What readers say of a state; of what they show it is known already that it is live."""
    says = pc.or_(pc.not_equal(observations.column("state"), "live"), pc.is_valid(observations.column("evidence")))
    for row in sorted(observations.select(_OBSERVED).filter(says).to_pylist(), key=lambda row: str(row["evidence"])):
        document, capture = row["document_id"], row["capture_id"]
        shown = found.get(document, {}).get(capture)
        if document not in found or capture in undated or (row["state"] == "live" and shown is not None):
            continue
        at = row["observed_at"] if shown is None else shown.at
        found[document][capture] = Check(at, capture, row["state"], row["evidence"])


def _compare(checks: Checks, sources: Mapping[str, str], texts: pa.ChunkedArray) -> None:
    """Tell what was edited, and what is another page in the place of several."""
    swapped = _swapped(checks, sources)
    for document, of in checks.of.items():
        last: dict[Form, Check] = {}
        shown: set[str] = set()
        for one in of:
            if one.digest is None or one.row is None or one.form is None:
                continue
            others = swapped.get((sources[document], one.digest), 0)
            if others and shown and one.digest not in shown:
                one.state, one.evidence = "unknown", f"the same page as at {others} other addresses"
                checks.impostors.add(one.row)
                one.digest = None
                continue
            before = last.get(one.form)
            if before is not None and before.row is not None and before.digest != one.digest:
                one.state, one.evidence = "edited", "text differs"
                one.diff = diff_of(texts[before.row].as_py(), texts[one.row].as_py())
            elif before is None and shown and one.digest not in shown:
                one.evidence = _OTHER_FORM
            last[one.form] = one
            shown.add(one.digest)


def _swapped(checks: Checks, sources: Mapping[str, str]) -> dict[tuple[str, str], int]:
    """Source and digest of texts that came in the place of different texts at several addresses: at how many others."""
    came: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for document, of in checks.of.items():
        last: dict[Form, str] = {}
        for one in of:
            if one.digest is None or one.form is None:
                continue
            before = last.get(one.form)
            if before is not None and before != one.digest:
                came.setdefault((sources[document], one.digest), set()).add((document, before))
            last[one.form] = one.digest
    return {
        key: len({document for document, _ in places}) - 1
        for key, places in came.items()
        if len({document for document, _ in places}) > 1 and len({before for _, before in places}) > 1
    }


def diff_of(before: str, after: str) -> str:
    """Lines removed (``-``) and added (``+``), a line around them, and where (``@@``), white space apart; at most
    `DIFF_SIGNS` code points."""
    lines = difflib.unified_diff(_lines(before), _lines(after), n=1, lineterm="")
    text = "\n".join(list(lines)[2:])
    return text if 0 < len(text) <= DIFF_SIGNS else f"{text[:DIFF_SIGNS]}\n…"


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()][:_DIFF_LINES]
