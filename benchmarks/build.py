"""Measure import and build of comments in Zeeschuimer form beside a bare floor: parse the JSON, write the same Parquet.

``python -m benchmarks.build [COMMENTS ...]``: sizes to run, by default 10,000, 40,000 and 405,000; the last, with 1,862
posts, is the size of the largest published study of the event.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Event, Thread

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.comments import lines
from corpus.schemas import TABLES
from corpus.snapshot import ROW_GROUP_ROWS, latest
from corpus.store import FILE_ROWS, arrow_schema, writer_options

SIZES = (10_000, 40_000, 405_000)
POSTS, COMMENTS = 1_862, 405_000
STUDY = """
[study]
id = "measured"
title = "A study to measure"
purpose = "Measuring"
contact = "mailto:study@contact.example"
legal_basis = "invented"

[window]
start = 2025-01-10
end = 2025-02-10

[[source]]
id = "rednote"

[[language.word]]
text = "小红书"
"""
_EVERY = 0.3


class Memory:
    """The greatest sum, over a process and all below it at one time, of memory in MiB: proportional, mapped files included."""

    def __init__(self, process: int) -> None:
        self.most = self.anonymous = 0.0
        self._process = process
        self._over = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_EVERY):
            every = [_held(process) for process in _tree(self._process)]
            self.most = max(self.most, sum(one[0] for one in every) / 1024)
            self.anonymous = max(self.anonymous, sum(one[1] for one in every) / 1024)


def _tree(process: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{process}/task").iterdir())
        below = [int(name) for task in tasks for name in (task / "children").read_text(encoding="ascii").split()]
    except OSError:
        return []
    return [process, *(one for child in below for one in _tree(child))]


def _held(process: int) -> tuple[int, int]:
    """KiB of a process: its share of all, and its share of what no file backs."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0, 0
    facts = {line.split(":")[0]: int(line.split()[1]) for line in text.splitlines()[1:]}
    return facts.get("Pss", 0), facts.get("Pss_Anon", 0)


def timed(arguments: list[str], folder: Path) -> tuple[float, float, Memory]:
    """Seconds by the clock, processor seconds and memory of a command of ours, all its processes together."""
    command = [sys.executable, "-c", "from corpus.cli import main; main()", *arguments, "--study", str(folder)]
    with (folder / "said").open("wb") as said:
        began, used = time.perf_counter(), _used()
        process = subprocess.Popen(command, stdout=said, stderr=said)
        with Memory(process.pid) as memory:
            code = process.wait()
        took = time.perf_counter() - began
    if code != 0:
        sys.exit((folder / "said").read_text(encoding="utf-8"))
    return took, _used() - used, memory


def _used() -> float:
    """Processor seconds of all processes below this one that have ended."""
    below = resource.getrusage(resource.RUSAGE_CHILDREN)
    return below.ru_utime + below.ru_stime


def floor(export: Path, snapshot_of: Path, work: Path) -> dict[str, float]:
    """Seconds to parse every line, to make Arrow tables of plain rows, and to write them as the snapshot has them.

    One process and nothing else: no archive, no reading of fields, no sorting, no digests, nothing made durable.
    """
    spent = {"parse": 0.0, "rows": 0.0, "write": 0.0, "processor": 0.0}
    began, used = time.perf_counter(), time.process_time()
    with export.open("rb") as file:
        for line in file:
            json.loads(line)
    spent["parse"] = time.perf_counter() - began
    spent["processor"] = time.process_time() - used
    snapshot = latest(snapshot_of)
    for name in snapshot.tables:
        schema = arrow_schema(TABLES[name])
        writer = None
        for number, part in enumerate(snapshot.slices(name)):
            rows = part.to_pylist()
            began, used = time.perf_counter(), time.process_time()
            table = pa.Table.from_pylist(rows, schema=schema)
            made = time.perf_counter()
            if number % (FILE_ROWS // ROW_GROUP_ROWS) == 0:
                if writer is not None:
                    writer.close()
                writer = pq.ParquetWriter(
                    work / f"{name}-{number:05d}.parquet", schema, **writer_options(schema, TABLES[name])
                )
            assert writer is not None
            writer.write_table(table, row_group_size=ROW_GROUP_ROWS)
            spent["rows"] += made - began
            spent["write"] += time.perf_counter() - made
            spent["processor"] += time.process_time() - used
        if writer is not None:
            began = time.perf_counter()
            writer.close()
            spent["write"] += time.perf_counter() - began
    return spent


def measure(comments: int) -> str:
    """One row of the table."""
    posts = max(1, round(comments * POSTS / COMMENTS))
    with tempfile.TemporaryDirectory() as name:
        folder, export, work = Path(name) / "study", Path(name) / "export.ndjson", Path(name) / "floor"
        folder.mkdir()
        work.mkdir()
        (folder / "study.toml").write_text(STUDY, encoding="utf-8")
        os.environ["HUANYING_KEYS"] = str(Path(name) / "keys")
        with export.open("w", encoding="utf-8") as file:
            file.writelines(lines(comments, posts))
        imported, used_import, held_import = timed(["import", str(export)], folder)
        built, used_build, held_build = timed(["build"], folder)
        documents = latest(folder / "corpus").rows("documents")
        if documents != comments + posts:
            sys.exit(f"{documents} documents, not {comments + posts}")
        bare = json.loads(
            subprocess.run(
                [sys.executable, "-m", "benchmarks.build", "--floor", str(export), str(folder / "corpus"), str(work)],
                check=True,
                capture_output=True,
            ).stdout
        )
        used = used_import + used_build
        used_least = bare.pop("processor")
        least, total = sum(bare.values()), imported + built
        most = max(held_import.most, held_build.most)
        anonymous = max(held_import.anonymous, held_build.anonymous)
        return (
            f"| {comments:,} + {posts:,} | {export.stat().st_size / 1e6:,.0f} | {imported:.1f} | {built:.1f}"
            f" | {documents / total:,.0f} | {bare['parse']:.1f} + {bare['rows']:.1f} + {bare['write']:.1f}"
            f" | **{total / least:.1f}** | {used:,.0f} | {used / used_least:.1f} | {most:,.0f} | {anonymous:,.0f} |"
        )


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["--floor"]:
        print(json.dumps(floor(*map(Path, sys.argv[2:5]))))
        return
    print(
        "| comments + posts | MB | import s | build s | documents a second | floor s: parse + rows + write"
        " | times the floor (aim 6) | processor s | times the floor's | MiB, all processes | of it not backed by a file |"
    )
    print("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|", flush=True)
    for comments in [int(size.replace(",", "")) for size in sys.argv[1:]] or SIZES:
        print(measure(comments), flush=True)
    print(
        "\nThe floor is one process that does nothing else: it parses the JSON of the same export and writes the same tables"
        " (columns, rows, row groups, compression, page checksums) from plain rows; no archive, no reading of texts, no order."
        " Ours works in two processes: on an idle machine its time by the clock comes near to half its processor time."
    )


if __name__ == "__main__":
    main()
