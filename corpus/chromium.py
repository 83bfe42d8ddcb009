"""Finds the browser in which pages are rendered, and says where it looked."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from corpus.study import chromium_named, playwright_folder

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
_PLACES = (
    "/usr/bin/chromium",
    "/usr/lib/chromium/chromium",
    "/snap/bin/chromium",
    "/opt/google/chrome/chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_OWN = (
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
    "chromium_headless_shell-*/*/*headless[-_]shell",
)
"""Where Playwright puts the browsers that it downloads, within its folder."""
_PATIENCE = 20.0
INSTALL = "apt install chromium, or `playwright install chromium`, or name one in HUANYING_CHROMIUM"


@dataclass(frozen=True, slots=True)
class Chromium:
    path: Path
    version: str
    """As it gives it itself: ``Chromium 156.0.7680.80``."""
    found_by: str


@dataclass(frozen=True, slots=True)
class NoChromium:
    tried: tuple[str, ...]
    """Each place, and what was wrong with it."""

    def __str__(self) -> str:
        return f"no Chromium: {'; '.join(self.tried)}"


def find() -> Chromium | NoChromium:
    """The one that HUANYING_CHROMIUM names and no other; else Playwright's own; else one of the usual places."""
    named = chromium_named()
    if named:
        return _first([(Path(named).expanduser(), "HUANYING_CHROMIUM")], [])
    tried: list[str] = []
    folder = playwright_folder()
    own = [path for pattern in _OWN for path in sorted(folder.glob(pattern), key=_revision, reverse=True)]
    if not own:
        tried.append(f"none in {folder} (Playwright's own)")
    usual = [Path(found) for found in map(shutil.which, _NAMES) if found] + [Path(place) for place in _PLACES]
    places = [(path, "Playwright's own") for path in own]
    places += [(path, "a usual place") for path in dict.fromkeys(usual)]
    return _first(places, tried)


def _first(places: list[tuple[Path, str]], tried: list[str]) -> Chromium | NoChromium:
    for path, found_by in places:
        answer = _version(path)
        if answer is not None and answer[0].isdigit():
            return Chromium(path, f"Chromium {answer}", found_by)
        tried.append(f"{path} ({found_by}): {answer or 'is not there'}")
    return NoChromium(tuple(tried))


def _version(path: Path) -> str | None:
    """The version that the program at ``path`` gives; else what is wrong with it, None where there is none."""
    if not path.is_file():
        return None
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        return f"does not start: {error}"
    number = re.search(r"\b\d+(\.\d+){2,3}\b", said.stdout)
    return number.group() if number else "does not say its version"


def _revision(path: Path) -> int:
    numbers = re.findall(r"-(\d+)/", path.as_posix())
    return int(numbers[-1]) if numbers else 0
