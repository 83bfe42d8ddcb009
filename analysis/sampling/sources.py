"""Checks 3 and 9 of a draw: frame and texts are those of the corpus that it was frozen from."""

from collections.abc import Iterator, Mapping, Set

from analysis.sampling.coded import odd_row
from analysis.sampling.drawing import Parent
from analysis.sampling.frames import commitment, design_digest, frame_digest, salt
from analysis.sampling.freezing import rows_of
from analysis.sampling.grounds import moved
from analysis.sampling.history import ids_of, samples_folder
from analysis.sampling.opened import DrawFolder, Partly, Row, Wrong, hold
from corpus.strictjson import read_json


def frame(draw: DrawFolder) -> str:
    said, frame = draw.document["frame"], draw.frame
    ids = frame.column("id").to_pylist()
    strange = {row["snapshot_id"] for row in draw.rows} - {said["snapshot_id"]}
    hold(not strange, f"sample.json says snapshot_id is {said['snapshot_id']!r}, sample.parquet {sorted(strange)}")
    hold(ids == sorted(set(ids)), "frame.parquet: ids repeat, or are out of order")
    hold(len(ids) == said["n"], f"the frame has {len(ids)} documents, and {said['n']} were frozen")
    hold(frame_digest(frame) == said["frame_digest"], "the frame has other documents than were frozen")
    hold(design_digest(frame) == said["design_digest"], "a column of the frame is not as it was frozen")
    if isinstance(draw.refrozen, str):
        return Partly(f"the digests are those of frame.parquet; by the frozen frame only: {draw.refrozen}")
    draw.hold_documents()
    here, there = ({row["id"]: row for row in table.to_pylist()} for table in (frame, draw.refrozen.frame))
    more = sorted(there.keys() - here.keys())
    hold(not more, f"the snapshot gives {documents_of(len(more))} that the frame lacks: {', '.join(more[:3])}")
    gone = _gone(draw, here.keys() - there.keys(), draw.refrozen.missing)
    other = _other_key(draw, here, there)
    _same(here, there, _loose(draw, gone, other))
    told = "; ".join(_told(draw, len(ids), gone, other))
    return Partly(told) if gone or other or draw.damage else told


def _gone(draw: DrawFolder, gone: Set[str], missing: int) -> int:
    """Documents of the frame that are erased; none may be gone for another reason."""
    for name in sorted(gone):
        hold(name in draw.erased, f"{name} is not in the snapshot, and no erasure of it is on record: it was made up")
        hold(name not in draw.salts, f"{name}: its text was erased, and its salt was not")
    hold(len(gone) <= missing, f"{documents_of(len(gone))} are said to be erased, and the snapshot lacks {missing}")
    return len(gone)


def _loose(draw: DrawFolder, gone: int, other: bool) -> set[str]:
    """Columns that stand by the frozen frame: strata by an author's volume change where one of his documents is gone, and
    commitments need the study's key."""
    loose = {"stratum"} if gone and "author_volume" in draw.plan.design.strata else set[str]()
    return loose | ({"text_commitment"} if other else set())


def _same(here: Mapping[str, Row], there: Mapping[str, Row], loose: set[str]) -> None:
    for name, row in there.items():
        for column in row.keys() - loose:
            if row[column] != here[name][column]:
                raise Wrong(f"{name}: {column} is not what the snapshot gives")


def _told(draw: DrawFolder, documents: int, gone: int, other: bool) -> Iterator[str]:
    if gone:
        yield f"frozen anew it is the same, but for {documents_of(gone)} erased, on record: by the frozen frame"
    else:
        yield f"frozen anew from the snapshot it is the same: {documents_of(documents)}"
    if draw.damage:
        yield "since an erasure the snapshot is not as it was built"
    if other:
        here = "not here" if draw.secret is None else "not the one that it was drawn with"
        yield f"commitments not held: the study key is {here}"
    if draw.study:
        yield from moved(draw.ground, draw.study, draw.plan)


def _other_key(draw: DrawFolder, here: Mapping[str, Row], there: Mapping[str, Row]) -> bool:
    """Whether the study's key is not here or is another than the draw's: with another, no salt at all is its own."""
    if draw.secret is None:
        return True
    old = set(draw.parent.frame.column("id").to_pylist()) if isinstance(draw.parent, Parent) else set()
    fresh = there.keys() - old
    other = bool(fresh) and all(there[name]["text_commitment"] != here[name]["text_commitment"] for name in fresh)
    for name, made in draw.salts.items():
        right = salt(draw.secret, name) == made
        hold(right or other, f"salts.parquet: the salt of {name} was altered: it is not that of the study key")
        hold(not right or not other, f"{name}: its salt is that of the study key, and the commitments are not")
    return other


def texts(draw: DrawFolder) -> str:
    columns = (draw.frame.column(name).to_pylist() for name in ("id", "text_commitment"))
    frozen, here = dict(zip(*columns, strict=True)), {row["doc_id"]: row["text_commitment"] for row in draw.rows}
    for name, made in here.items():
        hold(frozen.get(name) == made, f"{name}: the commitment to its text is not the frozen one")
    coded = _coded(draw, here)
    seen = f"; {coded} codes were given to these texts" if coded else ""
    if not (draw.folder / "salts.parquet").is_file():
        return Partly(f"commitments are the frozen ones; by the frozen frame only: no salts are here{seen}")
    if isinstance(draw.snapshot, str):
        return Partly(f"commitments are the frozen ones; by the frozen frame only: {draw.snapshot}{seen}")
    right = 0
    for row in rows_of(draw.snapshot, draw.ground.zone):
        name = row["id"]
        if name in here:
            lone = name not in draw.salts
            hold(not lone or name in draw.erased, f"{name}: its salt is not here, and no erasure of it is on record")
            if lone:
                continue
            hold(
                commitment(draw.salts[name], row["text"] or "") == here[name], f"{name}: its text is not the one drawn"
            )
            right += 1
    draw.hold_documents()
    gone = len(here) - right
    lost = f"; {documents_of(gone)} erased, text or salt: by the frozen frame" if gone else ""
    told = f"{right} texts are those that were drawn{lost}{seen}"
    return Partly(told) if gone else told


def _coded(draw: DrawFolder, here: Mapping[str, str]) -> int:
    """Codes given to this draw's documents; each belongs to its round, and was given to the text that was drawn."""
    if draw.study is None:
        return 0
    count, ids = 0, ids_of(samples_folder(draw.study), draw.document["draw_id"])
    for path in sorted(draw.study.folder.glob("coding/*/round.json")):
        made = read_json(path.read_bytes())
        if made["draw_id"] not in ids:
            continue
        stood = made.get("made_from", {}).get("snapshot_id", draw.document["frame"]["snapshot_id"])
        right = stood == draw.document["frame"]["snapshot_id"]
        hold(right, f"{path.parent.name}/{path.name}: was given out from another snapshot than the draw's, {stood}")
        for unit in made["units"]:
            right = here.get(unit["doc_id"]) == unit["text_commitment"]
            hold(right, f"{path.parent.name}/{path.name}: {unit['doc_id']} was given out with another text")
        codes = path.with_name("codes.jsonl")
        rows = [read_json(line) for line in codes.read_bytes().splitlines()] if codes.is_file() else []
        odd = odd_row(rows, made)
        hold(odd is None, f"{path.parent.name}/{codes.name}, {odd}")
        count += len(rows)
    return count


def documents_of(n: int) -> str:
    return f"{n} document{'' if n == 1 else 's'}"
