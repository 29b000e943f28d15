"""A limit on the CPU time of a computation that may never end, such as sympy's. Must not know what is computed."""

import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from multiprocessing import get_context
from typing import Any


class TimeUp(BaseException):
    """The time is over. Not an Exception: sympy and math-verify catch those."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise TimeUp in the block after some seconds of CPU time, and again each second until the block ends.

    CPU time, so that a busy machine changes no verdict. Again, because one alarm is lost where it happens to ring in a
    destructor, a callback of the garbage collector or a bare `except`. Works in a process's main thread only.
    """

    def ring(*_: object) -> None:
        raise TimeUp

    before = signal.signal(signal.SIGPROF, ring)
    try:
        try:
            signal.setitimer(signal.ITIMER_PROF, seconds, 1.0)
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    finally:  # once more: the alarm may have rung just before it was switched off
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def in_main_thread(function: Callable, *arguments: Any) -> Any:
    """function(*arguments), computed where a deadline works: here, or from any other thread, in a process of its own.

    There, function and arguments must be picklable.
    """
    if threading.current_thread() is threading.main_thread():
        return function(*arguments)
    return _worker().submit(function, *arguments).result()


@lru_cache(maxsize=1)
def _worker() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))  # not fork: there are threads
