"""Studies for tests on a loopback server, and crawls of them, each in a process: a reactor runs only once in one."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from corpus.archive import journal, read_captures
from corpus.records import Capture
from corpus.study import load_study

ROOT = Path(__file__).resolve().parent.parent
HOST = "harbour.example"

_STUDY = """
[study]
id = "test"
title = "An invented study"
purpose = "test"
contact = "https://study.example/contact"
legal_basis = "invented"
[window]
start = 2025-01-10
end = 2025-02-10
[queries]
en = ["RedNote"]
zh = ["小红书"]
{queries}
[politeness]
delay = {delay}
timeout = {timeout}
body_mib = 1
[budget]
{budget}
{sources}
[loopback]
{loopback}
"""
_OUTLET = """
name = "{name}"
owner = {{ value = "private", as_of = 2025-01-01, source = "invented" }}
country = {{ value = "US", as_of = 2025-01-01, source = "invented" }}
languages = ["en"]
homepage = "http://{host}/"
hosts = {hosts}
{more}
"""


def write_study(
    folder: Path,
    place: str,
    outlets: dict[str, str],
    *,
    hosts: dict[str, list[str]] | None = None,
    delay: float = 0.0,
    timeout: float = 20.0,
    budget: str = "",
    queries: str = "",
    source: str = "",
) -> Path:
    """A study whose outlets (id to further TOML lines) are served at ``place``, each as host ``<id>.example``."""
    hosts = {name: (hosts or {}).get(name, [f"{name}.example"]) for name in outlets}
    (folder / "outlets").mkdir(parents=True, exist_ok=True)
    for name, more in outlets.items():
        text = _OUTLET.format(name=name, host=hosts[name][0], hosts=json.dumps(hosts[name]), more=more)
        (folder / "outlets" / f"{name}.toml").write_text(text)
    names = sorted({host for group in hosts.values() for host in group})
    sources = "\n".join(f'[[source]]\nid = "{name}"\n{source}' for name in outlets)
    loopback = "\n".join(f'"{name}" = "{place}"' for name in names)
    (folder / "study.toml").write_text(
        _STUDY.format(delay=delay, timeout=timeout, budget=budget, queries=queries, sources=sources, loopback=loopback)
    )
    return folder


def crawl(
    folder: Path, *arguments: str, fault: str = "", check: bool = True, module: str = "tests.crawler"
) -> dict[str, Any]:
    """Run a crawl in a process of its own; the result's document, with the process's error output under ``log``.

    `module` runs it; what `fault` may be is told there.
    """
    run = subprocess.run(
        [sys.executable, "-W", "error", "-m", module, str(folder), fault, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "http_proxy": "http://127.0.0.1:9/"},
    )
    if run.returncode != 0:
        assert not check, run.stderr
        return {"returncode": run.returncode, "log": run.stderr}
    document: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return {**document, "log": run.stderr}


def captures(folder: Path) -> list[Capture]:
    """All captures of a study, each read strictly."""
    study = load_study(folder)
    places = journal(study.archive_folder)
    found = [capture for _, capture in read_captures(study.archive_folder, places, study.keys())]
    assert all(isinstance(one, Capture) for one in found)
    return [one for one in found if isinstance(one, Capture)]
