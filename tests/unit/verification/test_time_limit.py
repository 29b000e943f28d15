"""A limit on CPU time rings until it is heard, leaves nothing behind, and works from threads."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from mtalign.verification.time_limit import TimeUp, deadline, in_main_thread


def spin(seconds: float) -> str:
    with deadline(seconds):
        while True:
            pass


def untouched() -> bool:
    return signal.getsignal(signal.SIGPROF) == signal.SIG_DFL and signal.getitimer(signal.ITIMER_PROF) == (0, 0)


def test_a_computation_within_its_time():
    with deadline(5):
        assert sum(range(1000)) == 499500
    assert untouched()


def test_a_computation_that_never_ends():
    start = time.process_time()
    with pytest.raises(TimeUp):
        spin(0.2)
    assert 0.15 < time.process_time() - start < 1
    assert untouched()


def test_an_alarm_that_is_swallowed_rings_again():
    deaf = 1
    start = time.process_time()
    with pytest.raises(TimeUp), deadline(0.2):
        while True:
            try:
                sum(range(1000))
            except BaseException:
                deaf -= 1
                if deaf < 0:
                    raise
    assert 1 < time.process_time() - start < 3


def test_other_errors_pass():
    with pytest.raises(KeyError), deadline(5):
        raise KeyError
    assert untouched()


def test_threads_work_in_a_process():
    assert in_main_thread(pow, 2, 3) == 8
    with ThreadPoolExecutor(2) as threads:
        assert [threads.submit(in_main_thread, pow, 2, n).result() for n in (3, 4)] == [8, 16]
        failing = [threads.submit(in_main_thread, int, "x"), threads.submit(in_main_thread, pow, 0, -1)]
        assert [type(future.exception()) for future in failing] == [ValueError, ZeroDivisionError]
