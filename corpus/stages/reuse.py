"""Find texts that are near copies of one another, whatever their order, by MinHash and an exact check of each candidate.

Texts come folded (`deduplicate.fold`): Traditional and Simplified Chinese meet, spelling signs do not count. A text is a
set of shingles: from each character the next three where it is Chinese (or another sign of that width), the next six where
it is a letter. Two texts are near copies where their sets overlap by a half (Jaccard): a text quoted whole in one of twice
its length still counts, a sentence quoted in a long article does not. Under `FEWEST` different shingles only equality counts, so
that greetings never become copies of each other. A translation shares no shingles: it is no reuse in this sense.

Candidates share one of 32 bands of four MinHash values (Broder 1997; Leskovec, Rajaraman, Ullman, ch. 3): found with
probability 0.87 at an overlap of 0.5, 0.99 at 0.6. In a bucket each text is compared with the least one, then with the
least one of those still apart, so that thousands of texts with one boilerplate cost as many comparisons and no more.

Families are the connected components of confirmed pairs, cut where they drift: along its texts in time, each must overlap
with the family's first by a quarter, or it is the first of a family of its own. Nothing depends on the order of input.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import rensa
from rapidfuzz.distance import Levenshtein

FEWEST = 20
"""22 Chinese characters or 25 letters."""
NEAR = 0.5
DRIFT = 0.25
_WIDE_SHINGLE, _NARROW_SHINGLE = 3, 6
_LONGEST = 200_000
"""So many code points of a text make shingles: what lies beyond does not tell it apart from its copies."""
_BANDS, _BAND = 32, 4
SIGNATURE_BYTES = 4 * _BANDS
_SEED = 42
_CHUNK = 500_000
"""Code points that are hashed at once: arrays of some 30 MiB."""
_PIECE = 32_768
_ROUNDS, _SMALL = 2, 8
"""Rounds in a large bucket; a bucket is small where so few are left."""
_HELD = 4_000_000
"""Hashes of kept sets: 32 MB."""
_AT_ONCE = 512
"""Pairs whose sets are made together."""
_LEADERS = 8
"""A text is held against so many of the last firsts of its component: a long drift must not cost its square."""

Integers = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Keyed = npt.NDArray[np.uint32]
Text = Callable[[int], str]


def shingles(texts: Sequence[str]) -> tuple[Hashes, Integers]:
    """Hashed shingles of all texts one after the other, repeats included, and where those of each text begin and end."""
    lengths = np.array([min(len(text), _LONGEST) for text in texts], np.int64)
    joined = "".join(text[:_LONGEST] for text in texts).encode("utf-32-le", "surrogatepass")
    signs = np.frombuffer(joined, "<u4").astype(np.uint64)
    following = np.concatenate((signs, np.zeros(_NARROW_SHINGLE, np.uint64)))
    ends = np.cumsum(lengths)
    size = np.where(_is_wide(signs), _WIDE_SHINGLE, _NARROW_SHINGLE)
    hashed = np.zeros(len(signs), np.uint64)
    for step in range(_NARROW_SHINGLE):
        sign = following[step : step + len(signs)] + np.uint64(1)
        np.copyto(hashed, hashed * np.uint64(0x100000001B3) + sign, where=step < size)
    whole = np.repeat(ends, lengths) - np.arange(len(signs)) >= size
    bounds = np.concatenate(([0], np.cumsum(whole)))[np.concatenate(([0], ends))]
    return _scattered(hashed[whole]), bounds


def _is_wide(signs: Hashes) -> npt.NDArray[np.bool_]:
    """Signs that say much alone: Han, kana, hangul, emoji."""
    return ((signs >= 0x2E80) & (signs < 0xD800)) | ((signs >= 0xF900) & (signs < 0xFB00)) | (signs >= 0x1F000)


def _scattered(hashed: Hashes) -> Hashes:
    """Bits mixed as in SplitMix64 (Steele, Lea, Flood 2014)."""
    hashed = (hashed ^ (hashed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashed = (hashed ^ (hashed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return hashed ^ (hashed >> np.uint64(31))


def signatures(texts: Iterable[str], count: int) -> tuple[Keyed, npt.NDArray[np.bool_]]:
    """Band keys of ``count`` texts, a row a band, and whether each text is long enough to have near copies."""
    # 32 bits will do: keys that meet by chance cost a comparison.
    bands, long = np.zeros((_BANDS, count), np.uint32), np.empty(count, np.bool_)
    for numbers, chunk in _numbered(range(count), _chunks(texts)):
        hashed, bounds = shingles(chunk)
        sizes = np.diff(bounds)
        wanted = long[numbers.start : numbers.stop] = sizes >= FEWEST
        if not wanted.any():
            continue
        digests = rensa.RMinHash.digest_matrix_from_flat_token_hashes(
            hashed[np.repeat(wanted, sizes)],
            np.concatenate(([0], np.cumsum(sizes[wanted]))).astype(np.uint64),
            _BANDS * _BAND,
            _SEED,
        )
        rows = np.array(digests.to_rows(), np.uint64).reshape(-1, _BANDS, _BAND)
        key = rows[:, :, 0]
        for place in range(1, _BAND):
            key = _scattered(key) + rows[:, :, place]
        bands[:, numbers.start + np.flatnonzero(wanted)] = (_scattered(key) >> np.uint64(32)).T
    return bands, long


def signed(texts: Sequence[str]) -> list[bytes | None]:
    """Each text's band keys, `SIGNATURE_BYTES` of them; None where it is too short to have near copies."""
    bands, long = signatures(texts, len(texts))
    rows = bands.T.astype("<u4")
    return [row.tobytes() if wanted else None for row, wanted in zip(rows, long.tolist(), strict=True)]


def signatures_of(signed_texts: bytes | memoryview) -> Keyed:
    """The band keys that `signed` made, of texts one after the other, as `signatures` has them."""
    return np.ascontiguousarray(np.frombuffer(signed_texts, "<u4").reshape(-1, _BANDS).T)


def _chunks(texts: Iterable[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = 0
    for text in texts:
        chunk.append(text)
        size += min(len(text), _LONGEST)
        if size >= _CHUNK or len(chunk) >= 4096:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _different(hashed: Hashes) -> Hashes:
    """Each value once; for a few hundred of them several times as fast as `numpy.unique`."""
    ordered = np.sort(hashed)
    return ordered[np.concatenate(([True] * (len(ordered) > 0), ordered[1:] != ordered[:-1])).astype(np.bool_)]


def _numbered(numbers: range, chunks: Iterable[list[str]]) -> Iterator[tuple[range, list[str]]]:
    """Each chunk with the numbers of its texts."""
    for chunk in chunks:
        yield numbers[: len(chunk)], chunk
        numbers = numbers[len(chunk) :]


class Overlaps:
    """Exact overlap of two texts' sets of shingles; sets are kept while there is room."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._sets: dict[int, Hashes] = {}
        self._held = 0
        self._known: dict[tuple[int, int], float] = {}

    def knows(self, one: int, other: int) -> bool:
        return (min(one, other), max(one, other)) in self._known

    def of(self, one: int, other: int) -> float:
        """Jaccard index of the two sets, 0 to 1; 0 where one is too small to tell, as of a text that repeats one sign."""
        pair = (min(one, other), max(one, other))
        if pair not in self._known:
            first, second = (self._set(number) for number in pair)
            both = np.sort(np.concatenate((first, second)))
            shared = int((both[1:] == both[:-1]).sum())
            small = min(len(first), len(second)) < FEWEST
            self._known[pair] = 0.0 if small else shared / (len(first) + len(second) - shared)
        return self._known[pair]

    def prepare(self, numbers: Iterable[int]) -> None:
        """Make the sets of these texts at one go."""
        missing = sorted({number for number in numbers if number not in self._sets})
        for numbers, chunk in _numbered(range(len(missing)), _chunks(map(self._text, missing))):
            hashed, bounds = shingles(chunk)
            for place, number in enumerate(missing[numbers.start : numbers.stop]):
                self._keep(number, _different(hashed[bounds[place] : bounds[place + 1]]))

    def _set(self, number: int) -> Hashes:
        if number not in self._sets:
            self._keep(number, _different(shingles([self._text(number)])[0]))
        return self._sets[number]

    def _keep(self, number: int, found: Hashes) -> None:
        if self._held + len(found) > _HELD:
            self._sets.clear()
            self._held = 0
        self._sets[number] = found
        self._held += len(found)


def components(bands: Keyed, long: npt.NDArray[np.bool_], overlaps: Overlaps) -> Integers:
    """For each text the number of the least text of its component: itself where it is near to none."""
    root = np.arange(len(long), dtype=np.int64)
    texts = np.flatnonzero(long)
    for band in bands:
        members = texts[np.argsort(band[texts], kind="stable")]
        for turn in itertools.count():
            least, sizes = _buckets(band, members)
            open_ = (root[members] != root[least]) & ((sizes <= _SMALL) | (turn < _ROUNDS))
            if not open_.any():
                break
            _confirm(root, least[open_], members[open_], overlaps)
            members = members[open_ & (root[members] != root[least])]
    return root


def _buckets(band: Keyed, members: Integers) -> tuple[Integers, Integers]:
    """For each of ``members`` (sorted by their key in ``band``) the first of its bucket, and the bucket's size."""
    keys = band[members]
    starts = np.flatnonzero(np.concatenate(([True] * (len(keys) > 0), keys[1:] != keys[:-1])))
    sizes = np.diff(np.append(starts, len(keys)))
    return np.repeat(members[starts], sizes), np.repeat(sizes, sizes)


def _confirm(root: Integers, ones: Integers, others: Integers, overlaps: Overlaps) -> None:
    """Join, in ``root``, each pair that overlaps enough."""
    joined = False
    for start in range(0, len(ones), _AT_ONCE):
        pairs = list(
            zip(ones[start : start + _AT_ONCE].tolist(), others[start : start + _AT_ONCE].tolist(), strict=True)
        )
        overlaps.prepare(number for pair in pairs if not overlaps.knows(*pair) for number in pair)
        for one, other in pairs:
            above, below = sorted((_top(root, one), _top(root, other)))
            if above != below and overlaps.of(one, other) >= NEAR:
                root[below] = above
                joined = True
    while joined:
        higher = root[root]
        joined = bool((higher != root).any())
        root[:] = higher


def _top(root: Integers, number: int) -> int:
    while root[number] != number:
        number = int(root[number])
    return number


def families(
    text: Text, ranks: Integers, made: tuple[Keyed, npt.NDArray[np.bool_]] | None = None
) -> tuple[Integers, npt.NDArray[np.float64]]:
    """The first of each text's family (itself where it has none), and its distance to that first.

    ``text`` gives each folded text by its number, as often as it is asked; they are all different, and numbered in an
    order that follows from themselves (that of their digests). ``ranks``: their order in time, of equal length.
    ``made``: their `signatures`, where they were made before.
    """
    bands, long = made or signatures(map(text, range(len(ranks))), len(ranks))
    overlaps = Overlaps(text)
    root = components(bands, long, overlaps)
    del bands, made
    first = np.arange(len(root), dtype=np.int64)
    distances = np.zeros(len(root))
    for members in _components_of(root):
        leaders: list[int] = []
        for place, number in enumerate(in_time := members[np.argsort(ranks[members])].tolist()):
            if place % _AT_ONCE == 0 and len(members) > 2:
                overlaps.prepare(in_time[place : place + _AT_ONCE])
            leader = next((one for one in leaders[-_LEADERS:] if overlaps.of(one, number) >= DRIFT), None)
            if leader is None:
                leaders.append(number)
            else:
                first[number], distances[number] = leader, distance(text(leader), text(number))
    return first, distances


def _components_of(root: Integers) -> list[Integers]:
    """Members of each component of two or more."""
    joined = np.flatnonzero(np.bincount(root)[root] > 1)
    order = joined[np.argsort(root[joined], kind="stable")]
    return np.split(order, np.flatnonzero(np.diff(root[order])) + 1) if len(order) else []


def distance(one: str, other: str) -> float:
    """Levenshtein distance as a share of the longer text, 0 (equal) to 1.

    Texts of more than 32,768 code points are compared piece by piece, which can only make the distance greater.
    """
    longer = max(len(one), len(other))
    edits = sum(
        Levenshtein.distance(one[start : start + _PIECE], other[start : start + _PIECE])
        for start in range(0, longer, _PIECE)
    )
    return edits / longer if longer else 0.0
