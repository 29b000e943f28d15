"""Worker processes for computations that may hang, or kill their process: those are given up, and the others are done.

Must not know what is computed.
"""

import os
import resource
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context
from typing import Any

from pebble import ProcessExpired, ProcessPool

__all__ = ["GIVEN_UP", "WorkerPool"]

GIVEN_UP = object()  # the result of an item that hung, or that its worker died of
_AT_ONCE = 4  # items handed out at once, for each worker: enough that it seldom waits
_GRACE = 60.0  # seconds after which a pool that should have answered has lost an item
_MEMORY = 4 << 30  # bytes that a worker may use


class WorkerPool:
    """Workers for one function: started when there is work, kept for the next, gone with this process or `close`.

    A pool of pebble's, which breaks where a worker dies between two items, as the kernel kills one for memory: then the
    next pool does what is left. Not for several threads at a time.
    """

    def __init__(self, function: Callable[[Any], Any], workers: int, seconds: float):
        """
        Args:
            function: picklable, as items and results are. It runs in the main thread of its process, where alarms ring.
            workers: how many processes.
            seconds: wall time that an item may take before its worker is killed.
        """
        self.function, self.workers, self.seconds = function, workers, seconds
        self._pool: ProcessPool | None = None

    def results(self, items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """(index of an item, function(item) or GIVEN_UP), in the order in which they come.

        Raises:
            Exception: what the function raised, a MemoryError apart.
        """
        waiting, running = deque(range(len(items))), {}
        try:
            while waiting or running:
                pool = self._started()
                with suppress(RuntimeError):  # it just broke
                    while waiting and len(running) < _AT_ONCE * self.workers:
                        future = pool.schedule(_result, [items[waiting[0]]], timeout=self.seconds)
                        running[future] = waiting.popleft()
                done = wait(running, self.seconds + _GRACE, FIRST_COMPLETED).done
                for future in done:
                    index = running.pop(future)
                    if isinstance(future.exception(), BrokenProcessPool):
                        waiting.append(index)
                    else:
                        yield index, _answer(future)
                if not done or not pool.active:
                    self.close()
                    waiting.extend(running.values())
                    running.clear()
        except BaseException:  # a worker that is still at this work would answer the next
            self.close()
            raise

    def _started(self) -> ProcessPool:
        if self._pool is None:
            self._pool = ProcessPool(
                self.workers,
                initializer=_start,
                initargs=(self.function,),
                context=get_context("spawn"),  # not fork: what this process's threads have locked would stay locked
            )
            try:
                self._pool.schedule(os.getpid).result()
            except BrokenProcessPool as error:
                raise RuntimeError("a worker process ended before its work; the lines above say why") from error
        return self._pool

    def close(self) -> None:
        if self._pool is not None:
            self._pool.stop()
            self._pool.join()
            self._pool = None


def _answer(future: Future) -> Any:
    try:
        return future.result()
    except (TimeoutError, ProcessExpired):
        return GIVEN_UP


def _start(function: Callable[[Any], Any]) -> None:
    global _function
    _function = function
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1]))


def _result(item: Any) -> Any:
    try:
        return _function(item)
    except (MemoryError, SystemExit):  # another process does the next, with all its memory
        os._exit(1)
