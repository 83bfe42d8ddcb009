"""Checks 3 and 9 of a draw: frame and texts are those of the corpus that it was frozen from."""

from collections.abc import Mapping

import pyarrow as pa

from analysis.sampling.frames import commitment, design_digest, frame_digest
from analysis.sampling.freezing import rows_of
from analysis.sampling.opened import DrawFolder, Wrong, hold
from analysis.sampling.plans import Plan
from corpus.strictjson import read_json


def frame(draw: DrawFolder) -> str:
    said, frame = draw.document["frame"], draw.frame
    ids = frame.column("id").to_pylist()
    hold(ids == sorted(set(ids)), "frame.parquet: ids repeat, or are out of order")
    hold(len(ids) == said["n"], f"the frame has {len(ids)} documents, and {said['n']} were frozen")
    hold(frame_digest(frame) == said["frame_digest"], "the frame has other documents than were frozen")
    hold(design_digest(frame) == said["design_digest"], "a column of the frame is not as it was frozen")
    if isinstance(draw.refrozen, str):
        return f"the digests are those of frame.parquet; by the frozen frame only: {draw.refrozen}"
    gone = _against(frame, draw.refrozen.frame, draw.plan)
    if gone:
        return f"frozen anew it is the same, but for {documents_of(gone)} gone from the corpus: by the frozen frame"
    return f"frozen anew from the snapshot it is the same: {documents_of(len(ids))}"


def _against(frame: pa.Table, again: pa.Table, plan: Plan) -> int:
    """Documents of the frame that are gone from the corpus; what is left must be the same. Strata by an author's volume
    change where one of his documents is gone: they stand by the frozen frame."""
    here, there = ({row["id"]: row for row in table.to_pylist()} for table in (frame, again))
    more = sorted(there.keys() - here.keys())
    hold(not more, f"the snapshot gives {documents_of(len(more))} that the frame lacks: {', '.join(more[:3])}")
    gone = here.keys() - there.keys()
    loose = {"stratum"} if gone and "author_volume" in plan.design.strata else set()
    for name, row in there.items():
        for column in row.keys() - loose:
            if row[column] != here[name][column]:
                raise Wrong(f"{name}: {column} is not what the snapshot gives")
    return len(gone)


def texts(draw: DrawFolder) -> str:
    columns = (draw.frame.column(name).to_pylist() for name in ("id", "text_commitment"))
    frozen, here = dict(zip(*columns, strict=True)), {row["doc_id"]: row["text_commitment"] for row in draw.rows}
    for name, made in here.items():
        hold(frozen.get(name) == made, f"{name}: the commitment to its text is not the frozen one")
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
            hold(
                commitment(draw.salts[name], row["text"] or "") == here[name], f"{name}: its text is not the one drawn"
            )
            right += 1
    gone = len(here) - right
    lost = f"; {documents_of(gone)} erased, text or salt: by the frozen frame" if gone else ""
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
            hold(right, f"{path.parent.name}/{codes.name}, line {number}: {row['doc_id']} was coded by another text")
            count += 1
    return count


def documents_of(n: int) -> str:
    return f"{n} document{'' if n == 1 else 's'}"
