"""A recheck with a kill at a named point: `python -m tests.rechecker STUDY [FAULT [SOURCE ...]]`, as `tests.crawler`."""

import json
import sys
from pathlib import Path

from corpus.rechecks import plan_recheck
from corpus.study import load_study
from spiders.crawl import run_recheck
from tests.calm import calm
from tests.crawler import FaultyDisk, KillingArchive, Points


def main() -> None:
    folder, fault, *sources = [*sys.argv[1:], ""][: max(2, len(sys.argv) - 1)]
    points = Points(fault)
    study = calm(load_study(Path(folder)))
    KillingArchive.points = points
    plan = plan_recheck(study, sources or None)
    result = run_recheck(study, plan, archive=KillingArchive(study.archive_folder, FaultyDisk(points)))
    print(json.dumps(result.document()))


if __name__ == "__main__":
    main()
