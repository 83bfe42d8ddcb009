"""Time that grows with a text's length alone: a ratio of two runs, with room for a noisy machine."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from analysis.annotators import Passage


def grows_with_the_text_alone(label: Callable[[Sequence[Passage]], Any], piece: str) -> bool:
    """Whether four times as much of one piece takes no more than twelve times as long; sixteen would be its square."""

    def took(size: int) -> float:
        text = (piece * size)[:size]
        began = time.process_time()
        label([Passage(text, "mul")])
        return time.process_time() - began

    took(1_000)
    # What else the machine does is met by one try more often than by each of three.
    return any(took(80_000) < 12 * max(took(20_000), 0.02) for _ in range(3))
