"""Hold a draw against itself, its plan, its corpus and what was made of it: twelve checks, each with what was found."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from analysis.sampling import keys
from analysis.sampling.designs import order_of
from analysis.sampling.drawing import STANDALONE
from analysis.sampling.frames import commitment, design_digest, frame_digest
from analysis.sampling.freezing import rows_of
from analysis.sampling.history import DISCARDED, LOG, entries
from analysis.sampling.opened import DrawFolder
from analysis.sampling.plans import Plan
from analysis.sampling.samples import drawn_whole
from corpus.errors import HuanyingError
from corpus.strictjson import read_json
from corpus.study import Study

Outcome = Literal["ok", "failed", "not_applicable"]
Later = Callable[[Path, Study], str | None]
"""A check of what was made of a draw: what it found right, None where there is nothing to check; raises
VerificationError with what is wrong."""
NAMES = (
    "files",
    "plan and seed",
    "frame",
    "ranks",
    "selection",
    "weights",
    "flow",
    "reserves and second coding",
    "texts",
    "agreement",
    "estimates",
    "claims",
)
_PLACE = ("stratum", "wave", "rank", "unit_id", "doc_id", "N_h", "n_h", "is_reserve")
_WEIGHTS = ("lambda", "order_key", "pi_num", "pi_den", "pi", "weight", "fpc", "psu_id", "cluster_size")
_LATER = ("is_reserve", "replaces", "status", "status_reason", "double_code")


@dataclass(frozen=True, slots=True)
class Check:
    """One of the twelve, and what it found."""

    number: int
    name: str
    outcome: Outcome
    message: str

    def document(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return asdict(self)


class _Wrong(Exception):
    """A check found something wrong, which the message says."""


class _Beside(Exception):
    """There is nothing for a check to hold against."""


def verify(folder: Path, study: Study | None = None, later: Mapping[str, Later] | None = None) -> list[Check]:
    """All twelve checks of the draw in ``folder``, whatever bytes it holds; none is left out where another fails.

    With ``study`` the frame is frozen anew and the texts are read, as far as its snapshot is still here; without, the
    draw is held against its own frozen frame, and the messages say so. ``later``: by name, the checks of what was made
    of the draw (agreement, estimates, claims).
    """
    draw = DrawFolder(folder, study)
    checks: list[Callable[[], str]] = [
        lambda: _files(draw),
        lambda: _plan(draw),
        lambda: _frame(draw),
        lambda: _ranks(draw),
        lambda: _selection(draw),
        lambda: _weights(draw),
        lambda: _flow(draw),
        lambda: _reserves(draw),
        lambda: _texts(draw),
        *(_further(folder, study, (later or {}).get(name)) for name in NAMES[9:]),
    ]
    return [_outcome(number, check) for number, check in enumerate(checks, 1)]


def _outcome(number: int, check: Callable[[], str]) -> Check:
    name = NAMES[number - 1]
    try:
        return Check(number, name, "ok", check())
    except _Beside as said:
        return Check(number, name, "not_applicable", str(said))
    except _Wrong as said:
        return Check(number, name, "failed", str(said))
    except HuanyingError as error:
        return Check(number, name, "failed", f"{error.where}: {error.what}" if error.where else error.what)
    except (OSError, pa.ArrowException) as error:
        return Check(number, name, "failed", f"cannot be read: {error}")
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError) as error:
        return Check(number, name, "failed", f"not of the form of a draw: {type(error).__name__}: {error}")


def _further(folder: Path, study: Study | None, check: Later | None) -> Callable[[], str]:
    def found() -> str:
        said = check(folder, study) if check and study else None
        if said is None:
            raise _Beside("nothing of this kind was made of the draw" if study else "only within the draw's study")
        return said

    return found


def _hold(right: bool, message: str) -> None:
    if not right:
        raise _Wrong(message)


def _files(draw: DrawFolder) -> str:
    said, raw = draw.document, (draw.folder / "sample.json").read_bytes()
    _hold(keys.draw_id(said) == said["draw_id"], "sample.json was changed: draw_id is not its digest")
    _hold(raw == keys.canonical(said) + b"\n", "sample.json is not written in its one form")
    for name, facts in said["outputs"].items():
        _hold(Path(name).name == name, f"outputs names {name}, which is no file of a draw")
        made = hashlib.sha256((draw.folder / name).read_bytes()).hexdigest()
        _hold(made == facts["sha256"], f"{name} was changed: its SHA-256 is {made}, not {facts['sha256']}")
    counts = {"frame.parquet": draw.frame.num_rows, "sample.parquet": len(draw.rows)}
    _hold(
        {name: facts["rows"] for name, facts in said["outputs"].items()} == counts,
        f"rows are counted otherwise: {counts}",
    )
    others = [
        path.name
        for path in sorted(STANDALONE.glob("verify_draw.*"))
        if not (copy := draw.folder / path.name).is_file() or copy.read_bytes() != path.read_bytes()
    ]
    note = f"; {' and '.join(others)} here: not as in this version" if others else ""
    return f"{len(counts)} files and sample.json are as they were written, draw_id {said['draw_id']}{note}"


def _plan(draw: DrawFolder) -> str:
    said, plan = draw.document, draw.plan
    _hold(draw.read.sha256 == said["plan"]["sha256"], "plan.toml is not the plan that was drawn by")
    seed, second = said["seed"], plan.second_coding
    pairs = {
        "title": (said["title"], plan.plan.title),
        "plan.declared_at": (said["plan"]["declared_at"], plan.plan.declared_at.isoformat()),
        "plan.registered": (
            said["plan"]["registered"],
            plan.registered.model_dump(mode="json") if plan.registered else None,
        ),
        "population.definition": (said["population"]["definition"], plan.population.definition),
        "frame.filter": (said["frame"]["filter"], plan.frame.model_dump(mode="json", exclude={"snapshot"})),
        "estimand": (said["estimand"], plan.estimand),
        "seed.family": (seed["family"], plan.seed.family),
        "seed.public_value": (seed["public_value"], plan.seed.public_value),
        "seed.shopping_proof": (seed["shopping_proof"], bool(plan.seed.public_value)),
        "second_coding.fraction": (said["second_coding"]["fraction"], second.fraction if second else 0.0),
        "reserves": (said["reserves"], {"n": plan.reserves.n}),
        "status_rules": (said["status_rules"], plan.status_rules.model_dump()),
        "extends": (said["extends"], plan.extends.draw if plan.extends else None),
    }
    for name, (told, meant) in pairs.items():
        _hold(told == meant, f"sample.json says {name} = {told!r}, the plan {meant!r}")
    for name, meant in _designed(plan).items():
        _hold(draw.stage[name] == meant, f"sample.json says {name} = {draw.stage[name]!r}, the plan {meant!r}")
    derived = keys.seed(said["study_id"], seed["family"], seed["public_value"])
    _hold(seed["hex"] == derived, "the seed does not follow from study, family and public value")
    proof = "" if seed["public_value"] else "; no public value: not shopping-proof"
    return f"the plan is the one drawn by, and the seed follows from it{proof}; {_came_first(draw)}"


def _designed(plan: Plan) -> dict[str, Any]:
    """What the stage ``draw`` must say of the plan's design."""
    design, whole = plan.design, drawn_whole(plan.design)
    return {
        "method": design.method,
        "order": order_of(design),
        "unit": "cluster" if whole else "document",
        "stream": keys.DRAW,
        "size_column": design.size,
        "size_cap": design.size_cap,
        "rate": design.rate,
        "within": design.within if whole else None,
        "take": design.take,
    }


def _came_first(draw: DrawFolder) -> str:
    home = draw.folder.resolve().parent
    home = home.parent if home.name == DISCARDED else home
    if not (home / LOG).is_file():
        return "there is no log of draws beside it to say when the frame was frozen"
    lines = [row for row in entries(home) if row.get("draw_id") == draw.document["draw_id"]]
    _hold(bool(lines), f"{LOG} knows no draw {draw.document['draw_id']}")
    thrown = next((row for row in lines if row["event"] == "discarded"), None)
    drawn = datetime.fromisoformat(lines[0]["at"])
    aside = f"; discarded: {thrown['reason']}" if thrown else ""
    registered = draw.plan.registered
    if registered is None:
        return f"that it came first is its authors' word: it was registered with nobody (drawn {drawn:%Y-%m-%d}){aside}"
    _hold(_moment(registered.at) <= drawn, f"registered {registered.at}, only after the frame was frozen ({drawn})")
    return f"registered {registered.at} ({registered.system}, {registered.id}), the frame frozen {drawn}{aside}"


def _moment(at: date | datetime) -> datetime:
    """The earliest that a date can mean; without a zone it is UTC."""
    moment = at if isinstance(at, datetime) else datetime.combine(at, time())
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _frame(draw: DrawFolder) -> str:
    said, frame = draw.document["frame"], draw.frame
    ids = frame.column("id").to_pylist()
    _hold(ids == sorted(set(ids)), "frame.parquet: ids repeat, or are out of order")
    _hold(len(ids) == said["n"], f"the frame has {len(ids)} documents, and {said['n']} were frozen")
    _hold(frame_digest(frame) == said["frame_digest"], "the frame has other documents than were frozen")
    _hold(design_digest(frame) == said["design_digest"], "a column of the frame is not as it was frozen")
    if isinstance(draw.refrozen, str):
        return f"the digests are those of frame.parquet; by the frozen frame only: {draw.refrozen}"
    gone = _against(frame, draw.refrozen.frame, draw.plan)
    if gone:
        return f"frozen anew it is the same, but for {_documents(gone)} gone from the corpus: by the frozen frame"
    return f"frozen anew from the snapshot it is the same: {_documents(len(ids))}"


def _against(frame: pa.Table, again: pa.Table, plan: Plan) -> int:
    """Documents of the frame that are gone from the corpus; what is left must be the same. Strata by an author's volume
    change where one of his documents is gone: they stand by the frozen frame."""
    here, there = ({row["id"]: row for row in table.to_pylist()} for table in (frame, again))
    more = sorted(there.keys() - here.keys())
    _hold(not more, f"the snapshot gives {_documents(len(more))} that the frame lacks: {', '.join(more[:3])}")
    gone = here.keys() - there.keys()
    loose = {"stratum"} if gone and "author_volume" in plan.design.strata else set()
    for name, row in there.items():
        for column in row.keys() - loose:
            if row[column] != here[name][column]:
                raise _Wrong(f"{name}: {column} is not what the snapshot gives")
    return len(gone)


def _documents(n: int) -> str:
    return f"{n} document{'' if n == 1 else 's'}"


def _ranks(draw: DrawFolder) -> str:
    seed_hex, places = draw.document["seed"]["hex"], dict[tuple[Any, ...], int]()
    for row in draw.rows:
        made = keys.digest(seed_hex, keys.DRAW, row["unit_id"])
        _hold(row["digest"] == made, f"{row['doc_id']}: its digest is not that of its unit under the seed")
        _hold(row["u"] == keys.uniform(made), f"{row['doc_id']}: u is not what its digest gives")
        place = (row["stratum"], row["wave"], row["rank"])
        _hold(places.setdefault(place, row["unit_id"]) == row["unit_id"], f"{place}: one rank, two units")
    return f"the digests and u of {len(places)} units are those of the seed"


def _selection(draw: DrawFolder) -> str:
    here, there = ([tuple(row[name] for name in _PLACE) for row in rows] for rows in (draw.rows, draw.expected))
    for number, (one, other) in enumerate(zip(here, there, strict=False), 1):
        if one != other:
            name, a, b = next(pair for pair in zip(_PLACE, one, other, strict=True) if pair[1] != pair[2])
            raise _Wrong(f"row {number}, {one[4]}: drawn again, {other[4]} stands there ({name} {b!r}, not {a!r})")
    _hold(len(here) == len(there), f"{len(here)} rows, and drawn again there are {len(there)}")
    for said, cell in zip(draw.cells, draw.again.cells, strict=True):
        for name in ("stratum", "wave", "N", "n", "tau"):
            _hold(
                said[name] == getattr(cell, name), f"{name} of {cell.stratum}, wave {cell.wave}, is not what is drawn"
            )
        _hold(said["certainty"] == list(cell.certainty), f"certain units of {cell.stratum} are others")
    return f"drawn again from the frame: the same {len(here)} rows in the same order, N, n and tau of every stratum"


def _weights(draw: DrawFolder) -> str:
    expected = {row["doc_id"]: row for row in draw.expected}
    for row in draw.rows:
        other = expected.get(row["doc_id"], row)
        for name in _WEIGHTS:
            _hold(
                row[name] == other[name], f"{row['doc_id']}: {name} is {row[name]!r}, and by the design {other[name]!r}"
            )
    used = [row for row in draw.rows if row["weight"] is not None]
    if draw.plan.design.take is None and not drawn_whole(draw.plan.design) and all(row["pi_num"] for row in used):
        for cell in draw.cells:
            of = [row for row in used if (row["stratum"], row["wave"]) == (cell["stratum"], cell["wave"])]
            total = sum((Fraction(row["pi_den"], row["pi_num"]) for row in of), Fraction())
            right = not of or total == cell["N"]
            _hold(
                right, f"{cell['stratum']}, wave {cell['wave']}: weights sum to {float(total)}, not to N = {cell['N']}"
            )
    return f"chances and weights are those of the design; the weights sum to {sum(row['weight'] for row in used):.6g}"


def _flow(draw: DrawFolder) -> str:
    flow = draw.document["flow"]
    for step in flow:
        lost = sum(one["n"] for one in step["excluded"])
        _hold(step["n_in"] - lost == step["n_out"], f"{step['stage']}: {step['n_in']} - {lost} is not {step['n_out']}")
    for one, two in pairwise(flow):
        said = f"{one['stage']} leaves {one['n_out']}, and {two['stage']} begins with {two['n_in']}"
        _hold(one["n_out"] == two["n_in"], said)
    steps = [step["stage"] for step in flow]
    begin = steps.index("draw") - (draw.again.capped is not None)
    _hold(flow[begin]["n_in"] == draw.frame.num_rows, f"{steps[begin]} does not begin with the frame")
    reserves = sum(row["is_reserve"] for row in draw.rows)
    _hold(flow[-1]["n_out"] == len(draw.rows) - reserves, "the flow does not end in what was drawn")
    told = sum(one["n"] for one in flow[-1]["excluded"] if one["reason"] == "reserve")
    _hold(told == reserves, f"the flow counts {told} reserves, and there are {reserves}")
    if isinstance(draw.refrozen, str):
        return f"{len(flow)} steps add up; not counted again: {draw.refrozen}"
    if draw.frame.num_rows != draw.refrozen.frame.num_rows:
        return f"{len(flow)} steps add up; not counted again: documents are gone from the corpus"
    _hold(
        flow[:begin] == draw.refrozen.flow,
        "counted again from the snapshot, the steps before the draw give other numbers",
    )
    return f"{len(flow)} steps add up, and are the same counted again from the snapshot"


def _reserves(draw: DrawFolder) -> str:
    expected = {row["doc_id"]: row for row in draw.expected}
    for row in draw.rows:
        other = expected.get(row["doc_id"], row)
        for name in _LATER:
            said = f"{row['doc_id']}: {name} is {row[name]!r}, and by plan and order of ranks {other[name]!r}"
            _hold(row[name] == other[name], said)
    said, again = draw.document["second_coding"], draw.again.second
    _hold(said["n"] == sum(again.values()), f"{said['n']} are coded twice, and by the plan {sum(again.values())}")
    _hold(
        said["waves"] == [{"wave": wave, "n": n} for wave, n in sorted(again.items())], "second coding by wave differs"
    )
    taken = sum(row["replaces"] is not None for row in draw.rows)
    reserves, twice = (sum(row[name] for row in draw.rows) for name in ("is_reserve", "double_code"))
    return f"{taken} of {reserves} reserves taken, in order of rank; {twice} documents are coded twice"


def _texts(draw: DrawFolder) -> str:
    columns = (draw.frame.column(name).to_pylist() for name in ("id", "text_commitment"))
    frozen, here = dict(zip(*columns, strict=True)), {row["doc_id"]: row["text_commitment"] for row in draw.rows}
    for name, made in here.items():
        _hold(frozen.get(name) == made, f"{name}: the commitment to its text is not the frozen one")
    coded = _coded(draw, here)
    seen = f"; {coded} codes were given to these texts" if coded else ""
    if not draw.salts:
        return f"commitments are the frozen ones; by the frozen frame only: no salts are here{seen}"
    if isinstance(draw.snapshot, str):
        return f"commitments are the frozen ones; by the frozen frame only: {draw.snapshot}{seen}"
    right = 0
    for row in rows_of(draw.snapshot, draw.plan):
        name = row["id"]
        if name in here and name in draw.salts:
            _hold(
                commitment(draw.salts[name], row["text"] or "") == here[name], f"{name}: its text is not the one drawn"
            )
            right += 1
    gone = len(here) - right
    lost = f"; {_documents(gone)} erased, text or salt: by the frozen frame" if gone else ""
    return f"{right} texts are those that were drawn{lost}{seen}"


def _coded(draw: DrawFolder, here: Mapping[str, str]) -> int:
    """Codes given to this draw's documents; each was given to the text that was drawn."""
    count = 0
    for path in sorted(draw.study.folder.glob("coding/*/round.json")) if draw.study else ():
        if read_json(path.read_bytes())["draw_id"] != draw.document["draw_id"]:
            continue
        codes = path.with_name("codes.jsonl")
        for number, line in enumerate(codes.read_bytes().splitlines() if codes.is_file() else (), 1):
            row = read_json(line)
            right = here.get(row["doc_id"]) == row["text_commitment"]
            _hold(right, f"{path.parent.name}/{codes.name}, line {number}: {row['doc_id']} was coded by another text")
            count += 1
    return count
