"""What this machine has of what Huanying wants, and what its absence costs."""

import importlib.metadata
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import corpus
from corpus.chromium import INSTALL, Chromium, find
from corpus.study import key_folder

_PACKAGES = (
    "scrapy",
    "pyarrow",
    "spacy",
    "jieba",
    "rjieba",
    "trafilatura",
    "warcio",
    "altair",
    "playwright",
    "scrapy-playwright",
)


_EXTRAS = {
    "topics": (("scikit-learn",), "annotating by `topics`"),
    "transformer": (("onnxruntime", "tokenizers"), "annotating by `transformer`, with a model that you bring"),
    "llm": (("httpx",), "annotating by `llm`, behind an endpoint that you name"),
}
"""What an installation may do without: the extras, what each installs, and what they are for."""


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    ok: bool
    found: str
    needed: bool
    """Whether anything fails without it."""

    def line(self) -> str:
        mark = "ok     " if self.ok else ("MISSING" if self.needed else "absent ")
        return f"{mark} {self.name}: {self.found}"


def examine() -> list[Finding]:
    """Python, libraries, packages of ours that another distribution may have overlaid, browser, fonts, place of keys."""
    version = sys.version_info
    found = [
        Finding("python", (3, 11) <= version[:2] <= (3, 13), f"{version.major}.{version.minor}.{version.micro}", True)
    ]
    for name in _PACKAGES:
        try:
            found.append(Finding(name, True, importlib.metadata.version(name), True))
        except importlib.metadata.PackageNotFoundError:
            found.append(Finding(name, False, "not installed: make setup", True))
    return [*found, *_extras(), _packages_of_ours(), _browser(), _fonts(), _keys()]


def _extras() -> list[Finding]:
    here = {
        one.metadata["Name"].lower(): one.version for one in importlib.metadata.distributions() if one.metadata["Name"]
    }
    found = []
    for extra, (names, purpose) in _EXTRAS.items():
        versions = [f"{name} {here[name]}" for name in names if name in here]
        complete = len(versions) == len(names)
        told = ", ".join(versions) if complete else f"not installed: no {purpose}; pip install 'huanying[{extra}]'"
        found.append(Finding(f"extra {extra}", complete, told, False))
    return found


def _packages_of_ours() -> Finding:
    home = Path(str(corpus.__file__)).resolve().parent.parent
    strangers = [name for name in ("spiders", "analysis") if not (home / name / "__init__.py").is_file()]
    text = (
        f"{', '.join(strangers)} not beside corpus in {home}"
        if strangers
        else "corpus, spiders and analysis lie side by side"
    )
    return Finding("packages", not strangers, text, True)


def _browser() -> Finding:
    found = find()
    if isinstance(found, Chromium):
        return Finding("browser", True, f"{found.version}, {found.path} ({found.found_by})", False)
    return Finding("browser", False, f"{found}; pages that scripts draw are not rendered: {INSTALL}", False)


def _fonts() -> Finding:
    lister = shutil.which("fc-list")
    if lister is None:
        return Finding(
            "cjk font", False, "cannot tell without fontconfig; Chinese in pictures may show as boxes", False
        )
    listed = subprocess.run([lister, ":lang=zh", "family"], capture_output=True, text=True, check=False).stdout
    families = sorted({line.split(",")[0].strip() for line in listed.splitlines() if line.strip()})
    return Finding(
        "cjk font",
        bool(families),
        families[0] if families else "none: Chinese in pictures shows as boxes (fonts-noto-cjk)",
        False,
    )


def _keys() -> Finding:
    folder = key_folder()
    count = len(list(folder.glob("*.key"))) if folder.is_dir() else 0
    return Finding("study keys", True, f"{folder} ({count})", False)
