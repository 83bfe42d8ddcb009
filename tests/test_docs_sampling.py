"""What docs/sampling.md says of a plan is what a plan can say: every section, every key, every word; its examples are plans."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel

from analysis.sampling.plans import Excluded, Plan, load_plan

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "sampling.md").read_text(encoding="utf-8")
KEYS = PAGE.partition("## All keys of a plan\n")[2].partition("\n## ")[0]
WHOLE, *EXAMPLES = (tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))


def within(form: Any) -> Iterator[Any]:
    """An annotation and all that it is made of."""
    yield form
    for part in get_args(form) if get_origin(form) is not Literal else ():
        yield from within(part)


def sections() -> dict[str, type[BaseModel]]:
    """The model of each section, by its head as TOML has it."""
    found = {}
    for name, field in Plan.model_fields.items():
        forms = list(within(field.annotation))
        (model,) = (one for one in forms if isinstance(one, type) and issubclass(one, BaseModel))
        found[f"[[{name}]]" if any(get_origin(one) is tuple for one in forms) else f"[{name}]"] = model
    return found


def table(section: str) -> dict[str, tuple[bool, str]]:
    """The rows of a section's table: of each key whether it is in bold, and the whole row."""
    part = KEYS.partition(f"### `{section}`\n")[2].partition("\n### ")[0]
    rows = [line for line in part.splitlines() if line.startswith(("| `", "| **`"))]
    keys = [(mark, name, row) for row in rows for mark, name in re.findall(r"(\*\*)?`(\w+)`", row.split("|")[1])]
    assert len({name for _, name, _ in keys}) == len(keys)
    return {name: (bool(mark), row) for mark, name, row in keys}


def test_every_section_of_a_plan_has_a_table() -> None:
    assert set(re.findall(r"^### `(\[.*\])`$", KEYS, re.MULTILINE)) == set(sections())


@pytest.mark.parametrize("section", sections())
def test_every_key_and_every_word_that_it_takes_is_told(section: str) -> None:
    told = table(section)
    fields = sections()[section].model_fields
    assert {name: bold for name, (bold, _) in told.items()} == {n: f.is_required() for n, f in fields.items()}
    for name, field in fields.items():
        words = {word for form in within(field.annotation) if get_origin(form) is Literal for word in get_args(form)}
        assert [word for word in sorted(words) if f"`{word}`" not in told[name][1].split("|", 2)[2]] == [], name
        if isinstance(field.default, str | int) and field.default != "":
            assert re.search(rf"\(.*\b{field.default}`?\b.*\)", told[name][1]), name


def test_what_is_excluded_names_its_keys() -> None:
    assert all(f"**`{name}`**" in table("[frame]")["exclude"][1] for name in Excluded.model_fields)


def test_the_examples_are_plans(tmp_path: Path) -> None:
    """As the page says: each in place of [design], or added to the plan that stands whole; that of authors names its
    estimand in [plan]."""
    assert [tuple(one) for one in EXAMPLES] == [("design",)] * 3 + [("found",), ("extends",)]
    whole = PAGE.partition("```toml\n")[2].partition("```")[0]
    for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL):
        text = whole
        if "[design]" in block and block != whole:
            before, _, after = whole.partition("[design]")
            text = f"{before}{block}{after[after.index('[second_coding]') :]}"
        elif block != whole:
            text = whole + block
        if 'method = "author"' in block:
            text = text.replace("[plan]\n", '[plan]\nestimand = "documents"\n', 1)
        (tmp_path / "plan.toml").write_text(text, encoding="utf-8")
        assert load_plan(tmp_path / "plan.toml").plan.plan.name == WHOLE["plan"]["name"]
