"""Checks 10 to 12 of a draw: agreement and estimates are made again, and what a report claims stands among them."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from analysis.coding.codes import CODES_FILE
from analysis.coding.rounds import load_round
from analysis.estimates import concord, standing
from analysis.estimates.basis import Basis, basis_of
from analysis.estimates.claims import CODES
from analysis.estimates.intact import damage
from analysis.estimates.medians import COUNTS
from analysis.sampling.history import entries, erased_in, ids_of, samples_folder
from analysis.sampling.keys import canonical
from analysis.sampling.opened import Partly
from corpus.errors import VerificationError
from corpus.snapshot import Snapshot
from corpus.strictjson import JSONFault, read_json
from corpus.study import Study

_CLOSE = 1e-12
_MOST = 100_000
_NUMBER = re.compile("([-\N{MINUS SIGN}]?[0-9]+(?:[.]([0-9]+))?)(%)?")
_MEDIANS = ("medians",)
"""Lists that only some documents of estimates have: those that were asked for."""
Document = dict[str, Any]


def agreement(folder: Path, study: Study) -> str | None:
    """Check 10: each agreement/<round>.json of this draw, made again."""
    return _all(folder, study, concord.FOLDER, _agreement)


def _agreement(basis: Basis, said: Document) -> Document:
    times = said["resamples"]
    if not isinstance(times, int) or not 0 < times <= _MOST:  # a changed file must not make us compute for days
        raise VerificationError(f"agreement of {basis.round.name} goes by {times!r} resamples")
    return concord.agreement_of(basis, times)


def estimates(folder: Path, study: Study) -> str | None:
    """Check 11: each estimates/<round>.json of this draw, made again."""
    return _all(folder, study, standing.FOLDER, _estimates)


def _estimates(basis: Basis, said: Document) -> Document:
    counts = said.get("counts", [])
    if not isinstance(counts, list) or counts != [one for one in COUNTS if one in counts]:
        raise VerificationError(f"estimates of {basis.round.name} tell medians of {counts!r}")
    return standing.estimates_of(basis, said.get("accept_extreme_weights") is True, counts)


def claims(folder: Path, study: Study) -> str | None:
    """Check 12: each figure in a page of the report that names a claim of this draw is the figure of that claim.

    A page names it so: ``<data data-claim="ROUND/..." value="0.25">25%</data>``, the value as the estimates hold it, or
    rounded; what stands between the tags is held too, as are the bounds in a ``<span data-of="ROUND/..." data-low=""
    data-high="">``.
    """
    rounds = {path.stem: said for path, said in _standing(folder, study, standing.FOLDER)}
    figures = [one for said in rounds.values() for one in _figures(said)]
    known = {one["claim"]: one["value"] for one in figures}
    ends = {one["claim"]: (one["interval"]["low"], one["interval"]["high"]) for one in figures if one.get("interval")}
    coded = _rounds(folder, study) | rounds.keys()
    count = 0
    for path in sorted(study.report_folder.rglob("*.html")):
        page = _Page()
        page.feed(path.read_text(encoding="utf-8"))
        page.close()
        for name, value, text in page.claims:
            if name.split("/")[0] not in coded:
                continue
            if name not in known:
                raise VerificationError(f"claims {name}, which no estimate tells", where=path)
            if not _rounded(value, known[name]):
                raise VerificationError(f"claims {name} = {value}, the estimate is {known[name]!r}", where=path)
            if not _shows(text, known[name]):
                raise VerificationError(f"shows {text!r} for {name}, the estimate is {known[name]!r}", where=path)
            count += 1
        for name, said, text in page.ends:
            if name in known and not _bounds(said, text, ends.get(name)):
                raise VerificationError(f"shows {text!r} for {name}, whose bounds are {ends.get(name)}", where=path)
    return f"{count} claims of the report stand among the estimates" if count else None


LATER: Mapping[str, Callable[[Path, Study], str | None]] = {
    "agreement": agreement,
    "estimates": estimates,
    "claims": claims,
}
"""By the names of the checks, as `analysis.sampling.checking.verify` takes them."""


class _Page(HTMLParser):
    """What a page names of claims: each figure with its value and its text, each pair of bounds with the same."""

    def __init__(self) -> None:
        super().__init__()
        self.claims: list[tuple[str, str, str]] = []
        self.ends: list[tuple[str, tuple[str, str], str]] = []
        self._open: dict[str, tuple[dict[str, str | None], list[str]]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if "data-claim" in said or "data-of" in said:
            self.handle_endtag(tag)  # one that was never closed
            self._open[tag] = said, []

    def handle_data(self, data: str) -> None:
        for _, texts in self._open.values():
            texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        said, texts = self._open.pop(tag, ({}, []))
        text = "".join(texts).strip()
        if "data-claim" in said:
            self.claims.append((said["data-claim"] or "", said.get("value") or "", text))
        if "data-of" in said:
            self.ends.append((said["data-of"] or "", (said.get("data-low") or "", said.get("data-high") or ""), text))

    def close(self) -> None:
        super().close()
        for tag in list(self._open):
            self.handle_endtag(tag)


def _rounded(told: str, value: float) -> bool:
    """Whether ``told`` is ``value``, to as many decimals as it has."""
    try:
        number = float(told)
    except ValueError:
        return False
    decimals = len(told.partition(".")[2])
    near = decimals >= 2 and told.lstrip("-").replace(".", "").isdigit()
    return number == value or (near and abs(number - value) <= 0.5 * 10.0**-decimals + _CLOSE)


def _shows(text: str, value: float) -> bool:
    """Whether what a reader sees is ``value``: as percent, to as many decimals as it has; else with two at least."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return False
    number, decimals = float(found[1].replace("\N{MINUS SIGN}", "-")), len(found[2] or "")
    if found[3]:
        return abs(number - 100 * value) <= 0.5 * 10.0**-decimals + _CLOSE * 100
    return number == value or (decimals >= 2 and abs(number - value) <= 0.5 * 10.0**-decimals + _CLOSE)


def _bounds(said: tuple[str, str], text: str, ends: tuple[float, float] | None) -> bool:
    """Whether what a page says and shows of an interval are the bounds of the claim, and nothing else."""
    shown = [found[0] for found in _NUMBER.finditer(text)]
    if ends is None or len(shown) != len(ends):
        return False
    return all(_rounded(one, end) and _shows(other, end) for one, other, end in zip(said, shown, ends, strict=True))


def _rounds(folder: Path, study: Study) -> set[str]:
    ids = _ids(folder, study)
    paths = study.folder.glob("coding/*/round.json")
    return {path.parent.name for path in paths if read_json(path.read_bytes())["draw_id"] in ids}


def _ids(folder: Path, study: Study) -> frozenset[str]:
    return ids_of(samples_folder(study), read_json((folder / "sample.json").read_bytes())["draw_id"])


def _standing(folder: Path, study: Study, kind: str) -> Iterator[tuple[Path, Document]]:
    """What stands on disk of this draw's rounds: by the round's draw, so that a file cannot say itself out of a check."""
    ids = _ids(folder, study)
    own = _rounds(folder, study)
    for path in sorted((study.folder / kind).glob("*.json")):
        raw = path.read_bytes()
        try:
            said = read_json(raw)
        except JSONFault as error:
            raise VerificationError(f"is no JSON: {error}", where=path) from error
        if path.stem not in own and not (isinstance(said, dict) and said.get("draw_id") in ids):
            continue
        _check_form(path, said, kind)
        if raw != canonical(said) + b"\n":
            raise VerificationError("is not written in its one form", where=path)
        yield path, said


def _check_form(path: Path, said: Any, kind: str) -> None:
    """Raise VerificationError where a document lacks what it is read by."""
    lists = ("claims", "robustness", *_MEDIANS) if kind == standing.FOLDER else ("agreement",)
    sound = isinstance(said, dict) and all(isinstance(said.get(name), dict) for name in ("labels", "codes"))
    sound = sound and "snapshot_id" in said["labels"] and isinstance(said["codes"].get("rows"), int)
    sound = sound and all(
        isinstance(said.get(name), list) and all(isinstance(one, dict) for one in said[name])
        for name in lists
        if name in said or name not in _MEDIANS
    )
    if sound and kind == standing.FOLDER:
        sound = all(isinstance(one.get("claim"), str) and isinstance(one.get("value"), float) for one in _figures(said))
    if not sound:
        raise VerificationError(f"is no document of {kind}", where=path, hint=f"write it anew: {_AGAIN[kind]}")


def _figures(said: Document) -> list[Document]:
    """All that a document of estimates claims."""
    return [*said["claims"], *said["robustness"], *said.get("medians", [])]


def _check_age(path: Path, said: Document, folder: Path, study: Study, kind: str) -> None:
    """Raise VerificationError where a document is of an earlier version of a draw that was revised since."""
    now = read_json((folder / "sample.json").read_bytes())["draw_id"]
    if said.get("draw_id") != now and said.get("draw_id") in _ids(folder, study):
        raise VerificationError(
            "was made before its draw was revised", where=path, hint=f"`{_AGAIN[kind]} {path.stem}` makes it anew"
        )


_AGAIN = {standing.FOLDER: "huanying estimate", concord.FOLDER: "huanying agree"}


def _all(folder: Path, study: Study, kind: str, make: Callable[[Basis, Document], Document]) -> str | None:
    told, partly = [], False
    for path, said in _standing(folder, study, kind):
        _check_age(path, said, folder, study, kind)
        name, used = str(said["labels"]["snapshot_id"]), said["labels"]["snapshot_id"] is not None
        place = study.corpus_folder / "snapshots" / name
        lost = _lost(study, path.stem, place) if used else None
        snapshot = Snapshot(place) if used and not lost else None
        basis = basis_of(study, path.stem, folder, said["codes"]["rows"], snapshot)
        if said["codes"].get("sha256") != basis.codes["sha256"]:
            of = f"the first {said['codes']['rows']} rows of {basis.round.folder.name}/{CODES_FILE}"
            raise VerificationError(f"its codes.sha256 is not that of {of}: one of the two was changed", where=path)
        again, note = make(basis, said), ""
        if lost:
            said, again = _by_codes(said), _by_codes(again)
            note = f", by codes alone: the snapshot {name} {lost}"
        elif any(one.learned is None for one in basis.labels.values()) and _differs(said, again, ""):
            said, again = _by_codes(said), _by_codes(again)
            note = ", by codes alone: what labels were learned from cannot be told here"
        if said.keys() != again.keys():
            raise VerificationError(
                "has other fields than this version writes",
                where=path,
                hint=f"`{_AGAIN[kind]} {path.stem}` writes it anew",
            )
        if where := _differs(said, again, ""):
            raise VerificationError(f"was changed: {where}", where=path)
        partly |= bool(note)
        told.append(f"{path.stem} made again{note}")
    return (Partly if partly else str)("; ".join(told)) if told else None


def _lost(study: Study, round_: str, place: Path) -> str | None:
    """Why the labels of a snapshot cannot be asked: it is gone, or not as it was built since texts were erased."""
    if place.parent.name != "snapshots" or not place.is_dir():
        return "is no longer here"
    fault = damage(Snapshot(place), load_round(study, round_).scheme)
    erased = fault and fault.fewer and erased_in(entries(samples_folder(study)))
    return "is, since an erasure, not as it was built" if erased else None


def _by_codes(said: Document) -> Document:
    """What a document says without labels and what only their snapshot tells."""
    without = ("labels", "not_estimated", "robustness", "not_varied", "medians")
    kept = {name: value for name, value in said.items() if name not in without}
    if "claims" in kept:
        kept["claims"] = [one for one in kept["claims"] if one["by"] == CODES]
    if "agreement" in kept:
        kept["agreement"] = [one for one in kept["agreement"] if one["between"] == concord.CODERS]
    return kept


def _differs(said: Any, made: Any, where: str) -> str | None:
    """The first place at which two documents differ by more than 1e-12, and how; null where none does."""
    if isinstance(said, dict) and isinstance(made, dict):
        if said.keys() != made.keys():
            return f"{where or 'it'} has other fields: {', '.join(sorted(said.keys() ^ made.keys()))}"
        pairs = [(f"{where}.{name}" if where else name, said[name], made[name]) for name in sorted(said)]
    elif isinstance(said, list) and isinstance(made, list):
        if len(said) != len(made):
            return f"{where} has {len(said)} entries, made again {len(made)}"
        pairs = [(_place(where, n, one), one, other) for n, (one, other) in enumerate(zip(said, made, strict=True))]
    elif isinstance(said, float) and isinstance(made, float):
        same = math.isclose(said, made, rel_tol=_CLOSE, abs_tol=_CLOSE)
        return None if same else f"{where} is {said!r}, made again {made!r}"
    else:
        return None if said == made and type(said) is type(made) else f"{where} is {said!r}, made again {made!r}"
    return next((found for one in pairs if (found := _differs(one[1], one[2], one[0]))), None)


def _place(where: str, number: int, one: Any) -> str:
    named = one.get("claim") if isinstance(one, dict) else None
    return f"{where}[{named or number}]"
