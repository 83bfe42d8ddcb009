"""Article extraction beside all peers that are installed, on the development pages, in one run; and the speed of each.

The scorer and the pages are no part of the project: HUANYING_SHARED names their place, by default ``../shared`` beside
the repository. ``python -m benchmarks.extraction [LIMIT]`` prints Markdown tables: by language, by set of pages, and
speeds on one core, where each page is read by all in turn, so that whatever else the machine does meets all alike.
"""

import gzip
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import benchmarks
from corpus.charset import decode_text
from corpus.pages.articles import read_article

ROOT = Path(benchmarks.__file__).resolve().parent.parent
SHARED = Path(os.environ.get("HUANYING_SHARED", ROOT.parent / "shared"))
SCORER, PAGES = SHARED / "tools/eval_extraction.py", SHARED / "data/extraction-dev"
FLOOR = "trafilatura"
PEERS = {
    "trafilatura": "trafilatura",
    "trafilatura-fast": "trafilatura",
    "trafilatura-precision": "trafilatura",
    "readability-lxml": "readability",
    "resiliparse": "resiliparse",
    "newspaper4k-langhint": "newspaper",
    "goose3": "goose3",
}
"""By the scorer's names, with the module that must be there; newspaper4k is told the language, else it fails on Chinese."""
_SERVE = "import sys; from corpus.serving import read_lines; read_lines(sys.stdin, sys.stdout)"
_COLUMNS = {
    "F1": "F1",
    "P": "precision",
    "R": "recall",
    "bad": "bad pages",
    "title": "title",
    "date": "date",
    "author": "authors",
}
_ROUNDS, _PAGES_A_ROUND, _WARM = 3, 80, 3


def main() -> None:
    """Print the tables; exit with a reason where the scorer or the pages are not here."""
    if not SCORER.is_file() or not PAGES.is_dir():
        raise SystemExit(f"no scorer or pages at {SHARED}; HUANYING_SHARED names another place")
    peers = [name for name, module in PEERS.items() if importlib.util.find_spec(module)]
    rows = _scores(peers, sys.argv[1:2])
    print(f"| pages | n | extractor | {' | '.join(_COLUMNS.values())} |")
    print("|---" * (len(_COLUMNS) + 3) + "|")
    for row in rows:
        if row["slice"] in ("all", "zh", "en", "other"):
            cells = ["-" if row[name] is None else f"{row[name]:.3f}" for name in _COLUMNS]
            print(f"| {row['slice']} | {row['n']} | {row['extractor']} | {' | '.join(cells)} |")
    _print_sets(rows)
    _print_speeds(peers)
    absent = [name for name in PEERS if name not in peers]
    if absent:
        print(f"\nPeers not installed here: {', '.join(absent)}.")


def _scores(peers: list[str], limit: list[str]) -> list[dict[str, Any]]:
    """Rows of the scorer, which runs each peer in a process of its own and ours behind a pipe."""
    with tempfile.TemporaryDirectory() as folder:
        table, serve = Path(folder) / "scores.json", Path(folder) / "serve.py"
        serve.write_text(_SERVE, encoding="utf-8")
        command = [sys.executable, str(SCORER), "--plugin", f"huanying={sys.executable} {serve}", "--json", str(table)]
        command += [part for name in peers for part in ("-x", name)]
        command += [*(["--limit", *limit] if limit else []), str(PAGES)]
        paths = os.pathsep.join([str(ROOT), str(ROOT / ".peers")])
        done = subprocess.run(
            command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"the scorer failed:\n{done.stderr[-2000:]}")
        found: list[dict[str, Any]] = json.loads(table.read_text(encoding="utf-8"))
        return found


def _print_sets(rows: list[dict[str, Any]]) -> None:
    """One line a set: F1 (of segments where the gold is segments) of ours and of the best single peer."""
    print("\n| set / language | n | huanying | best peer | F1 of it | difference |\n|---|--:|--:|---|--:|--:|")
    for name in sorted({row["slice"] for row in rows if "/" in row["slice"]}):
        one = {
            row["extractor"]: row["seg_F1"] if row["F1"] is None else row["F1"] for row in rows if row["slice"] == name
        }
        ours = one.pop("huanying")
        best = max(one, key=lambda peer: one[peer])
        size = next(row["n"] for row in rows if row["slice"] == name)
        print(f"| {name} | {size} | {ours:.3f} | {best} | {one[best]:.3f} | {ours - one[best]:+.3f} |")


def _print_speeds(peers: list[str]) -> None:
    """Milliseconds of processor time a page; no page is read twice, for some peers remember what they have seen."""
    scorer = _scorer()
    runs: dict[str, Callable[[bytes, Any], object]] = {
        "huanying": lambda body, row: read_article(decode_text(body).text, row["url"])
    }
    runs |= {name: scorer.REG[name][0]() for name in peers}
    rows = scorer.load([str(PAGES)], _Everything())
    for row in rows[-_WARM:]:
        for run in runs.values():
            _read(run, _body(row), row)
    print("\n| extractor | ms a page, by rounds | times the speed of trafilatura with metadata |\n|---|---|--:|")
    spent: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(_ROUNDS):
        chosen = rows[number : -_WARM : max(_ROUNDS, len(rows) // _PAGES_A_ROUND)]
        for name in runs:
            spent[name].append(0.0)
        for place, row in enumerate(chosen):
            body, names = _body(row), list(runs)
            for name in names[place % len(names) :] + names[: place % len(names)]:
                begun = time.process_time()
                _read(runs[name], body, row)
                spent[name][-1] += (time.process_time() - begun) * 1000 / len(chosen)
    for name, rounds in sorted(spent.items(), key=lambda item: sum(item[1])):
        ratio = sum(spent[FLOOR]) / sum(rounds)
        print(f"| {name} | {', '.join(f'{one:.1f}' for one in rounds)} | {ratio:.2f} |")


def _read(run: Callable[[bytes, Any], object], body: bytes, row: Any) -> None:
    with suppress(Exception):  # some peers give up on some pages, which costs them time like any other
        run(body, row)


class _Everything:
    """The scorer's options, none set."""

    lang = set = type = limit = None


def _scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("scorer", SCORER)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _body(row: dict[str, Any]) -> bytes:
    data = Path(row["_path"]).read_bytes()
    return gzip.decompress(data) if row["_path"].endswith(".gz") else data


if __name__ == "__main__":
    main()
