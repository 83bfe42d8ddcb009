"""Plans of draws and frames for tests: invented, small."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from analysis.sampling.frames import commitment, frame_table
from analysis.sampling.plans import Plan

Row = dict[str, Any]
SEED = "ab" * 32


def plan_of(method: str, *, found: list[Row] | None = None, reserves: int = 0, **design: Any) -> Plan:
    """A plan in memory, not yet held against a study."""
    estimand = design.pop("estimand", None)
    fraction = design.pop("fraction", None)
    return Plan.model_validate(
        {
            "plan": {"name": "test", "title": "A test", "declared_at": date(2026, 11, 21), "estimand": estimand},
            "seed": {"family": "test"},
            "population": {"definition": "Invented documents"},
            "design": {"method": method, **design},
            "reserves": {"n": reserves},
            "second_coding": {"fraction": fraction} if fraction else None,
            "found": found or [],
        }
    )


def frame_of(documents: int, first: int = 0, wave: int = 0, **columns: Any) -> pa.Table:
    """A frame of documents ``d<number>``; ``columns``: functions of a document's number, or values."""
    rows = []
    for number in range(first, first + documents):
        row: Row = {"stratum": "all", "cluster": None, "author": None, "size": None, "wave": wave}
        row |= {name: value(number) if callable(value) else value for name, value in columns.items()}
        row |= {"id": f"d{number:06d}", "language": "en", "kind": "post", "source_id": "rednote"}
        rows.append(row | {"day": None, "text_commitment": commitment("00" * 16, f"text {number}")})
    return frame_table(rows)


def write_plan(path: Path, design: Mapping[str, Any], more: str = "", name: str = "first", **plan: str) -> Path:
    """A plan file; ``more`` is TOML after it."""
    lines = ["[plan]", f'name = "{name}"', 'title = "Posts about an arrival"', "declared_at = 2026-11-21"]
    lines += [f"{key} = {json.dumps(value)}" for key, value in plan.items()]
    lines += ["[seed]", 'family = "reception"', "[population]", 'definition = "All documents of the study"', "[design]"]
    lines += [f"{key} = {_toml(value)}" for key, value in design.items()]
    path.write_text("\n".join([*lines, more]) + "\n", encoding="utf-8")
    return path


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(one)}" for key, one in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)
