"""Cut texts into tokens and sentences: Chinese by jieba's method, English by spaCy's tokenizer, marks never."""

import hashlib
import importlib.util
import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from corpus.records import Tokens
from corpus.scripts import has_han, variant
from corpus.stages.cut import Pipelines, Text, Words, batches, cutter
from corpus.stages.lists import SCHEMA, rows
from corpus.stages.pipeline import Pipeline
from corpus.studyfile import StudyWord

_AT_ONCE = 1 << 20
"""Signs in a batch."""
_AS_THEY_STAND = frozenset(("zh-Hans", "zh", "en"))


class Segmenter:
    """Cuts texts for one study. Holds only its words, so that it can be sent to worker processes; they load the rest.

    ``words`` are never cut; those with dates only in texts published within them. ``english`` and ``chinese`` name spaCy
    pipelines; empty for spaCy's rules with lemmas by look-up, and for jieba. Raises UserError where one is not installed.
    """

    def __init__(self, words: Sequence[StudyWord] = (), english: str = "", chinese: str = "") -> None:
        self._days: dict[date | None, Words] = {}
        self._words = tuple(sorted({(word.text, word.start, word.end) for word in words}, key=str))
        self._pipelines: Pipelines = (
            Pipeline(english, "en") if english else None,
            Pipeline(chinese, "zh") if chinese else None,
        )

    @cached_property
    def segmenter(self) -> str:
        """Names and versions of everything that shapes the tokens."""
        english, chinese = self._pipelines
        listed = json.dumps([[word, str(start), str(end)] for word, start, end in self._words], ensure_ascii=False)
        words = f" + words {hashlib.sha256(listed.encode()).hexdigest()[:8]}" if self._words else ""
        trained = f"{chinese}; " if chinese else ""
        lookups = f"spacy-lookups-data {version('spacy-lookups-data')}"
        return (
            f"{trained}rjieba {version('rjieba')} + jieba dict {_dictionary_digest()} + OpenCC {version('opencc')}{words}; "
            f"spaCy {version('spacy')} + {english or lookups}"
        )

    def table(self, texts: Sequence[Text]) -> pa.Table:
        """One row a text, in their order, with the columns of the corpus table ``tokens``.

        Tokens are slices of the text in order, with only white space between them. Many texts at one go take a small part
        of the time that they take one by one.
        """
        parts = [SCHEMA.empty_table()]
        order: list[int] = []
        for batch in batches(texts, _AT_ONCE):
            groups: defaultdict[tuple[Words, bool], list[int]] = defaultdict(list)
            for number, text in enumerate(texts[batch], batch.start):
                groups[self._valid(text.published), _converted(text)].append(number)
            for (words, converted), numbers in groups.items():
                chosen = [texts[number] for number in numbers]
                parts.append(rows(chosen, cutter(words, self._pipelines).cut(chosen, converted)))
                order += numbers
        whole = pa.concat_tables(parts)
        if order != sorted(order):
            whole = whole.take(pa.array(np.argsort(order)))
        return whole.append_column("segmenter", pa.repeat(pa.scalar(self.segmenter), len(texts)))

    def segment(self, document_id: str, text: str, language: str, published: date | None) -> Tokens:
        """The tokens of one text, as `table` gives them."""
        row: dict[str, Any] = self.table([Text(document_id, text, language, published)]).to_pylist()[0]
        row |= {name: tuple(value) for name, value in row.items() if isinstance(value, list)}
        return Tokens(**row)

    def _valid(self, published: date | None) -> Words:
        """Words that hold in a text published then; those with dates hold in none of unknown date."""
        known = self._days.get(published)
        if known is None:
            known = self._days[published] = tuple(
                word
                for word, start, end in self._words
                if (start is None and end is None)
                or (
                    published is not None
                    and (start is None or start <= published)
                    and (end is None or published <= end)
                )
            )
        return known


def _converted(text: Text) -> bool:
    """Whether it is cut as its Simplified copy is."""
    if text.language in _AS_THEY_STAND:
        return False
    return text.language == "zh-Hant" or (has_han(text.text) and variant(text.text) == "zh-Hant")


def _dictionary_digest() -> str:
    """First 8 hex digits of the SHA-256 of jieba's own dictionary, of which rjieba carries a copy."""
    place = importlib.util.find_spec("jieba")
    if place is None or not place.submodule_search_locations:
        return "unknown"
    content = (Path(place.submodule_search_locations[0]) / "dict.txt").read_bytes()
    return hashlib.sha256(content).hexdigest()[:8]
