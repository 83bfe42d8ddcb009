"""Tokens of many texts, one after the other, as the rows of the corpus table: a list of each thing a text."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpus.stages.cut import Flat, Text
from corpus.stages.english import lemmas_of
from corpus.stages.kinds import DOCUMENT, KINDS, LATIN_WORD, NEWLINE, sentence_starts

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
    tokens = pa.array(flat.tokens, pa.string())
    lengths = pc.utf8_length(tokens).to_numpy(zero_copy_only=False)
    starts = np.cumsum(lengths, dtype=np.int64) - lengths
    codes = np.frombuffer(flat.codes, np.uint8)
    shown = codes > NEWLINE
    before = np.concatenate([[0], np.cumsum(shown)])
    heads = np.flatnonzero(codes == DOCUMENT)
    bounds = np.append(before[heads], before[-1])
    counts = np.diff(bounds)
    own_starts = (starts[shown] - np.repeat(starts[heads] + 1, counts)).astype(np.int32)
    sentences = np.array(sentence_starts(flat.codes), np.int64)
    sentence_bounds = np.searchsorted(sentences, np.append(heads, len(codes)))
    lemmas, pos = _said(texts, flat, codes, heads)
    tagged = _of_texts(pos[0], before, bounds, counts, pos[1])
    columns = {
        "document_id": pa.array([text.document_id for text in texts], pa.string()),
        "tokens": _lists(bounds, tokens.filter(pa.array(shown))),
        "starts": _lists(bounds, pa.array(own_starts)),
        "kinds": _lists(bounds, pa.array(KINDS).take(pa.array(codes[shown]))),
        "sentence_starts": _lists(sentence_bounds, pa.array(own_starts[before[sentences]])),
        "lemmas": _of_texts(lemmas[0], before, bounds, counts, lemmas[1]),
        "pos": tagged,
        "pos_scheme": pc.if_else(tagged.is_valid(), "UD", pa.scalar(None, pa.string())),
    }
    return pa.table([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def _lists(bounds: Integers, values: pa.Array) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(bounds.astype(np.int32)), values)


Said = tuple[Integers, list[str]]
"""Positions of tokens, ascending, and what is said of each."""


def _said(texts: Sequence[Text], flat: Flat, codes: Integers, heads: Integers) -> tuple[Said, Said]:
    """Lemmas - of a trained pipeline, or of English words by look-up - and parts of speech."""
    english = np.repeat([text.has_english for text in texts], np.diff(np.append(heads, len(codes))))
    looked_up = (codes == LATIN_WORD) & english
    looked_up[list(flat.said)] = False
    positions = np.flatnonzero(looked_up)
    lemmas = lemmas_of([flat.tokens[position] for position in positions.tolist()])
    told = {position: piece.lemma for position, piece in flat.said.items() if piece.lemma}
    tags = {position: piece.pos for position, piece in flat.said.items() if piece.pos}
    if told:
        told |= dict(zip(positions.tolist(), lemmas, strict=True))
        positions = np.array(sorted(told))
        lemmas = [told[position] for position in sorted(told)]
    return (positions, lemmas), (np.array(sorted(tags), np.int64), [tags[position] for position in sorted(tags)])


def _of_texts(positions: Integers, before: Integers, bounds: Integers, counts: Integers, values: list[str]) -> Any:
    """Lists parallel to the tokens, null where a token has no value; a text none of whose tokens has one has no list."""
    places = before[positions]
    having = np.zeros(len(counts), bool)
    having[np.searchsorted(bounds, places, "right") - 1] = True
    index = np.full(bounds[-1], -1)
    index[places] = np.arange(len(places))
    index = index[np.repeat(having, counts)]
    offsets = np.concatenate([[0], np.cumsum(counts * having)]).astype(np.int32)
    found = pa.array(values, pa.string()).take(pa.array(index, mask=index < 0))
    return pa.ListArray.from_arrays(pa.array(offsets), found, mask=pa.array(~having))
