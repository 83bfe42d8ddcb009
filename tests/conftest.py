"""What every test stands on: keys of its own, and no network but loopback."""

import ipaddress
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from corpus.study import Study

# Laws are not timed tests: a slow machine is no counter-example. `make test` tries the same examples each time, so that
# nothing lands or fails by luck; `make search` tries new ones, and more of them.
settings.register_profile("house", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=1_000)
settings.load_profile("house")
SHARED = Path(os.environ.get("HUANYING_SHARED", Path(__file__).resolve().parent.parent.parent / "shared"))


@pytest.fixture(autouse=True)
def keys_apart(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Study keys of a test never touch the user's."""
    monkeypatch.setenv("HUANYING_KEYS", str(tmp_path_factory.mktemp("keys")))


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A connection to anything but this machine is a failure of the test, also where there is no network to notice."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not ipaddress.ip_address(address[0]).is_loopback:
            pytest.fail(f"a test reached for {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    yield


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study that `study` is a copy of; a file whose tests need another one has its own of this name."""
    from tests.reported import make_snapshot

    folder = tmp_path_factory.mktemp("built") / "small"
    make_snapshot(folder, documents=60)
    return folder


@pytest.fixture
def study(built: Path, tmp_path: Path) -> "Study":
    """A study of one's own, with the corpus of all: it may be spoilt."""
    from corpus.study import load_study

    shutil.copytree(built, tmp_path / "small")
    return load_study(tmp_path / "small")


@pytest.fixture
def shared() -> Path:
    """The measuring data that is no part of the project."""
    if not SHARED.is_dir():
        pytest.skip(f"no measuring data at {SHARED}; HUANYING_SHARED names another place")
    return SHARED
