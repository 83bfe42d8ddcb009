"""Measure all annotators: each alone and all together on one core, then a whole corpus beside its segmentation alone.

``python -m benchmarks.annotating [COMMENTS ...]``: sizes to run, by default 50,000 and 405,000; the last, with 1,862 posts, is
the size of the largest published study of the event.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from analysis.annotate import annotators
from analysis.annotators import Passage
from benchmarks.build import COMMENTS, POSTS, STUDY, timed
from benchmarks.comments import lines
from corpus.snapshot import Snapshot, latest
from corpus.stages.cut import Text
from corpus.stages.segment import Segmenter
from corpus.study import load_study

SIZES = (50_000, 405_000)
ALONE = 10_000
ROUNDS = 3
ROOT = Path(__file__).resolve().parent.parent
CODEBOOKS = ("codebook.toml", "stance.toml", "emotions.toml", "entities.toml", "glossary.toml")


def rates(passages: list[Passage]) -> Iterator[str]:
    """Comments a second of processor time, one process; the annotators take turns, best of the rounds."""
    chosen = {name: one for name, one in sorted(annotators().items()) if getattr(one, "default", True)}
    study = load_study(ROOT / "studies" / "tiktok-refugees")
    ready = {name: one.prepare(study) for name, one in chosen.items()}
    best = dict.fromkeys(ready, float("inf"))
    for _ in range(ROUNDS):
        for name, annotate in ready.items():
            annotate(passages[:10])
            began = time.process_time()
            annotate(passages)
            best[name] = min(best[name], time.process_time() - began)
    yield "| annotator | comments a second and core |"
    yield "|---|--:|"
    for name, seconds in best.items():
        yield f"| {name} | {len(passages) / seconds:,.0f} |"
    yield f"| **all together (aim 2,000)** | **{len(passages) / sum(best.values()):,.0f}** |"


def segment(folder: str, number: int) -> int:
    """Cut one row group's texts and keep nothing."""
    rows = Snapshot(Path(folder)).row_group("documents", number, ("id", "text", "language")).to_pylist()
    return _segmenter().table([Text(row["id"], row["text"], row["language"], None) for row in rows]).num_rows


_KEPT: list[Segmenter] = []


def _segmenter() -> Segmenter:
    if not _KEPT:
        _KEPT.append(Segmenter())
    return _KEPT[0]


def segmentation_alone(snapshot: Snapshot) -> float:
    """Seconds to cut all texts in two processes that are ready; nothing is written."""
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(segment, [str(snapshot.folder)] * 2, [0, 0]))
        began = time.perf_counter()
        groups = range(snapshot.row_groups("documents"))
        list(pool.map(segment, [str(snapshot.folder)] * len(groups), groups))
        return time.perf_counter() - began


def measure(comments: int) -> str:
    """One row of the table."""
    posts = max(1, round(comments * POSTS / COMMENTS))
    with tempfile.TemporaryDirectory() as name:
        folder, export = Path(name) / "study", Path(name) / "export.ndjson"
        folder.mkdir()
        (folder / "study.toml").write_text(STUDY, encoding="utf-8")
        for one in CODEBOOKS:
            if (ROOT / "studies" / "tiktok-refugees" / one).is_file():
                (folder / one).write_bytes((ROOT / "studies" / "tiktok-refugees" / one).read_bytes())
        os.environ["HUANYING_KEYS"] = str(Path(name) / "keys")
        with export.open("w", encoding="utf-8") as file:
            file.writelines(lines(comments, posts))
        timed(["import", str(export)], folder)
        timed(["build"], folder)
        snapshot = latest(folder / "corpus")
        documents = snapshot.rows("documents")
        cut = segmentation_alone(snapshot)
        took, used, held = timed(["annotate"], folder)
        return (
            f"| {documents:,} | {cut:.1f} | {took:.1f} | **{(cut + took) / cut:.1f}** | {documents / took:,.0f}"
            f" | {1e6 * used / documents:,.0f} | {held.most:,.0f} | {held.anonymous:,.0f} |"
        )


def main() -> None:
    """Print the tables."""
    if sys.argv[1:2] == ["--alone"]:
        alone()
        return
    subprocess.run([sys.executable, "-m", "benchmarks.annotating", "--alone"], check=True)
    print(
        "\n| documents | segmentation alone, s | annotating, s | segmentation and annotating / segmentation | documents a second"
        " | processor µs a document | MiB, all processes (aim 2,000) | of it not backed by a file |"
    )
    print("|--:|--:|--:|--:|--:|--:|--:|--:|", flush=True)
    for comments in [int(size.replace(",", "")) for size in sys.argv[1:]] or SIZES:
        print(measure(comments), flush=True)
    print(
        "\nTwo processes. Segmentation alone cuts the texts and keeps nothing; annotating reads the corpus, runs every annotator"
        " and survey that runs by default and writes a verified snapshot."
    )


def alone() -> None:
    """Print the first table, on comments as they come from an export of the size named."""
    with tempfile.TemporaryDirectory() as name:
        folder, export = Path(name) / "study", Path(name) / "export.ndjson"
        folder.mkdir()
        (folder / "study.toml").write_text(STUDY, encoding="utf-8")
        os.environ["HUANYING_KEYS"] = str(Path(name) / "keys")
        with export.open("w", encoding="utf-8") as file:
            file.writelines(lines(ALONE, ALONE // 200))
        timed(["import", str(export)], folder)
        timed(["build"], folder)
        documents = latest(folder / "corpus").table("documents", ["text", "language", "kind", "title"]).to_pylist()
    passages = [Passage(one["text"], one["language"] or "und", one["kind"], one["title"]) for one in documents]
    print("\n".join(rates(passages)), flush=True)


if __name__ == "__main__":
    main()
