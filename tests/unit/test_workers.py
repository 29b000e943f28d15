"""Worker processes: all results come; what hangs or kills its worker is given up, and costs the others nothing."""

import multiprocessing
import os
import time
from contextlib import closing

import pytest
from mtalign import workers
from mtalign.workers import GIVEN_UP, WorkerPool


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
        case "pid":
            return os.getpid()
        case "fail":
            raise KeyError("said so")
    return item * 2


def pool(workers: int, seconds: float = 60) -> closing[WorkerPool]:
    return closing(WorkerPool(work, workers, seconds))


def children() -> set[multiprocessing.Process]:
    return set(multiprocessing.active_children())


def test_every_item_gets_its_result():
    with pool(3) as workers:
        assert dict(workers.results(range(100))) == {i: 2 * i for i in range(100)}
        assert list(workers.results([])) == []


def test_what_hangs_or_dies_is_given_up_and_nothing_else():
    items = [1, "hang", 2, "die", 3, "memory", 4, 5, "die", 6]
    start = time.monotonic()
    with pool(2, seconds=2) as workers:
        found = dict(workers.results(items))
    expected = {i: GIVEN_UP if isinstance(item, str) else 2 * item for i, item in enumerate(items)}
    assert found == expected
    assert time.monotonic() - start < 100


def test_workers_stay_for_the_next_work_whatever_became_of_them():
    """Idle, given up, killed between two works (as the kernel does for memory): the next work is done."""
    before = children()  # other tests' pools
    with pool(2, seconds=2) as workers:
        list(workers.results([1, 2, 3]))
        first = children() - before
        assert set(dict(workers.results(["pid", "pid"])).values()) <= {process.pid for process in first}
        assert dict(workers.results([1, "hang"])) == {0: 2, 1: GIVEN_UP}
        assert dict(workers.results([4, 5])) == {0: 8, 1: 10}
        for process in children() - before:
            process.kill()
            process.join()
        assert dict(workers.results([6, 7])) == {0: 12, 1: 14}


def test_an_error_leaves_nothing_to_the_next_work():
    with pool(2) as workers:
        with pytest.raises(KeyError):
            list(workers.results(["fail", 1, 2, 3, 4, 5]))
        assert dict(workers.results([6, 7])) == {0: 12, 1: 14}


def test_an_error_is_raised_and_leaves_no_process():
    before = children()
    with pytest.raises(KeyError, match="said so"):
        list(WorkerPool(work, workers=2, seconds=60).results([1, 2, "fail", "hang"]))
    assert children() == before


def test_workers_that_cannot_start_are_an_error(capfd):
    with pytest.raises(RuntimeError, match="ended before its work"):
        list(WorkerPool(_NotThere(), workers=1, seconds=60).results([1]))
    assert "no such thing" in capfd.readouterr().err


class _NotThere:
    """What cannot be unpickled."""

    def __reduce__(self) -> tuple:
        return _fail, ()

    def __call__(self, item: object) -> None: ...


def _fail() -> None:
    raise ImportError("no such thing")
