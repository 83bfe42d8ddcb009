import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.engine import Done, Failed, ahead, run
from corpus.errors import HuanyingError, UserError


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


def users_mistake(number: int) -> int:
    if number == 1:
        raise UserError("too long", where="models.toml", hint="shorter")
    return number


def test_a_user_s_mistake_comes_back_as_it_was() -> None:
    for workers in (1, 2):
        (failed,) = (one for one in run(users_mistake, range(3), workers) if isinstance(one, Failed))
        assert isinstance(failed.told, UserError) and str(failed.told) == "models.toml: too long\n  next: shorter"
    (failed, *_) = (one for one in run(odd_only, range(2), 2) if isinstance(one, Failed))
    assert failed.told is None


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


def count(upto: int) -> Iterator[int]:
    for number in range(upto):
        if number == 5_000:
            raise UserError("too many", where="numbers", hint="ask for fewer")
        if number == 3_000 and upto == 3_001:
            os.kill(os.getpid(), signal.SIGKILL)
        yield number


def one_byte(number: int) -> int:
    return 1


def test_items_made_ahead_come_in_order() -> None:
    assert list(ahead(count, 0, one_byte)) == []
    assert list(ahead(count, 1_234, one_byte)) == list(range(1_234))


def test_an_error_of_the_user_comes_after_what_was_made_before() -> None:
    made: list[int] = []
    with pytest.raises(UserError, match="numbers: too many"):
        for number in ahead(count, 9_000, one_byte):
            made.append(number)
    assert made == list(range(5_000))


def test_a_process_that_dies_is_no_end() -> None:
    with pytest.raises(HuanyingError, match="died"):
        list(ahead(count, 3_001, one_byte))


def test_who_stops_asking_leaves_no_process() -> None:
    numbers = ahead(count, 1_000_000, one_byte)
    assert next(numbers) == 0
    assert multiprocessing.active_children()
    numbers.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()
