"""Draw from 50,000 documents and verify the draw three ways; everything as multiples of hashing and sorting the ids alone."""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from analysis.sampling import keys
from analysis.sampling.checking import verify
from analysis.sampling.drawing import draw
from corpus.study import Study
from tests.planned import write_plan
from tests.reported import make_snapshot

DOCUMENTS, TIMES = 50_000, 3
MORE = "[reserves]\nn = 2\n[second_coding]\nfraction = 0.2\n"
DESIGNS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("srs", {"method": "srs", "n": 600}, MORE),
    ("stratified by script and kind", {"method": "stratified", "strata": ["script", "kind"], "n": 600}, MORE),
    ("pps by comments, capped", {"method": "pps", "size": "comments", "size_cap": 40, "n": 600}, MORE),
    ("threads, all of each", {"method": "cluster", "cluster": "thread", "n": 600}, ""),
)


def best(work: Callable[[int], object]) -> float:
    """Processor seconds of the best of some runs, children's with them; ``work`` is given the number of the run."""
    seconds = []
    for number in range(TIMES):
        begun = sum(os.times()[:4])
        work(number)
        seconds.append(sum(os.times()[:4]) - begun)
    return min(seconds)


def bare(ids: list[str]) -> list[tuple[str, str]]:
    """What no draw by digest can do without."""
    seed = "ab" * 32
    return sorted((hashlib.sha256(f"{keys.PREFIX}\n{seed}\ndraw\n{one}".encode()).hexdigest(), one) for one in ids)


def in_sql(folder: Path, _: int) -> None:
    """Run the draw's own script; raises where a check fails."""
    here = Path.cwd()
    os.chdir(folder)
    try:
        with duckdb.connect() as database:
            database.execute((folder / "verify_draw.sql").read_text(encoding="utf-8"))
    finally:
        os.chdir(here)


def in_python(folder: Path, _: int) -> None:
    """Run the draw's own script, its start counted; raises where a check fails."""
    subprocess.run([sys.executable, "-I", folder / "verify_draw.py"], check=True, capture_output=True)


def ours(folder: Path, study: Study, _: int) -> None:
    """Our twelve checks, the frame frozen anew; raises where one fails."""
    failed = [check for check in verify(folder, study) if check.outcome == "failed"]
    if failed:
        raise ValueError(failed[0].message)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as place:
        os.environ["HUANYING_KEYS"] = str(Path(place) / "keys")
        study, _ = make_snapshot(Path(place) / "many", documents=DOCUMENTS)
        floor = best(lambda _: bare([f"{number:032x}" for number in range(DOCUMENTS)]))
        print(
            "| design | documents drawn | draw | verify | verify_draw.py | verify_draw.sql |\n|---|--:|--:|--:|--:|--:|"
        )
        for name, design, more in DESIGNS:
            plan, told = Path(place) / "plan.toml", name.split()[0].strip(",")
            drawing = best(lambda number: draw(write_plan(plan, design, more, name=f"{told}-{number}"), study))  # noqa: B023
            folder = study.folder / "samples" / f"{told}-0"
            ways = (partial(ours, folder, study), partial(in_python, folder), partial(in_sql, folder))
            times = (drawing, *map(best, ways))
            print(
                f"| {name} | {_drawn(folder):,} | " + " | ".join(f"{one / floor:.0f}" for one in times) + " |",
                flush=True,
            )
    print(
        f"\nA frame of {DOCUMENTS:,} documents; processor time in multiples of what hashing and sorting their ids takes"
        f" ({1000 * floor:.0f} ms here), the best of {TIMES}. A draw freezes the frame from the corpus (a commitment to each text)"
        " and writes the folder; `verify` freezes it again; the two scripts go by the folder alone."
    )


def _drawn(folder: Path) -> int:
    with duckdb.connect() as database:
        query = "SELECT count(weight) FROM read_parquet($1)"
        return int(database.execute(query, [str(folder / "sample.parquet")]).fetchall()[0][0])


if __name__ == "__main__":
    main()
