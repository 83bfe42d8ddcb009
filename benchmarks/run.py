"""Run every benchmark, one after the other, and write RESULTS.md."""

import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PARTS = {
    "crawl": "Crawl: pages a second with archive, permission, address filter and frontier, against bare Scrapy in the same run",
    "browsing": "Pages rendered in Chromium with archive, permission and proxy, against bare scrapy-playwright in the same run",
    "build": "Import and build of comments; the floor parses the same JSON and writes it as Parquet",
    "copies": "Near copies: cost a document at 1, 4 and 16 times the documents; what is found of planted edits",
    "extraction": "Article extraction on the development pages, beside its peer in the same run",
    "language": "What is said of texts, beside peers in the same run: language, sentiment, entities, quotes, themes",
    "segmentation": "Segmentation: megabytes a second and parity with jieba, beside its peers in the same run",
    "annotating": "All annotators: rate on one core, and a whole corpus beside its segmentation alone",
    "topics": "Topics of published sets whose classes are known, and time; no peer: the classes are no answer, only a sign",
    "drawing": "A draw from 50,000 documents and its three verifiers, as multiples of hashing and sorting the ids alone",
    "sampling": "Samples whose truth is known: how often intervals hold it by design, and what correction does for machine labels",
}


def main() -> None:
    """Write RESULTS.md, after each part; a part that cannot run here says why."""
    for name in sys.argv[1:] or list(PARTS):
        print(f"measuring: {name}", flush=True)
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}"], cwd=HERE.parent, capture_output=True, text=True, check=False
        )
        found = (
            done.stdout.strip()
            if done.returncode == 0
            else f"did not run: {(done.stderr.strip() or done.stdout.strip())[-600:]}"
        )
        print(found, flush=True)
        _write(name, found)


def _write(name: str, found: str) -> None:
    """Put a part in its place; all others stay as they are on disk by then."""
    path = HERE / "RESULTS.md"
    kept = _sections(path.read_text(encoding="utf-8")) if path.is_file() else {}
    kept[name] = found
    head = f"# Measured\n\nPython {platform.python_version()}, {os.cpu_count()} processors, shared and noisy: read the ratios. `make bench` makes this page anew.\n"
    body = [f"## {part}\n\n{title}\n\n{kept[part]}\n" for part, title in PARTS.items() if part in kept]
    path.write_text("\n".join([head, *body]), encoding="utf-8")


def _sections(text: str) -> dict[str, str]:
    found = {}
    for part in text.split("\n## ")[1:]:
        name, _, rest = part.partition("\n\n")
        found[name.strip()] = rest.partition("\n\n")[2].strip()
    return found


if __name__ == "__main__":
    main()
