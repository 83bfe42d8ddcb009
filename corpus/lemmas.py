"""English word forms and their lemmas, from the tables of spacy-lookups-data."""

import gzip
import importlib
import json
from functools import cache
from pathlib import Path
from typing import Any


def _table(name: str) -> Any:
    lookups = importlib.import_module(
        "spacy_lookups_data"
    )  # imports importlib.resources only, but is not always needed
    path = Path(str(lookups.en[name]))
    packed = path.with_name(f"{path.name}.gz")
    return json.loads(gzip.decompress(packed.read_bytes()) if packed.exists() else path.read_bytes())


@cache
def lemmas() -> dict[str, str]:
    """Lemma of each inflected English form that has one of its own; regular base forms are absent."""
    table: dict[str, str] = _table("lemma_lookup")
    return table


@cache
def forms() -> frozenset[str]:
    """About 120,000 English word forms in lower case."""
    table = lemmas()
    listed: dict[str, list[str]] = _table("lemma_index")
    return frozenset(form.lower() for group in (table, table.values(), *listed.values()) for form in group)
