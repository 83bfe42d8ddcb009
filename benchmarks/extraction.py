"""Article extraction beside its peer, trafilatura, on the development pages, both in one run of the scorer.

The scorer and the pages are no part of the project: HUANYING_SHARED names their place, by default ``../shared`` beside
the repository. ``python -m benchmarks.extraction [LIMIT]`` prints a Markdown table; CPU figures include start-up of the
interpreter for ours and not for the peer, so read them as the lower bound of the ratio.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("HUANYING_SHARED", ROOT.parent / "shared"))
PEER = "trafilatura"
_SERVE = "import sys; from corpus.serving import read_lines; read_lines(sys.stdin, sys.stdout)"
_COLUMNS = {
    "F1": "F1",
    "P": "precision",
    "R": "recall",
    "bad": "bad pages",
    "title": "title",
    "date": "date",
    "author": "authors",
    "pages_per_cpu_s": "pages / CPU s",
}


def main() -> None:
    """Print the table; exit with a reason where the scorer or the pages are not here."""
    scorer, pages = SHARED / "tools/eval_extraction.py", SHARED / "data/extraction-dev"
    if not scorer.is_file() or not pages.is_dir():
        raise SystemExit(f"no scorer or pages at {SHARED}; HUANYING_SHARED names another place")
    limit = ["--limit", sys.argv[1]] if len(sys.argv) > 1 else []
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "scores.json"
        serve = Path(folder) / "serve.py"
        serve.write_text(_SERVE, encoding="utf-8")
        plugin = f"huanying={sys.executable} {serve}"
        command = [
            sys.executable,
            str(scorer),
            "-x",
            PEER,
            "--plugin",
            plugin,
            "--json",
            str(table),
            *limit,
            str(pages),
        ]
        done = subprocess.run(
            command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"the scorer failed:\n{done.stderr[-2000:]}")
        rows = json.loads(table.read_text(encoding="utf-8"))
    print(f"| pages | n | extractor | {' | '.join(_COLUMNS.values())} |")
    print("|---" * (len(_COLUMNS) + 3) + "|")
    for row in rows:
        if row["slice"] in ("all", "zh", "en", "other"):
            cells = ["-" if row[name] is None else f"{row[name]:.3f}" for name in _COLUMNS]
            print(f"| {row['slice']} | {row['n']} | {row['extractor']} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
