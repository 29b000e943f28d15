"""Worker processes for computations that may hang, or kill their process: those are given up, and the others are done.

Must not know what is computed.
"""

import resource
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any

__all__ = ["GIVEN_UP", "Crew"]

GIVEN_UP = object()  # the result of an item that hung, or that its worker died of
_AT_ONCE = 16  # items that a worker gets at once: enough that it seldom waits, few enough that all end together
_MEMORY = 4 << 30  # bytes that a worker may use


class Crew:
    """Workers for one function: started when there is work, kept for the next, gone with this process or `close`.

    Not for several threads at a time.
    """

    def __init__(self, function: Callable[[Any], Any], workers: int, seconds: float):
        """
        Args:
            function: picklable, as items and results are. It runs in the main thread of its process, where alarms ring.
            workers: how many processes, at most.
            seconds: wall time that an item may take before its worker is killed.
        """
        self.function, self.most, self.seconds = function, workers, seconds
        self.crew: list[_Worker] = []

    def results(self, items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """(index of an item, function(item) or GIVEN_UP), in the order in which they come.

        Raises:
            Exception: what the function raised, a MemoryError apart.
        """
        waiting, crew = deque(range(len(items))), self.crew
        crew += [_Worker(self.function) for _ in range(len(crew), min(self.most, len(items)))]
        try:
            while True:
                for worker in crew:
                    if waiting and not worker.pending:
                        count = min(_AT_ONCE, 1 + len(waiting) // (2 * len(crew)))
                        indices = [waiting.popleft() for _ in range(min(count, len(waiting)))]
                        worker.hand_out(indices, [items[index] for index in indices])
                busy = [worker for worker in crew if worker.pending]
                if not busy:
                    return
                first_late = min(worker.since for worker in busy) + self.seconds
                ready = wait([worker.pipe for worker in busy], max(0.0, first_late - time.monotonic()))
                for worker in busy:
                    late = time.monotonic() > worker.since + self.seconds
                    if worker.pipe in ready or late:
                        index, result = worker.take(give_up=worker.pipe not in ready)
                        if result is GIVEN_UP:
                            waiting.extendleft(reversed(worker.pending))
                            worker.end()
                            worker.start()
                        elif isinstance(result, Exception):
                            raise result
                        yield index, result
        except BaseException:  # a worker that is still at this work would answer the next
            self.close()
            raise

    def close(self) -> None:
        while self.crew:
            self.crew.pop().end()


class _Worker:
    """A process; `pending` are the indices of the items that it has not answered, `since` when it began the first."""

    def __init__(self, function: Callable[[Any], Any]):
        self.function = function
        self.start()

    def start(self) -> None:
        context = get_context("spawn")  # not fork: what the asking process's threads have locked would stay locked
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(self.function, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.ready = False
        self.pending: deque[int] = deque()

    def hand_out(self, indices: list[int], items: list[Any]) -> None:
        while not self._send(items):  # killed since its last work, for the machine's memory
            self.end()
            self.start()
        self.pending, self.since = deque(indices), time.monotonic()

    def _send(self, items: list[Any]) -> bool:
        """Whether there was somebody to send it to; raises RuntimeError if there never was."""
        try:
            self.ready = self.ready or self.pipe.recv()
        except (EOFError, OSError) as error:
            raise RuntimeError("a worker process ended before its work; the lines above say why") from error
        try:
            self.pipe.send(items)
        except OSError:
            return False
        return True

    def take(self, give_up: bool) -> tuple[int, Any]:
        try:
            result = GIVEN_UP if give_up else self.pipe.recv()
        except (EOFError, OSError):
            result = GIVEN_UP
        self.since = time.monotonic()
        return self.pending.popleft(), result

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _work(function: Callable[[Any], Any], pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asked ends this process
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    pipe.send(True)
    try:
        while True:
            for item in pipe.recv():
                pipe.send(_result(function, item))
    except (EOFError, OSError, MemoryError):
        return


def _result(function: Callable[[Any], Any], item: Any) -> Any:
    try:
        return function(item)
    except MemoryError:
        raise
    except Exception as error:
        return error
