"""The ways of the house, as tests."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from analysis.annotators import Annotator
from corpus.imports import Import
from corpus.plugins import discover
from corpus.readers import Reader

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("spiders", "corpus", "analysis")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
BANNED_NAMES = {"utils", "helpers", "common", "base", "core", "misc", "manager", "handler", "processor"}
ROOMS = {
    "scrapy": ("spiders/",),
    "twisted": ("spiders/",),
    "playwright": ("spiders/",),
    "scrapy_playwright": ("spiders/browsing.py",),
    "h11": ("spiders/proxy.py",),
    "cryptography": ("spiders/proxy.py",),
    "rensa": ("corpus/stages/",),
    "rapidfuzz": ("corpus/stages/",),
    "warcio": ("corpus/archive.py", "corpus/imports/"),
    "jinja2": ("analysis/reporting/pages.py",),
    "altair": ("analysis/charts",),
    "typer": (
        "corpus/cli.py",
        "corpus/cli_codes.py",
        "corpus/cli_demo.py",
        "corpus/cli_readings.py",
        "corpus/cli_samples.py",
        "corpus/options.py",
    ),
    "rich": ("corpus/console.py",),
    "distributed": ("corpus/engine.py",),
    "spacy": ("corpus/stages/",),
    "pyarrow.parquet": (
        "corpus/store.py",
        "corpus/snapshot.py",
        "corpus/imports/tables.py",
        "analysis/sampling/standalone/",
    ),
    "httpx": ("analysis/models/endpoint.py",),
    "onnxruntime": ("analysis/models/inference.py",),
    "tokenizers": ("analysis/models/inference.py",),
    "torch": ("analysis/models/inference.py",),
    "sqlite3": ("corpus/archive.py", "corpus/flow.py", "corpus/intake.py", "corpus/permits.py", "spiders/"),
}
LONGEST_FILE, LONGEST_FUNCTION = 400, 60


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_a_module_says_its_duty_and_keeps_its_size(path: Path) -> None:
    tree = parsed(path)
    assert path.stem not in BANNED_NAMES
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE, "is there a room hidden in it?"
    if tree.body:
        assert ast.get_docstring(tree), "opens with one sentence that tells its single duty"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION, f"{node.name} is too long"


def imported(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("library", sorted(ROOMS))
def test_one_library_one_room(library: str) -> None:
    strangers = [
        relative(path)
        for path in MODULES
        if any(name == library or name.startswith(library + ".") for name in imported(parsed(path)))
        and not relative(path).startswith(ROOMS[library])
    ]
    assert not strangers


def test_only_the_study_reads_the_environment() -> None:
    readers = [
        relative(path) for path in MODULES if re.search(r"os\.(environ|getenv)", path.read_text(encoding="utf-8"))
    ]
    assert readers == ["corpus/study.py"]


def test_no_code_is_loaded_from_data() -> None:
    banned = re.compile(r"\b(pickle|marshal|shelve|joblib|yaml\.load|exec\(|(?<![.\w])eval\()")
    assert not [relative(path) for path in MODULES if banned.search(path.read_text(encoding="utf-8"))]


def test_every_reader_has_a_recorded_case() -> None:
    for name in discover("corpus.readers", "READER", Reader):
        cases = [path for path in (ROOT / "tests" / "recorded" / name).glob("*") if (path / "expected.json").is_file()]
        assert cases, f"tests/recorded/{name}/<case>/ is missing"


def test_plug_ins_load_and_introduce_themselves() -> None:
    for found in discover("corpus.imports", "IMPORT", Import).values():
        assert found.title
    for annotator in discover("analysis.annotators", "ANNOTATOR", Annotator).values():
        assert annotator.version and annotator.card.strip()


def test_no_tracked_text_names_a_registry_or_a_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    # Put together here so that this file does not hold what it looks for.
    hosts = re.compile(
        "|".join(("files\\." + "pythonhosted", "pypi\\." + "org", "registry\\." + "npmjs", "deb\\." + "debian"))
    )
    places = re.compile(r"(?<![\w./~-])/(" + "wo" + "rk|ro" + "ot)/")
    guilty = []
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.suffix in {".gz", ".arrow", ".parquet", ".png"} or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        if hosts.search(text) or places.search(text):
            guilty.append(name)
    assert not guilty
