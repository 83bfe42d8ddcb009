"""Map a task over shards, here or in processes; the same results in the same order either way."""

import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Generic, TypeVar

Shard = TypeVar("Shard")
Result = TypeVar("Result")
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Failed:
    """A shard that gave no result; the others did."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Done(Generic[Result]):
    number: int
    result: Result


def workers_here() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(task: Callable[[Shard], Result], shards: Sequence[Shard], workers: int = 1) -> Iterator[Done[Result] | Failed]:
    """Each shard's outcome as it comes, in no fixed order: what depends on order must sort by `number`.

    ``task`` is a pure function that can be sent to another process. A shard whose worker dies is tried again in a fresh
    process, up to three times in all, and one that raises gives `Failed`; neither stops the others.
    """
    if workers <= 1 or len(shards) <= 1:
        for number, shard in enumerate(shards):
            yield _attempt(task, number, shard)
        return
    waiting = list(enumerate(shards))
    deaths: Counter[int] = Counter()
    while waiting:
        running: list[tuple[int, Shard]] = []
        rest: list[tuple[int, Shard]] = []
        yield from _round(task, waiting, workers, running, rest)
        deaths.update(number for number, _ in running)
        yield from (
            Failed(number, "its worker process died again and again")
            for number, _ in running
            if deaths[number] >= _TRIES
        )
        waiting = [item for item in running if deaths[item[0]] < _TRIES] + rest
        # From the first death on one shard at a time, so that the next death shows whose it was.
        workers = 1 if running or rest else workers


def _round(
    task: Callable[[Shard], Result],
    waiting: list[tuple[int, Shard]],
    workers: int,
    lost: list[tuple[int, Shard]],
    rest: list[tuple[int, Shard]],
) -> Iterator[Done[Result] | Failed]:
    """One pool's life: ``lost`` gets the shards that were under way when it broke, ``rest`` those not begun."""
    context = multiprocessing.get_context("spawn")
    ahead = workers * 2 if workers > 1 else 1
    with ProcessPoolExecutor(min(workers, len(waiting)), mp_context=context) as pool:
        todo = iter(waiting)
        running: dict[Future[Done[Result] | Failed], tuple[int, Shard]] = {}
        broken = False
        while True:
            while not broken and len(running) < ahead and (item := next(todo, None)) is not None:
                number, shard = item
                try:
                    running[pool.submit(_attempt, task, number, shard)] = item
                except BrokenProcessPool:  # a worker died while an earlier result was looked at
                    rest.append(item)
                    broken = True
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                item = running.pop(future)
                try:
                    yield future.result()
                except BrokenProcessPool:
                    lost.append(item)
                    broken = True
        rest.extend(todo)


def _attempt(task: Callable[[Shard], Result], number: int, shard: Shard) -> Done[Result] | Failed:
    try:
        return Done(number, task(shard))
    except OSError:
        raise  # a full or broken disk is no property of the shard
    except Exception as error:
        return Failed(number, f"{type(error).__name__}: {error}")
