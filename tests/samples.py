"""Samples made in memory for tests, through the same columns as a sample on disk."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from analysis.estimates.sampled import Sample, sample_of

SEED = "5e" * 32


def plain(
    ids: Sequence[str],
    *,
    of: int | Sequence[int],
    strata: Sequence[int] | None = None,
    status: Mapping[str, str] | None = None,
    twice: Sequence[str] = (),
) -> Sample:
    """A plain draw in strata; ``of``: documents of the frame in each stratum, those not drawn are called x0, x1 ..."""
    where = list(strata or [0] * len(ids))
    sizes = [of] if isinstance(of, int) else list(of)
    drawn = [where.count(number) for number in range(len(sizes))]
    rows = [
        {
            "doc_id": one,
            "unit_id": one,
            "stratum": f"s{h}",
            "wave": 0,
            "N_h": sizes[h],
            "n_h": drawn[h],
            "pi": drawn[h] / sizes[h],
            "weight": sizes[h] / drawn[h],
            "psu_id": one,
            "cluster_size": 1,
            "double_code": one in twice,
            "status": (status or {}).get(one, "drawn"),
        }
        for one, h in zip(ids, where, strict=True)
    ]
    cells = [
        {"stratum": f"s{h}", "wave": 0, "N": size, "n": n} for h, (size, n) in enumerate(zip(sizes, drawn, strict=True))
    ]
    described = {
        "stages": [{"name": "draw", "method": "stratified", "strata": cells}],
        "estimand": "documents",
        "seed": {"hex": SEED},
    }
    frame = [*ids, *(f"x{number}" for number in range(sum(sizes) - len(ids)))]
    others = [h for h, (size, n) in enumerate(zip(sizes, drawn, strict=True)) for _ in range(size - n)]
    places = [f"s{h}\t0" for h in (*where, *others)]
    return sample_of(pa.Table.from_pylist(rows), described, frame, places)
