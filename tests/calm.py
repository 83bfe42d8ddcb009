"""Gives each page in the browser of a test's crawl more time to show that it is not yet at rest."""

import importlib

from corpus.study import Study

QUIET = 0.6
"""Seconds without a request and without a change: a page on a machine that stalls must not look like one at rest."""


def calm(study: Study) -> Study:
    """The study, in a process that waits for longer where any of its sources is asked in the browser."""
    if any(outlet.browser for outlet in study.outlets.values()):
        wait_longer()  # only there: it loads the browser's driver
    return study


def wait_longer() -> None:
    """Whatever this process crawls."""
    settling = vars(importlib.import_module("spiders.settling"))
    settling["_QUIET"] = max(QUIET, settling["_QUIET"])
