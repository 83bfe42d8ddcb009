"""The numbers that order a draw: a digest of seed, stream and unit, and what follows from it by exact arithmetic."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

HASH = "sha256"
PREFIX = "huanying-sample/1"
SEED_PREFIX = "huanying-seed/1"
U_RULE = "(int(first 13 hex digits) + 0.5) / 2**52"
TIE_RULE = "digest, then unit id by code points"
SEED_RULE = 'sha256("huanying-seed/1\\n" + study_id + "\\n" + family + "\\n" + public_value)'
DRAW, WITHIN, AUTHOR, SECOND = "draw", "within", "author", "second"
"""The streams: independent orders of the same units."""
_DIGITS, _CELLS = 13, 2.0**52


def seed(study_id: str, family: str, public_value: str) -> str:
    """The seed of a family of draws, 64 hex digits. It depends on no plan and no frame, so that draws of one family nest.

    Raises ValueError where a part holds a newline: two different lists of parts would meet.
    """
    return _sha256(SEED_PREFIX, study_id, family, public_value)


def digest(seed_hex: str, stream: str, unit_id: str) -> str:
    """What a unit is ordered by, 64 hex digits; raises ValueError where the id holds a newline."""
    return _sha256(PREFIX, seed_hex, stream, unit_id)


def digests(seed_hex: str, stream: str, unit_ids: Sequence[str]) -> list[str]:
    """The digest of each of many units; what they have in common is hashed once."""
    return [one.hex() for one in raw_digests(seed_hex, stream, [one.encode() for one in unit_ids])]


def raw_digests(seed_hex: str, stream: str, unit_ids: Sequence[bytes]) -> list[bytes]:
    """The same as 32 bytes each, of ids in UTF-8."""
    begun, found = hashlib.sha256(f"{PREFIX}\n{seed_hex}\n{stream}\n".encode()), []
    if "\n" in seed_hex + stream or b"\n" in b"".join(unit_ids):
        raise ValueError("a part of a key holds a newline")
    for one in unit_ids:
        made = begun.copy()
        made.update(one)
        found.append(made.digest())
    return found


def _sha256(*parts: str) -> str:
    text = "\n".join(parts)
    if text.count("\n") >= len(parts):
        raise ValueError("a part of a key holds a newline")
    return hashlib.sha256(text.encode()).hexdigest()


def uniform(digest_hex: str) -> float:
    """A number strictly between 0 and 1 from the first 52 bits of a digest: exact in a double, the same in any language."""
    return (int(digest_hex[:_DIGITS], 16) + 0.5) / _CELLS


def sequential_poisson(u: float, share: float) -> float:
    """Order key u/λ (Ohlsson 1998); 0 for a unit that is certain to be drawn (λ = 1)."""
    return 0.0 if share >= 1.0 else u / share


def pareto(u: float, share: float) -> float:
    """Order key u(1-λ)/(λ(1-u)) (Rosén 1997); 0 for a unit that is certain to be drawn."""
    return 0.0 if share >= 1.0 else (u * (1.0 - share)) / (share * (1.0 - u))


def canonical(document: Mapping[str, Any]) -> bytes:
    """The one JSON text of a document: sorted keys, no spaces, floats as Python's repr writes them."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def draw_id(document: Mapping[str, Any]) -> str:
    """SHA-256 of a sample.json without its ``draw_id``."""
    return hashlib.sha256(canonical({name: value for name, value in document.items() if name != "draw_id"})).hexdigest()
