"""What is written about the project is there: each command in both READMEs, each link, each decision in order."""

import re
import tomllib
from pathlib import Path

import pytest

from analysis.annotate import annotators, surveys
from corpus.cli import app
from corpus.recognition import kinds
from corpus.studyfile import Mapping

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "studies").rglob("README.md")])
READMES = ("README.md", "README.zh.md")


def commands() -> set[str]:
    """Names of the commands as a user types them."""
    return {c.name or (c.callback.__name__.rstrip("_") if c.callback else "") for c in app.registered_commands}


@pytest.mark.parametrize("name", READMES)
def test_every_command_is_described(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    table = [line for line in text.splitlines() if line.startswith("| `")]
    described = {word.split()[0] for line in table for word in re.findall(r"`([^`]+)`", line.split("|")[1])}
    assert commands() <= described


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (path.parent / target).exists(), target


def test_both_readmes_say_the_same() -> None:
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in READMES)
    for form in (r"^## ", r"^\| ", r"^```", r"^- ", r"^\d\. "):
        assert len(re.findall(form, english, re.MULTILINE)) == len(re.findall(form, chinese, re.MULTILINE)), form
    code = [
        re.sub(r"\s*#.*", "", block)
        for text in (english, chinese)
        for block in re.findall(r"```sh\n(.*?)```", text, re.S)
    ]
    assert code[: len(code) // 2] == code[len(code) // 2 :]


def test_every_way_in_is_told() -> None:
    text = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    outlets = {
        path.stem: tomllib.loads(path.read_text("utf-8")) for path in (ROOT / "spiders" / "outlets").glob("*.toml")
    }
    named = [name for name, outlet in outlets.items() if outlet.get("kind", "news") != "news"]
    assert [name for name in (*kinds(), *named) if not re.search(rf"\b{name.removesuffix('s')}", text, re.I)] == []
    block = text.partition("```toml\n")[2].partition("```")[0]
    assert [Mapping.model_validate(one).kind for one in tomllib.loads(block)["table"]] == ["comment"]


def test_every_annotator_is_described() -> None:
    text = (ROOT / "docs" / "annotators.md").read_text(encoding="utf-8")
    described = {
        name
        for line in text.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    assert described == {*annotators(), *surveys()}


def test_decisions_are_numbered_and_say_what_they_cost() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {page.name[:4]}: ")
        assert "**Decision.**" in text
        assert "**Price.**" in text
