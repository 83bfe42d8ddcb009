"""Work in several processes: a task mapped over shards, or items made ahead; the outcome is the same in one process."""

import gc
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Generic, TypeVar

from corpus.errors import HuanyingError, RefusedError, UserError

Item = TypeVar("Item")
Argument = TypeVar("Argument")
Shard = TypeVar("Shard")
Result = TypeVar("Result")
_TRIES = 3
_AT_ONCE, _AT_ONCE_BYTES = 200, 1 << 20


@dataclass(frozen=True, slots=True)
class Failed:
    """A shard that gave no result; the others did."""

    number: int
    reason: str
    told: HuanyingError | None = None
    """What was raised, where it is the user's to mend."""


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
    with ProcessPoolExecutor(min(workers, len(waiting)), mp_context=context, initializer=_settle) as pool:
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


def _settle() -> None:
    """What is read is kept until it is written, thousands of records that hold no rings: to look for rings ever again is a
    tenth of the work."""
    gc.set_threshold(50_000, 20, 20)


def _attempt(task: Callable[[Shard], Result], number: int, shard: Shard) -> Done[Result] | Failed:
    try:
        return Done(number, task(shard))
    except OSError:
        raise  # a full or broken disk is no property of the shard
    except (UserError, RefusedError) as error:
        return Failed(number, f"{type(error).__name__}: {error}", error)
    except Exception as error:
        return Failed(number, f"{type(error).__name__}: {error}")


def ahead(
    make: Callable[[Argument], Iterable[Item]], argument: Argument, size: Callable[[Item], int]
) -> Iterator[Item]:
    """What ``make(argument)`` yields, in its order, made in another process while the items before are used here.

    ``size``: about how many bytes an item holds. Few are on their way at any time: the other process waits to be asked.
    Raises the UserError or OSError that ``make`` raised, HuanyingError where the other process came to any other end.
    """
    context = multiprocessing.get_context("spawn")
    coming, going = context.Pipe(duplex=False)
    process = context.Process(target=_make, args=(going, make, argument, size), daemon=True)
    process.start()
    going.close()  # so that its death is the end of what comes
    try:
        while True:
            items, end = coming.recv()
            yield from items
            if isinstance(end, Exception):
                raise end
            if end:
                return
    except EOFError as error:
        raise HuanyingError(
            "the process that read the file died", hint="run the same command again: it goes on where it stopped"
        ) from error
    finally:
        coming.close()
        process.terminate()
        process.join()


def _make(
    going: Connection, make: Callable[[Argument], Iterable[Item]], argument: Argument, size: Callable[[Item], int]
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asked decides
    _settle()
    items: list[Item] = []
    held = 0
    try:
        try:
            for item in make(argument):
                items.append(item)
                held += size(item)
                if len(items) >= _AT_ONCE or held >= _AT_ONCE_BYTES:
                    going.send((items, False))
                    items, held = [], 0
            going.send((items, True))
        except (BrokenPipeError, ConnectionError):
            return  # nobody asks any more
        except (OSError, UserError) as error:
            going.send((items, error))
    except (BrokenPipeError, ConnectionError):
        return
