"""Find texts of a sample that are copies of one another, or all but: a model that has seen one knows the other."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

_COPIES = 0.7
"""From this share of common features (Jaccard) on, two texts are one."""


def groups(found: Sequence[tuple[int, ...]]) -> list[int]:
    """By text the number of the group of copies that it belongs to: that of the first text of the group.

    ``found``: of each text its features, each once. What is like one of a group belongs to it.
    """
    often = Counter(one for row in found for one in row)
    place = {one: number for number, one in enumerate(sorted(one for one, n in often.items() if n > 1))}
    table = np.zeros((len(found), len(place)), dtype=np.float32)
    for number, row in enumerate(found):
        table[number, [place[one] for one in row if one in place]] = 1
    common = table @ table.T
    sizes = np.array([len(row) for row in found])
    near = common >= _COPIES * (sizes[:, None] + sizes[None, :] - common)
    group = list(range(len(found)))
    for number in range(len(found)):
        if group[number] == number:
            _spread(near, group, number)
    return group


def _spread(near: "np.ndarray[tuple[int, int], np.dtype[np.bool_]]", group: list[int], first: int) -> None:
    waiting = [first]
    while waiting:
        for other in np.flatnonzero(near[waiting.pop()]).tolist():
            if other > first and group[other] == other:
                group[other] = first
                waiting.append(other)
