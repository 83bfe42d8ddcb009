"""A crawl of which some parts are put out of order: `python -m tests.weakened STUDY [PART=REPLACEMENT,...]`.

Both are dotted names. The replacement is put in place before anything is loaded by name, so that the check of the
settings, which compares names, finds nothing; a test that stays green with a safeguard replaced proves nothing.
"""

import importlib
import json
import sys
from pathlib import Path

from scrapy.utils.misc import load_object

from corpus.study import load_study
from spiders.crawl import run_crawl
from tests.calm import calm

PATIENT = 60.0
"""Seconds, for limits that are no safeguard: a loaded machine must not look like a page that never rests."""
HUNG = 25.0
"""Seconds in which a page must answer: nor like one that hangs, of which a test has to wait for the end."""
_LIMITS = {
    "turns.SETTLING": "PATIENT",
    "settling.SETTLING": "PATIENT",
    "settling._RESTLESS": "PATIENT",
}
SLOWLY = ",".join(f"spiders.{limit}=tests.weakened.{so}" for limit, so in _LIMITS.items())
"""The parts to replace for a crawl that gives each page in the browser all the time it wants."""


def lets_all_out(self: object, method: str, url: str, kind: str) -> None:
    """For `Load.refusal`: a page may ask for whatever it likes."""


def admits_all(self: object, host: str) -> bool:
    """For `Parts.admits`: and of whomever."""
    return True


def replace(part: str, replacement: str) -> None:
    """Put the object named ``replacement`` in the place of ``part``: a module's attribute, or a class's."""
    holder, _, name = part.rpartition(".")
    try:
        place = importlib.import_module(holder)
    except ModuleNotFoundError:
        place = load_object(holder)
    assert hasattr(place, name), part
    setattr(place, name, load_object(replacement))


def main() -> None:
    folder, faults = Path(sys.argv[1]), sys.argv[2]
    for fault in filter(None, faults.split(",")):
        replace(*fault.split("="))
    print(json.dumps(run_crawl(calm(load_study(folder))).document()))


if __name__ == "__main__":
    main()
