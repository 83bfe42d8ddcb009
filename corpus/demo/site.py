"""The demonstration: a study of invented outlets, served on this machine, and a check of how they were asked."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from corpus.demo.answers import Host
from corpus.demo.held import write_captures
from corpus.demo.hosts import CAPTURES, all_hosts
from corpus.demo.server import DemoServer, PrivateListener
from corpus.errors import UserError
from corpus.study import STUDY_FILE, load_study

MARKER = ".huanying-demo"
LOG = Path("log") / "served.ndjson"
LATE = 0.06
"""Seconds by which the server may notice a request later than the one before it, on a busy machine."""
AT_ONCE = 6
"""Requests that one page in a browser may have open at a time."""
LOAD = 30.0
"""Seconds for which a page may go on asking for its parts."""
WALLS = 3
"""Login walls in a row after which a host is to be left alone: one may stand before one page only."""
_HERE = Path(__file__).resolve().parent.parent
_COPIED = ("outlets", "captures")
_KEPT_BACK = ("known.toml",)
"""What a careful coder would say of the captures: for tests, no part of what a researcher would have."""
_COMPANIONS = ("codebook.toml", "stance.toml", "emotions.toml", "coding.toml", "sample.toml")


@dataclass(frozen=True, slots=True)
class DemoSite:
    """A demonstration under way: its study folder, its server, and the log the server keeps."""

    folder: Path
    server: DemoServer
    private: PrivateListener
    log: Path
    delay: float
    """Seconds that the study promises between two requests to a host; a host's own Crawl-delay may ask for more."""

    @property
    def captures(self) -> Path:
        """Folder of what a researcher would have saved by hand, to be imported."""
        return self.folder / "captures"

    @property
    def private_connections(self) -> int:
        """How often somebody connected to the port that nobody may connect to."""
        return self.private.connections


def demo_folder() -> Path:
    """Where the demonstration's files lie: in an installed package beside the library, else in the checkout."""
    for place in (_HERE / "demo_study", _HERE.parent / "studies" / "demo"):
        if (place / STUDY_FILE).is_file():
            return place
    raise UserError(
        "the demonstration's files are not installed", where=_HERE / "demo_study", hint="install huanying again"
    )


def companion(name: str) -> Path:
    """A companion file of the demonstration's study, such as ``codebook.toml``."""
    folder = demo_folder()
    for place in (folder / name, folder.parent / "tiktok-refugees" / name):
        if place.is_file():
            return place
    raise UserError(f"the demonstration's {name} is not installed", where=folder, hint="install huanying again")


@contextmanager
def prepare(target: Path) -> Iterator[DemoSite]:
    """Lay the demonstration's study out in `target` and serve its outlets for as long as the context lasts.

    A folder left by an earlier demonstration is emptied first; raises UserError where `target` holds anything else.
    """
    source = demo_folder()
    _clear(target)
    private = PrivateListener()
    try:
        with DemoServer(all_hosts(source / "content", private.port), target / LOG) as server:
            _lay_out(source, target, server)
            write_captures(target / "captures", server.hosts, source / "captures" / CAPTURES)
            delay = load_study(target).file.politeness.delay
            yield DemoSite(target, server, private, target / LOG, delay)
    finally:
        private.close()


def _clear(target: Path) -> None:
    if target.exists() and not target.is_dir():
        raise UserError("is a file, not a folder", where=target, hint="name a new folder for the demonstration")
    if target.is_dir() and any(target.iterdir()):
        if not (target / MARKER).is_file():
            raise UserError(
                "holds something that is no earlier demonstration; nothing was changed",
                where=target,
                hint="name a new or an empty folder",
            )
        for child in target.iterdir():
            if child.is_dir() and not child.is_symlink():
                shutil.rmtree(child)
            elif child.name != MARKER:
                child.unlink()
    target.mkdir(parents=True, exist_ok=True)
    (target / MARKER).write_text(
        "`huanying demo` made this folder and empties it when it runs here again.\n", encoding="utf-8"
    )


def _lay_out(source: Path, target: Path, server: DemoServer) -> None:
    for name in _COPIED:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, ignore=shutil.ignore_patterns(*_KEPT_BACK))
    shutil.copyfile(source / "events.csv", target / "events.csv")
    for name in _COMPANIONS:
        shutil.copyfile(companion(name), target / name)
    served = "".join(f'"{name}" = "127.0.0.1:{server.port}"\n' for name in sorted(server.hosts))
    study = (source / STUDY_FILE).read_text(encoding="utf-8")
    (target / STUDY_FILE).write_text(f"{study}\n[loopback]\n{served}", encoding="utf-8")


def check_log(site: DemoSite) -> list[str]:
    """How the served hosts were wronged, by the server's own log: a sentence for each violation, none if all is well.

    Looked for: paths that robots.txt forbids or that no page names, pictures, requests that change something, unknown
    hosts, a first request other than robots.txt, requests too soon after one another, before Retry-After or after a
    wall, and connections to the private port. What a page in a browser asks for by itself may come without a pause,
    but only after its page, for a while, and few at a time.
    """
    faults = [f"{site.private_connections} connections to the private port"] if site.private_connections else []
    by_host: dict[str, list[dict[str, Any]]] = {}
    for row in read_log(site.log):
        by_host.setdefault(row["host"], []).append(row)
    for name, rows in sorted(by_host.items()):
        host = site.server.hosts.get(name)
        if host is None:
            faults += [f"{name or '(no host)'}: a host that does not exist was asked for {row['path']}" for row in rows]
            continue
        faults += _wrong_paths(host, rows)
        faults += _wrong_times(host, rows, site.delay)
    return faults


def read_log(path: Path) -> list[dict[str, Any]]:
    """The server's log by time of arrival; `time` and `until` as datetimes."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        row["time"], row["until"] = datetime.fromisoformat(row["time"]), datetime.fromisoformat(row["until"])
    return sorted(rows, key=lambda row: row["time"])


def _wrong_paths(host: Host, rows: list[dict[str, Any]]) -> list[str]:
    faults = []
    if rows[0]["path"] != "/robots.txt":
        faults.append(f"{host.name}: {rows[0]['path']} was asked for before robots.txt")
    walls = 0
    captcha = ""
    later = False
    for row in rows:
        path = row["path"]
        if row["later"] and not later:  # weeks later it may be asked again
            later, walls, captcha = True, 0, ""
        if not host.may(path):
            faults.append(f"{host.name}: {path} was asked for though robots.txt forbids it or cannot be read")
        elif row["method"] not in ("GET", "HEAD"):
            faults.append(f"{host.name}: {row['method']} {path}: whoever reads changes nothing")
        elif path.startswith(host.pictures):
            faults.append(f"{host.name}: {path} was asked for, a picture")
        elif row["status"] == 404:
            faults.append(f"{host.name}: {path} was asked for though no page names it")
        elif walls >= WALLS:
            faults.append(f"{host.name}: {path} was asked for after {walls} login walls in a row")
        elif captcha:
            faults.append(f"{host.name}: {path} was asked for after the captcha at {captcha}")
        walls = walls + 1 if path in host.walls else 0
        captcha = captcha or (path if path in host.captchas else "")
    return faults


def _wrong_times(host: Host, rows: list[dict[str, Any]], delay: float) -> list[str]:
    faults = []
    pause = delay
    closed_until: datetime | None = None
    load: list[dict[str, Any]] = []  # the last page, and what it asked for by itself
    for row in rows:
        if load and row["path"].startswith(host.parts):
            faults += _wrong_part(host, load, row)
            load.append(row)
        else:
            faults += _wrong_pause(host, load, row, pause)
            load = [row]
        if closed_until and row["time"] < closed_until - timedelta(seconds=LATE):
            early = (closed_until - row["time"]).total_seconds()
            faults.append(f"{host.name}: {row['path']} came {early:.3f} s before Retry-After had passed")
        if row["path"] == "/robots.txt" and row["status"] == 200:
            pause = max(delay, host.crawl_delay or 0.0)
        if row["retry_after"] is not None:
            closed_until = row["until"] + timedelta(seconds=row["retry_after"])
    return faults


def _wrong_pause(host: Host, load: list[dict[str, Any]], row: dict[str, Any], pause: float) -> list[str]:
    """What is wrong with a page that comes after ``load``: too soon after its last request, or before its last answer."""
    if not load:
        return []
    faults = []
    before = load[-1]
    gap = (row["time"] - before["time"]).total_seconds()
    if gap < pause - LATE:
        faults.append(f"{host.name}: {row['path']} came {gap:.3f} s after {before['path']}, not {pause:g} s")
    faults += [
        f"{host.name}: {row['path']} came while {one['path']} was still being answered"
        for one in load
        if row["time"] < one["until"]
    ]
    return faults


def _wrong_part(host: Host, load: list[dict[str, Any]], row: dict[str, Any]) -> list[str]:
    """What is wrong with a request that a page makes by itself: no page that could, too many at once, too late."""
    faults = []
    page = load[0]
    if page["path"] == "/robots.txt" or page["status"] != 200:
        faults.append(f"{host.name}: {row['path']} was asked for though no page was open that needs it")
    if row["time"] < page["until"] - timedelta(seconds=LATE):
        faults.append(f"{host.name}: {row['path']} came before its page {page['path']}")
    if (late := (row["time"] - page["time"]).total_seconds()) > LOAD:
        faults.append(f"{host.name}: {row['path']} came {late:.0f} s after its page {page['path']}")
    if (together := 1 + sum(one["until"] > row["time"] for one in load[1:])) > AT_ONCE:
        faults.append(f"{host.name}: {row['path']} was one of {together} requests at once, not {AT_ONCE}")
    return faults
