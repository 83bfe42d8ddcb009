import os
import signal
import time
from pathlib import Path

from corpus.engine import Done, Failed, run


def square(number: int) -> int:
    return number * number


def odd_only(number: int) -> int:
    if number % 2 == 0:
        raise ValueError(f"{number} is even")
    return number


def die_once(place: tuple[int, str]) -> int:
    number, folder = place
    mark = Path(folder) / f"died-{number}"
    if number == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def die_always(number: int) -> int:
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def results(outcomes: object) -> dict[int, object]:
    return {o.number: o.result if isinstance(o, Done) else None for o in outcomes}  # type: ignore[attr-defined]


def test_one_worker_and_two_give_the_same() -> None:
    assert results(run(square, range(7), 1)) == results(run(square, range(7), 2)) == {n: n * n for n in range(7)}


def test_a_failing_shard_does_not_stop_the_others() -> None:
    for workers in (1, 2):
        outcomes = list(run(odd_only, range(6), workers))
        assert {o.number for o in outcomes if isinstance(o, Failed)} == {0, 2, 4}
        assert {o.number for o in outcomes if isinstance(o, Done)} == {1, 3, 5}


def test_a_killed_worker_loses_nothing(tmp_path: Path) -> None:
    shards = [(number, str(tmp_path)) for number in range(6)]
    assert results(run(die_once, shards, 2)) == {n: n for n in range(6)}


def test_a_shard_that_always_kills_its_worker_is_named() -> None:
    outcomes = list(run(die_always, range(4), 2))
    assert [o.number for o in outcomes if isinstance(o, Failed)] == [2]
    assert sorted(o.number for o in outcomes if isinstance(o, Done)) == [0, 1, 3]


def die_second(number: int) -> int:
    if number == 1:
        os._exit(9)
    return number


def test_a_worker_that_dies_while_results_are_looked_at() -> None:
    found: list[object] = []
    for outcome in run(die_second, range(6), 2):
        found.append(outcome)
        time.sleep(0.2)
    assert sorted(o.number for o in found if isinstance(o, Done)) == [0, 2, 3, 4, 5]
    assert [o.number for o in found if isinstance(o, Failed)] == [1]
