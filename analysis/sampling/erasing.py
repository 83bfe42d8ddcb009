"""Take what opens the commitments to erased texts out of every draw, and write it into the log of draws."""

from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc

from analysis.sampling.frames import SALTS
from analysis.sampling.history import ERASED, draws_in, held, samples_folder
from corpus.errors import UserError
from corpus.snapshot import read_file
from corpus.store import write_file
from corpus.study import Study


def erase_salts(study: Study, documents: Collection[str], reason: str) -> int:
    """Take the salts of these documents out of all draws, those put aside too, and log it; how many salts there were.

    As long as the study key exists its holder can make a salt again; nobody else can. Raises UserError without a reason.
    """
    if not reason.strip():
        raise UserError("a text is erased with a reason")
    home, names, count = samples_folder(study), pa.array(sorted(documents), pa.string()), 0
    with held(home) as log:
        log.add(ERASED, {"ids": names.to_pylist(), "reason": reason.strip()})
        for folder in draws_in(home, aside=True):
            path, part = folder / "salts.parquet", folder / ".salts.part"
            if not path.is_file():
                continue
            salts = read_file(path)
            left = salts.filter(pc.invert(pc.is_in(salts.column("id"), value_set=names)))
            if left.num_rows < salts.num_rows:
                write_file(part, SALTS, left)
                part.chmod(0o600)
                part.replace(path)
                count += salts.num_rows - left.num_rows
    return count
