"""Texts that are cut, one after the other, as the rows of the corpus table: a list of each thing a text."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpus.stages.cut import Flat, Text, takes_english
from corpus.stages.english import lemmas_of
from corpus.stages.kinds import DOCUMENT, KINDS, LATIN_WORD, NEWLINE, points, sentence_starts

SCHEMA = pa.schema(
    [
        ("document_id", pa.string()),
        ("tokens", pa.list_(pa.string())),
        ("starts", pa.list_(pa.int32())),
        ("kinds", pa.list_(pa.string())),
        ("sentence_starts", pa.list_(pa.int32())),
        ("lemmas", pa.list_(pa.string())),
        ("pos", pa.list_(pa.string())),
        ("pos_scheme", pa.string()),
    ]
)
Integers = npt.NDArray[Any]


def rows(texts: Sequence[Text], flat: Flat) -> pa.Table:
    """A row a text, of `SCHEMA`: gaps are left out, and offsets count from where the text begins."""
    shown = flat.codes > NEWLINE
    heads = np.flatnonzero(flat.codes == DOCUMENT)
    before = np.concatenate([[0], np.cumsum(shown, dtype=np.int32)])
    bounds = before[np.append(heads, len(shown))]
    counts = np.diff(bounds)
    codes, ends = flat.codes[shown], np.cumsum(flat.lengths, dtype=np.int32)
    starts = ends - flat.lengths
    own_starts = starts[shown] - np.repeat(ends[heads], counts)
    sentences = sentence_starts(flat.codes)
    tokens = _slices(flat.text, starts).filter(pa.array(shown))
    english = {language: takes_english(language) for language in {text.language for text in texts}}
    english_words = (codes == LATIN_WORD) & np.repeat([english[text.language] for text in texts], counts)
    lemmas, pos = _said(flat, before, tokens, english_words)
    tagged = _of_texts(*pos, bounds, counts)
    columns = {
        "document_id": pa.array([text.document_id for text in texts], pa.string()),
        "tokens": _lists(bounds, tokens),
        "starts": _lists(bounds, pa.array(own_starts)),
        "kinds": _lists(bounds, pa.array(KINDS).take(pa.array(codes))),
        "sentence_starts": _lists(
            np.searchsorted(sentences, np.append(heads, len(shown))), pa.array(own_starts[before[sentences]])
        ),
        "lemmas": _of_texts(*lemmas, bounds, counts),
        "pos": tagged,
        "pos_scheme": pc.if_else(tagged.is_valid(), "UD", pa.scalar(None, pa.string())),
    }
    return pa.table([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def _slices(text: str, starts: Integers) -> pa.StringArray:
    """``text`` cut at ``starts``, without a Python string for any slice."""
    signs = points(text)
    widths = np.ones(len(signs) + 1, np.uint8)  # bytes in UTF-8, each with that of the sign before
    widths[0] = 0
    for wider in (0x7F, 0x7FF, 0xFFFF):
        widths[1:] += signs > wider
    offsets = np.cumsum(widths, dtype=np.int32)[np.append(starts, len(signs))]
    return pa.StringArray.from_buffers(len(starts), pa.py_buffer(offsets), pa.py_buffer(text.encode()))


def _lists(bounds: Integers, values: pa.Array) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(bounds, pa.int32()), values)


Said = tuple[Integers, Sequence[str]]
"""Numbers of tokens, ascending, and what is said of each."""


def _said(flat: Flat, before: Integers, tokens: pa.StringArray, english: npt.NDArray[np.bool_]) -> tuple[Said, Said]:
    """Lemmas - of a trained pipeline, or of ``english`` words by look-up - and parts of speech."""
    pieces = {int(before[position]): piece for position, piece in flat.said.items() if not piece.token.isspace()}
    english[list(pieces)] = False
    numbers = np.flatnonzero(english)
    looked_up = lemmas_of(tokens.take(pa.array(numbers)).to_pylist())
    if not pieces:
        return (numbers, looked_up), (np.array([], np.int64), [])
    lemmas = dict(zip(numbers.tolist(), looked_up, strict=True))
    lemmas |= {number: piece.lemma for number, piece in pieces.items() if piece.lemma}
    tags = {number: piece.pos for number, piece in pieces.items() if piece.pos}
    return _ordered(lemmas), _ordered(tags)


def _ordered(values: dict[int, str]) -> Said:
    return np.array(sorted(values), np.int64), [values[number] for number in sorted(values)]


def _of_texts(numbers: Integers, values: Sequence[str], bounds: Integers, counts: Integers) -> pa.ListArray:
    """Lists parallel to the tokens, null where a token has no value; a text none of whose tokens has one has no list."""
    having = np.zeros(len(counts), bool)
    having[np.searchsorted(bounds, numbers, "right") - 1] = True
    index = np.full(bounds[-1], -1)
    index[numbers] = np.arange(len(numbers))
    index = index[np.repeat(having, counts)]
    offsets = np.concatenate([[0], np.cumsum(counts * having, dtype=np.int32)])
    found = pa.array(values, pa.string()).take(pa.array(index, mask=index < 0))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), found, mask=pa.array(~having))
