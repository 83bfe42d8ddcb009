"""Time that grows with its matter alone: a ratio of two runs, with room for a noisy machine."""

import gc
import time
from collections.abc import Callable, Sequence
from typing import Any

from analysis.annotators import Passage


def grows_alone(took: Callable[[int], float], few: int, many: int, most: float) -> bool:
    """Whether ``many`` take at most so many times as long as ``few``, by one of three tries: what else the machine does is
    met by one try more often than by each. What earlier tests left behind is not gone through again meanwhile."""
    gc.collect()
    gc.freeze()
    try:
        return any(took(many) < most * max(took(few), 0.02) for _ in range(3))
    finally:
        gc.unfreeze()


def grows_with_the_text_alone(label: Callable[[Sequence[Passage]], Any], piece: str) -> bool:
    """Whether four times as much of one piece takes no more than twelve times as long; sixteen would be its square."""

    def took(size: int) -> float:
        text = (piece * size)[:size]
        began = time.process_time()
        label([Passage(text, "mul")])
        return time.process_time() - began

    took(1_000)
    return grows_alone(took, 20_000, 80_000, 12)
