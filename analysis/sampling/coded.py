"""Whether rows of codes belong to their round: to its scheme, its coders, its units and their texts."""

from collections.abc import Iterable, Mapping
from typing import Any


def odd_row(rows: Iterable[Mapping[str, Any]], made: Mapping[str, Any]) -> str | None:
    """What is wrong with the first of the rows that cannot have come into the round ``made`` (its ``round.json``), and which
    it is; null where all belong to it."""
    units = {unit["doc_id"]: unit["text_commitment"] for unit in made["units"]}
    for number, row in enumerate(rows, 1):
        if told := _odd(row, made, units):
            return f"line {number}: {told}"
    return None


def _odd(row: Mapping[str, Any], made: Mapping[str, Any], units: Mapping[str, str]) -> str | None:
    name = row["doc_id"]
    if name not in units:
        return f"{name} was not given out in this round"
    if row["text_commitment"] != units[name]:
        return f"{name} was coded by another text"
    if row["scheme_digest"] != made["scheme_digest"]:
        return f"{name} was coded by another scheme"
    if row["kind"] == "code" and row["coder"] not in made["coders"]:
        return f"{row['coder']!r} does not code in this round"
    return None
