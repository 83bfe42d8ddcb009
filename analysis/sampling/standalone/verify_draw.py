"""Draw again from frame.parquet what sample.json describes, and hold it against sample.parquet: python verify_draw.py

Needs Python 3.11 and pyarrow; exit code 1 where a check fails. Not seen here, but by `huanying sample verify`: texts,
the corpus that the frame was frozen from, and how n was shared out over strata."""

import json
import sys
from fractions import Fraction
from hashlib import sha256
from math import ceil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

CHECKS = "files,plan and seed,frame,ranks,selection,weights,flow,reserves and second coding,texts".split(",")
PLACE = "stratum wave rank unit_id doc_id N_h n_h is_reserve".split()
WEIGHTS = "lambda order_key psu_id cluster_size pi_num pi_den pi weight fpc".split()
here = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
said: Any = json.loads((here / "sample.json").read_bytes())
frame, sample = (pq.ParquetFile(here / f"{name}.parquet").read().to_pylist() for name in ("frame", "sample"))
draw_id, seed, draw = said.pop("draw_id"), said["seed"], next(one for one in said["stages"] if one["name"] == "draw")
take, clusters, one_each = draw["take"], draw["unit"] == "cluster", draw["within"] == "representative"
of_documents, of_means = said["estimand"] == "documents", said["estimand"] == "author-means"
KEY, checks = f"huanying-sample/1\n{seed['hex']}", list[tuple[int, bool, str]]()
check = checks.append


def hashed(*lines: str) -> str:
    return sha256("\n".join(lines).encode()).hexdigest()


def keyed(sizes: dict[str, int], n: int) -> Any:
    """(key, digest, unit, chance): what is drawn first is the smallest. The key is 0 where the digest decides."""
    shares: dict[str, Any] = {unit: draw["rate"] and min(1.0, draw["rate"] * size) for unit, size in sizes.items()}
    if draw["method"] == "pps":
        rest, total, shares = sorted(sizes, key=lambda unit: sizes[unit]), sum(sizes.values()), {}
        while rest and (n - len(shares)) * sizes[rest[-1]] >= total:  # the largest are certain as long as they reach 1
            total -= sizes[rest[-1]]
            shares[rest.pop()] = 1.0
        shares |= {unit: (n - len(shares)) * sizes[unit] / total for unit in rest if n}
    for unit, share in shares.items():
        made, key = hashed(KEY, "draw", unit), 0.0
        u = (int(made[:13], 16) + 0.5) / 2**52
        if share is not None and share < 1:
            key = u * (1 - share) / (share * (1 - u)) if draw["order"] == "pareto" else u / share
        yield key, made, unit, share


body = hashed(json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
check((1, body == draw_id, "sample.json: draw_id is not the digest of the rest"))
for file, facts in {"plan.toml": said["plan"], **said["outputs"]}.items():
    right = sha256((here / file).read_bytes()).hexdigest() == facts["sha256"]
    check((2 if file == "plan.toml" else 1, right, f"{file} is not the file that sample.json names"))
derived = hashed("huanying-seed/1", said["study_id"], seed["family"], seed["public_value"])
check((2, seed["hex"] == derived, "the seed does not follow from study, family and public value"))
by_id, designed = {row["id"]: row for row in frame}, "id stratum cluster author size wave text_commitment".split()
lines = ["\t".join("" if row[name] is None else str(row[name]) for name in designed) for row in frame]
check((3, hashed(*sorted(by_id), "") == said["frame"]["frame_digest"], "other documents were frozen"))
check((3, hashed(*lines, "") == said["frame"]["design_digest"], "a column of the frame is not as it was frozen"))

authors, units, strata = dict[Any, Any](), dict[Any, Any](), dict[Any, Any]()
for row in sorted(frame, key=lambda row: hashed(KEY, "author", row["id"])):
    authors.setdefault((row["author"] or row["id"], row["wave"]), []).append(row)
capped = [row for of in authors.values() for row in of[:take]]
for row in sorted(capped, key=lambda row: str(row["id"])):
    units.setdefault((row["cluster" if clusters else "id"], row["wave"]), []).append(row)
for (unit, wave), of in units.items():
    strata.setdefault((of[0]["stratum"], wave), {})[unit] = int(of[0]["size"] or 1)
check((5, sum(cell["N"] for cell in draw["strata"]) == len(units), "the frame has other strata"))
places, expected = [], dict[str, list[Any]]()
for cell in draw["strata"]:
    sizes, wave, n = strata.get((cell["stratum"], cell["wave"]), {}), cell["wave"], cell["n"]
    order, N = sorted(keyed(sizes, n)), len(sizes)
    n = {"census": N, "poisson": sum(one[0] < 1 for one in order)}.get(draw["method"], n)
    tau = None if n >= len(order) else order[n][1 if order[n][3] is None else 0]
    check((5, (cell["N"], cell["n"], cell["tau"]) == (N, n, tau), f"{cell['stratum']}, wave {wave}: N, n or tau"))
    for rank, (key, _, unit, share) in enumerate(order[: n + said["reserves"]["n"]], 1):
        of = units[unit, wave]
        for row in [min(of, key=lambda row: hashed(KEY, "within", row["id"]))] if one_each else of:
            author = row["author"] or row["id"]
            volume = len(authors[author, wave]) if take else 1
            kept, down = min(volume, take or 1), N * len(of) if one_each else N
            up, down = (n * kept, down * volume) if of_documents else (n, down)
            own = [share, None if share is None else key, unit if clusters else author if take else row["id"]]
            own += [len(of) if clusters else volume, None, None, share, share and 1 / share, None]
            if share is None and n:
                own[4:] = up, down, up / down, down / up / (kept if of_means else 1), 1 - n / N
            places.append([cell["stratum"], wave, rank, unit, row["id"], N, n, rank > n])
            expected[row["id"]] = own
check((5, places == [[row[name] for name in PLACE] for row in sample], "not the units of the smallest keys, in order"))

flow, first = said["flow"], [row for row in sample if not row["is_reserve"]]
for step, after in zip(flow, [*(step["n_in"] for step in flow[1:]), len(first)], strict=True):
    lost = sum(one["n"] for one in step["excluded"])
    check((7, step["n_in"] - lost == step["n_out"] == after, f"the step {step['stage']} does not add up"))
check((7, flow[-1]["n_in"] == len(capped), "the frame is not what the flow ends in"))
twice, gone = set[str](), {(row["stratum"], row["wave"]): list[str]() for row in sample}
for wave in {row["wave"] for row in first}:
    ids = sorted((row["doc_id"] for row in first if row["wave"] == wave), key=lambda one: hashed(KEY, "second", one))
    twice |= set(ids[: ceil(Fraction(str(said["second_coding"]["fraction"])) * len(ids))])
for row in sample:
    name, made, waiting = row["doc_id"], hashed(KEY, "draw", row["unit_id"]), gone[row["stratum"], row["wave"]]
    right = (row["digest"], row["u"]) == (made, (int(made[:13], 16) + 0.5) / 2**52)
    check((4, right, f"{name}: digest or u is not that of its unit"))
    if row["is_reserve"]:
        check((8, row["replaces"] == (waiting.pop(0) if waiting else None), f"{name}: a reserve out of its turn"))
    out = row["status"] == "replaced" or (row["is_reserve"] and not row["replaces"])
    waiting += [name] if row["status"] == "replaced" else []
    twice |= {name} if row["replaces"] in twice else set()
    check((8, row["double_code"] == (name in twice), f"{name}: coded twice, or not, against the order"))
    own = expected.get(name, [row[column] for column in WEIGHTS])
    right = [row[column] for column in WEIGHTS] == (own[:4] + [None] * 5 if out else own)
    check((6, right, f"{name}: its chance or weight does not follow from the design"))
    check((9, row["text_commitment"] == by_id.get(name, row)["text_commitment"], f"{name}: not the frozen text"))
check((8, not any(gone.values()), "a unit was replaced by none"))
for number, name in enumerate(CHECKS, 1):
    found = [message for of, right, message in checks if of == number and not right]
    print(f"{number} {name}: {'FAILED: ' + '; '.join(found[:3]) + f' ({len(found)} in all)' if found else 'ok'}")
sys.exit(not all(right for _, right, _ in checks))
