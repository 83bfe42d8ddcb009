"""Keep the quality floors: ``python -m tests.floors`` raises them, ``python -m tests.floors lower REASON`` sets them.

A floor is what was measured less a margin for noise. Raising takes the better of old and new; lowering takes the new as
they are and writes the reason beside them, where the tests look for it.
"""

import json
import statistics
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from corpus.charset import decode_text
from corpus.decoding import decode_content
from corpus.pages.articles import Article, read_article
from corpus.pages.choosing import shingles
from corpus.pages.titles import folded
from tests.conftest import SHARED

FILE = Path(__file__).resolve().parent / "quality_floors.json"
MARGIN = 0.005
_EVERY = {"zh": 1, "en": 2}

Scores = dict[str, float]


def measure(folder: Path) -> Scores:
    """Text, title, date and names of a sample of the development pages, each as ``<language>_<what>``, 0 to 1."""
    seen: Counter[str] = Counter()
    found: defaultdict[str, list[float]] = defaultdict(list)
    for line in (folder / "gold.jsonl").read_text(encoding="utf-8").splitlines():
        gold = json.loads(line)
        language = gold["lang"][:2]
        if gold["page_type"] != "article" or language not in _EVERY:
            continue
        seen[language] += 1
        if seen[language] % _EVERY[language]:
            continue
        body, _ = decode_content((folder / "html" / gold["html"]).read_bytes(), "gzip")
        _score(gold, read_article(decode_text(body).text, gold["url"]), language, found)
    scores = {name: round(statistics.fmean(values), 4) for name, values in found.items()}
    for language in _EVERY:
        precision, recall = scores.pop(f"{language}_precision"), scores.pop(f"{language}_recall")
        scores[f"{language}_text"] = round(2 * precision * recall / (precision + recall), 4)
    return dict(sorted(scores.items()))


def _score(gold: dict[str, Any], article: Article | None, language: str, found: defaultdict[str, list[float]]) -> None:
    if gold.get("text"):
        wanted, given = shingles(gold["text"]), shingles(article.text if article else "")
        met = (wanted & given).total()
        found[f"{language}_recall"].append(met / wanted.total())
        if given:
            found[f"{language}_precision"].append(met / given.total())
    if gold.get("title"):
        found[f"{language}_title"].append(folded((article and article.title) or "") == folded(gold["title"]))
    if gold.get("date"):
        at = article.dated.at if article and article.dated else None
        found[f"{language}_date"].append(at is not None and at.date().isoformat() == gold["date"])
    if gold.get("authors"):
        names, wished = (
            {folded(one) for one in article.bylines} if article else set(),
            set(map(folded, gold["authors"])),
        )
        found[f"{language}_names"].append(2 * len(names & wished) / (len(names) + len(wished)))


def main(arguments: list[str]) -> int:
    lowering = arguments[:1] == ["lower"]
    reason = " ".join(arguments[1:]).strip()
    if arguments and not (lowering and reason):
        print(__doc__)
        return 2
    kept = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {"extraction": {}, "lowered": []}
    old: Scores = kept["extraction"]
    new = {name: round(value - MARGIN, 4) for name, value in measure(SHARED / "data/extraction-dev").items()}
    if lowering:
        kept["lowered"].append(
            {"reason": reason, "from": {name: old[name] for name in new if old.get(name, 0) > new[name]}}
        )
    kept["extraction"] = new if lowering else {name: max(value, old.get(name, 0)) for name, value in new.items()}
    FILE.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(kept["extraction"], indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
