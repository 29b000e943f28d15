"""Worker processes: all results come; what hangs or kills its worker is given up, and costs the others nothing."""

import multiprocessing
import os
import time

import pytest
from mtalign import workers
from mtalign.workers import GIVEN_UP, results


def work(item: str | int) -> int:
    """What the workers do: here, since they import it."""
    match item:
        case "hang":
            while True:
                time.sleep(100)
        case "die":
            os._exit(1)
        case "memory":
            bytearray(workers._MEMORY)
        case "fail":
            raise KeyError("said so")
    return item * 2


def test_every_item_gets_its_result():
    found = dict(results(work, range(100), workers=3, seconds=60))
    assert found == {i: 2 * i for i in range(100)}
    assert list(results(work, [], workers=3, seconds=60)) == []


def test_what_hangs_or_dies_is_given_up_and_nothing_else():
    items = [1, "hang", 2, "die", 3, "memory", 4, 5, "die", 6]
    start = time.monotonic()
    found = dict(results(work, items, workers=2, seconds=4))
    expected = {i: GIVEN_UP if isinstance(item, str) else 2 * item for i, item in enumerate(items)}
    assert found == expected
    assert time.monotonic() - start < 100


def test_an_error_is_raised_and_leaves_no_process():
    before = set(multiprocessing.active_children())  # other tests' pools
    with pytest.raises(KeyError, match="said so"):
        list(results(work, [1, 2, "fail", "hang"], workers=2, seconds=60))
    assert set(multiprocessing.active_children()) == before


def test_workers_that_cannot_start_are_an_error(capfd):
    with pytest.raises(RuntimeError, match="ended before its work"):
        list(results(_NotThere(), [1], workers=1, seconds=60))
    assert "no such thing" in capfd.readouterr().err


class _NotThere:
    """What cannot be unpickled."""

    def __reduce__(self) -> tuple:
        return _fail, ()

    def __call__(self, item: object) -> None: ...


def _fail() -> None:
    raise ImportError("no such thing")
