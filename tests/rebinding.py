"""A crawl in a world whose names change faces: `python -m tests.rebinding STUDY`.

127.0.0.2 plays a public address here. ``turning.example`` has it at every first look-up and 127.0.0.1, a private one, at
every second; ``both.example`` has both at once; ``dead.example`` has 127.0.0.3, where nobody listens, and 127.0.0.1.
What was looked up stands in ``looked-up.json`` of the study.
"""

import json
import socket
import sys
from pathlib import Path
from typing import Any

PUBLIC, DEAD, PRIVATE = "127.0.0.2", "127.0.0.3", "127.0.0.1"
looked_up: list[tuple[str, list[str]]] = []
_getaddrinfo = socket.getaddrinfo


def faces(name: str) -> list[str]:
    """What ``name`` is at this moment."""
    if name == "both.example":
        return [PRIVATE, PUBLIC, PRIVATE]
    if name == "dead.example":
        return [DEAD, PRIVATE]
    return [PRIVATE if sum(one == name for one, _ in looked_up) % 2 else PUBLIC]


def getaddrinfo(host: Any, port: Any, *more: Any, **known: Any) -> Any:
    name = host.decode() if isinstance(host, bytes) else host
    if not str(name).endswith(".example"):
        return _getaddrinfo(host, port, *more, **known)
    found = faces(name)
    looked_up.append((name, found))
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, int(port or 0))) for address in found]


def main() -> None:
    socket.getaddrinfo = getaddrinfo  # before Twisted takes it

    from corpus.addresses import forbidden
    from corpus.study import load_study
    from spiders import guard
    from spiders.crawl import run_crawl
    from tests.calm import calm

    vars(guard)["forbidden"] = lambda address: None if address in (PUBLIC, DEAD) else forbidden(address)
    folder = Path(sys.argv[1])
    result = run_crawl(calm(load_study(folder)))
    (folder / "looked-up.json").write_text(json.dumps(looked_up))
    print(json.dumps(result.document()))


if __name__ == "__main__":
    main()
