"""Draw again from frame.parquet by plan.toml and hold it against sample.json and sample.parquet: python verify_draw.py

Python 3.11, pyarrow; exit code 1 where a check fails. Seen: files are those named; plan.toml and frame give this draw.
Not seen: texts, log, what else sample.json tells; and by the corpus, whether frame, strata, flow, n by stratum hold."""

import json
import sys
import tomllib
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

PLACE = "stratum wave rank unit_id doc_id N_h n_h is_reserve".split()
WEIGHTS = "lambda order_key psu_id cluster_size pi_num pi_den pi weight fpc".split()
here = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
said: Any = json.loads((here / "sample.json").read_bytes())
plan: Any = tomllib.loads((here / "plan.toml").read_text("utf-8-sig"))
frame, sample = (pq.ParquetFile(here / f"{name}.parquet").read().to_pylist() for name in ("frame", "sample"))
draw_id, seed, draw = said.pop("draw_id"), said["seed"], next(one for one in said["stages"] if one["name"] == "draw")
design, clusters, one_each = plan["design"], draw["unit"] == "cluster", draw["within"] == "representative"
method, take, rate, estimand = *map(design.get, ("method", "take", "rate")), plan["plan"].get("estimand", "documents")
fraction, reserves = (plan.get(of, {}).get(name, 0) for of, name in (("second_coding", "fraction"), ("reserves", "n")))
KEY, check = f"huanying-sample/1\n{seed['hex']}", (checks := list[tuple[int, bool, str]]()).append


def hashed(*lines: str) -> str:
    return sha256("\n".join(lines).encode()).hexdigest()


def keyed(sizes: dict[str, int], n: int) -> Any:
    shares: dict[str, Any] = {unit: rate and min(1.0, rate * size) for unit, size in sizes.items()}
    if method == "pps":
        rest, total, shares = sorted(sizes, key=lambda unit: sizes[unit]), sum(sizes.values()), {}
        while rest and (n - len(shares)) * sizes[rest[-1]] >= total:  # the largest are certain as long as they reach 1
            total -= sizes[rest[-1]]
            shares[rest.pop()] = 1.0
        shares |= {unit: (n - len(shares)) * sizes[unit] / total for unit in rest if n}
    for unit, share in shares.items():
        made = hashed(KEY, "draw", unit)
        u = (int(made[:13], 16) + 0.5) / 2**52
        key = 0.0 if share is None or share >= 1 else u / share
        key = u * (1 - share) / (share * (1 - u)) if key and design.get("scheme") == "pareto" else key
        yield key, made, unit, share  # the smallest is drawn first; a key of 0 lets the digest decide


check((1, hashed(json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))) == draw_id, "draw_id"))
for file, facts in {"plan.toml": said["plan"], **said["outputs"]}.items():
    check((1 + (file == "plan.toml"), sha256((here / file).read_bytes()).hexdigest() == facts["sha256"], file))
derived = hashed("huanying-seed/1", said["study_id"], plan["seed"]["family"], plan["seed"].get("public_value", ""))
check((2, seed["hex"] == derived, "the seed does not follow from study, family and public value"))
told = {**said, **said["population"], **(said["plan"]["registered"] or {})}
known = {**plan["plan"], **plan["population"], **plan.get("registered", {})}
check((2, all(known.get(of) == told.get(of) for of in "title definition system id".split()), "title, registration"))
check((2, not seed["shopping_proof"] or ("system" in told and seed["public_value"]), "nobody saw the plan before"))
n, week = sum(cell["n"] for cell in draw["strata"] if cell["wave"] == 0), design.get("by") == "constructed week"
check((2, week or n == design.get("n", n), "n is not that of plan.toml"))
by_id, designed = {row["id"]: row for row in frame}, "id stratum cluster author size wave text_commitment".split()
lines = ["\t".join("" if row[name] is None else str(row[name]) for name in designed) for row in frame]
check((3, hashed(*sorted(by_id), "") == said["frame"]["frame_digest"], "other documents were frozen"))
check((3, hashed(*lines, "") == said["frame"]["design_digest"], "a column of the frame is not as it was frozen"))
authors, units, strata = dict[Any, Any](), dict[Any, Any](), dict[Any, Any]()
for row in sorted(frame, key=lambda row: hashed(KEY, "author", row["id"])):
    authors.setdefault((row["author"] or row["id"], row["wave"]), []).append(row)
for row in sorted((row for of in authors.values() for row in of[:take]), key=lambda row: str(row["id"])):
    units.setdefault((row["cluster" if clusters else "id"], row["wave"]), []).append(row)
for (unit, wave), of in units.items():
    strata.setdefault((of[0]["stratum"], wave), {})[unit] = int(of[0]["size"] or 1)
check((5, sum(cell["N"] for cell in draw["strata"]) == len(units), "the frame has other strata"))
places, expected = [], dict[str, list[Any]]()
for cell in draw["strata"]:
    sizes, wave, n = strata.get((cell["stratum"], cell["wave"]), {}), cell["wave"], cell["n"]
    order, N = sorted(keyed(sizes, n)), len(sizes)
    n = {"census": N, "poisson": sum(one[0] < 1 for one in order)}.get(method, n)
    tau = order[n][order[n][3] is None] if n < len(order) else None
    check((5, (cell["N"], cell["n"], cell["tau"]) == (N, n, tau), f"{cell['stratum']}, wave {wave}: N, n or tau"))
    for rank, (key, _, unit, share) in enumerate(order[: n + reserves], 1):
        of = units[unit, wave]
        for row in [min(of, key=lambda row: hashed(KEY, "within", row["id"]))] if one_each else of:
            volume = len(authors[row["author"] or row["id"], wave]) if take else 1
            kept, down = min(volume, take or 1), N * len(of) if one_each else N
            up, down = (n * kept, down * volume) if estimand == "documents" else (n, down)
            own = [share, None if share is None else key, unit if clusters else (take and row["author"]) or row["id"]]
            own += [len(of) if clusters else volume, None, None, share, share and 1 / share, None]
            if share is None and n:
                own[4:] = up, down, up / down, down / up / (kept if estimand == "author-means" else 1), 1 - n / N
            places.append([cell["stratum"], wave, rank, unit, row["id"], N, n, rank > n])
            expected[row["id"]] = own
check((5, places == [[row[name] for name in PLACE] for row in sample], "not the units of the smallest keys, in order"))
twice, gone, first = set[str](), dict[Any, Any](), [row for row in sample if not row["is_reserve"]]
for step, after in zip(said["flow"], [*(step["n_in"] for step in said["flow"][1:]), len(first)], strict=True):
    check((7, step["n_in"] - sum(one["n"] for one in step["excluded"]) == step["n_out"] == after, step["stage"]))
check((7, {one["reason"]: one["n"] for one in step["excluded"]}.get("reserve", 0) == len(sample) - len(first), "flow"))
check((7, step["n_in"] == sum(map(len, units.values())), "the frame is not what the flow ends in"))
for wave in {row["wave"] for row in first}:
    ids = sorted((row["doc_id"] for row in first if row["wave"] == wave), key=lambda one: hashed(KEY, "second", one))
    twice |= set(ids[: -int(-Fraction(str(fraction)) * len(ids) // 1)])
found = {one["id"]: (one["status"], one["reason"]) for one in plan.get("found", ())}
for row in sample:
    name, waiting = row["doc_id"], gone.setdefault((row["stratum"], row["wave"]), [])
    made = hashed(KEY, "draw", row["unit_id"])
    check((4, (row["digest"], row["u"]) == (made, (int(made[:13], 16) + 0.5) / 2**52), f"{name}: its digest or u"))
    check((8, row["replaces"] == (waiting.pop(0) if row["is_reserve"] and waiting else None), f"{name}: its turn"))
    one = found.get(name) if row["replaces"] or not row["is_reserve"] else None
    status = one and ("replaced", f"{one[0]}: {one[1]}") if row["status"] == "replaced" else one or ("drawn", None)
    check((8, (row["status"], row["status_reason"]) == status, f"{name}: its status is not what plan.toml found"))
    waiting += [name] if row["status"] == "replaced" else []
    twice |= {name} if row["replaces"] in twice else set()
    check((8, row["double_code"] == (name in twice), f"{name}: coded twice, or not, against the order"))
    own, out = expected.get(name, []), row["status"] == "replaced" or (row["is_reserve"] and not row["replaces"])
    given = [row[one] for one in WEIGHTS]
    check((6, not own or given == (own[:4] + [None] * 5 if out else own), f"{name}: chance, weight"))
    check((9, row["text_commitment"] == by_id.get(name, row)["text_commitment"], f"{name}: not the frozen text"))
check((8, not any(gone.values()), "a unit was replaced by none"))
for number, name in enumerate("files,plan and seed,frame,ranks,selection,weights,flow,reserves,texts".split(","), 1):
    faults = [message for of, right, message in checks if of == number and not right]
    print(f"{number} {name}: {'FAILED: ' + '; '.join(faults[:3]) + f' ({len(faults)} in all)' if faults else 'ok'}")
sys.exit(not all(right for _, right, _ in checks))
