"""Two simulated coders: they give codes back as people would, by what the demonstration's texts are known to say, with slips."""

import csv
import hashlib
import io
import tomllib
from collections.abc import Mapping
from pathlib import Path

from corpus.demo.site import demo_folder
from corpus.identity import Keys

FIRST, SECOND = "simulated-a", "simulated-b"
"""Named so that nobody can take their codes for those of people."""
SLIP = 0.08
"""How often a simulated coder gives another code than the text is known to deserve."""
Answers = Mapping[str, Mapping[str, str]]


def answers(keys: Keys) -> dict[str, dict[str, str]]:
    """What the demonstration's notes and comments are known to say: by document the code of each variable of coding.toml."""
    known, more = (
        tomllib.loads((demo_folder() / name).read_text(encoding="utf-8"))
        for name in ("captures/known.toml", "answers.toml")
    )
    return {
        keys.document("rednote", row["id"]): {
            "sentiment": row["sentiment"],
            "stance": row["stance"],
            **{f"theme_{name}": "yes" if name in row["themes"] else "no" for name in more["themes_told"]},
        }
        for row in (*known["known"], *more["answer"])
    }


def give_back(task: Path, coder: str, known: Answers, target: Path) -> Path:
    """Code the sheet ``task`` as ``coder`` into ``target``, saved as a spreadsheet would: with semicolons.

    Equal arguments give equal bytes: what slips follows from digests. A text of which nothing is known is passed over.
    """
    with task.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    codes = _codes(known)
    for row in rows:
        own = known.get(row["doc_id"], {})
        row |= {name: _given(coder, row["doc_id"], name, own[name], codes[name]) for name in own if name in row}
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    target.mkdir(parents=True, exist_ok=True)
    path = target / task.name
    path.write_bytes(out.getvalue().encode("utf-8-sig"))
    return path


def _codes(known: Answers) -> dict[str, list[str]]:
    found: dict[str, set[str]] = {}
    for own in known.values():
        for variable, code in own.items():
            found.setdefault(variable, set()).add(code)
    return {variable: sorted(codes) for variable, codes in found.items()}


def _given(coder: str, doc_id: str, variable: str, right: str, codes: list[str]) -> str:
    if right == "no":  # a theme is overlooked, never made up
        return right
    made = hashlib.sha256("\n".join(("huanying-demo-slip/1", coder, doc_id, variable)).encode()).hexdigest()
    others = [code for code in codes if code != right]
    return others[int(made[8:16], 16) % len(others)] if int(made[:8], 16) < SLIP * 2**32 else right
