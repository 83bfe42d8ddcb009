"""The words of a Chinese text as jieba cuts and tags them, asked by their place."""

from bisect import bisect_right
from functools import cache
from importlib.metadata import version
from itertools import accumulate

import rjieba

TAGGER = f"rjieba-{version('rjieba')}"
"""For the version of labels that are made with it."""

_LONGEST = 3  # signs of a Chinese name
_PREPOSITIONS = frozenset("对向和与在把被将给用从到去来看")
_SIDES = frozenset("上里中内下外")


@cache
def _tagger() -> rjieba.Jieba:
    return rjieba.Jieba()


class Words:
    """The words of a text in Simplified script, each with its tag (jieba's: nr a person, ns a place, v a verb ...)."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = _tagger().tag(text)
        self.starts = [0, *accumulate(len(word) for word, _ in self.tokens)]
        """Where each word begins; the last is the length of the text."""

    def begins(self, at: int) -> tuple[str, str]:
        """The word that begins at ``at``, and its tag; two empty strings where none does."""
        number = self._number(at)
        if number < len(self.tokens) and self.starts[number] == at:
            return self.tokens[number]
        return "", ""

    def within(self, at: int) -> bool:
        """Whether a word of the dictionary goes on over ``at``: 长江大桥 over the end of 市长."""
        number = self._number(at)
        return number < len(self.tokens) and self.starts[number] < at and known(self.tokens[number][0])

    def person(self, start: int, end: int) -> bool:
        """Whether a word that begins between the two is tagged as a person's name."""
        first = bisect_right(self.starts, start - 1)
        last = bisect_right(self.starts, end - 1)
        return any(tag.startswith("nr") and len(word) <= _LONGEST for word, tag in self.tokens[first:last])

    def cuts(self, start: int, end: int, place: bool) -> bool:
        """Whether a name from ``start`` to ``end`` would break a word of the dictionary: 联合报 that of 联合报道.

        It may begin or end a longer name (美国民主党, 共和党人), a place any longer word but a set phrase (日本人, 新中国).
        Prepositions and signs of place are often taken for part of a word: 对华 为, 书上.
        """
        first, last = self._number(start), self._number(end - 1)
        if first == last:
            word, tag = self.tokens[first]
            begin, finish = self.starts[first : first + 2]
            if (begin, finish) == (start, end) or not known(word):
                return False
            if place:
                return begin != start and (finish != end or tag in {"i", "l"})
            group = tag == "nt" and (begin == start or finish == end)
            return not (group or (begin == start and end - start > 2 and tag != "ns"))
        head, tail = self.tokens[first][0], self.tokens[last][0]
        cut_head = (
            self.starts[first] < start and known(head) and head[: start - self.starts[first]] not in _PREPOSITIONS
        )
        cut_tail = self.starts[last + 1] > end and known(tail) and tail[end - self.starts[last] :] not in _SIDES
        return cut_head or cut_tail

    def _number(self, at: int) -> int:
        return bisect_right(self.starts, at) - 1


def known(word: str) -> bool:
    """Whether jieba's dictionary has a word; it makes up others from their signs."""
    return len(word) > 1 and _tagger().has_word(word)
