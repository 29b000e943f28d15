r"""Real mathematics (MATH, DeepScaleR, AIME, AMC): files of problems and answers, verified by math-verify 0.9.0.

Nothing is drawn: `load` takes its seed only because every family does. math-verify itself is imported at the first
verification, since it brings sympy (a second), which loading the problems does not need.
"""

import logging
import math
import re
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from multiprocessing import get_context
from typing import Any

from mtalign.tasks import Problem, Verdict, files

__all__ = ["ABILITY", "extract", "from_row", "load", "verify"]

ABILITY = "math"
_SECONDS = 5.0  # of CPU time, for one verdict
_LONGEST = 2000  # characters of an answer; the longest of MATH has 159
_BOX_OR_BRACE = re.compile(r"(?P<box>\\boxed\s*\{)|\\.|[{}]", re.DOTALL)  # an escaped brace is no brace
_MATH_MARK = re.compile(r"(?<!\\)\$|\\boxed|\\\(|\\\[")
_REMEDY = 'mend or remove it: each row is an object with a text "problem" and an "answer"'


def load(source: dict, seed: int) -> list[Problem]:
    """The problems of a file; of rows with the same problem text, the first.

    Args:
        source: {"path": a .jsonl file of objects, or a .json file of one list of them, "limit": the first how many
            problems (optional), "broken_rows": how many broken rows may be left out (optional, 0)}. A row's "answer"
            is text or a number.

    Raises:
        SourceError: the file is missing or holds more broken rows than allowed.
    """
    return files.load(from_row, _REMEDY, source)[: source.get("limit")]


def from_row(where: str, row: Any) -> Problem:
    """The problem of a published row.

    Raises:
        SourceError: the row is broken; `where` is how the message names it.
    """
    question = files.text(where, row, "problem", _REMEDY)
    answer = row.get("answer")
    if isinstance(answer, (int, float)) and not isinstance(answer, bool) and math.isfinite(answer):
        row = row | {"answer": str(answer)}
    answer = files.text(where, row, "answer", _REMEDY)
    return Problem(problem_id=files.text_id("math", question), question=question, ground_truth=answer.strip())


def extract(response: str) -> str | None:
    r"""The content of the last `\boxed{...}` that closes, or None where there is none or it is empty.

    >>> extract(r"so \boxed{1}, no: \boxed{\frac{1}{2}}")
    '\\frac{1}{2}'
    """
    opened: list[tuple[bool, int]] = []  # the braces that are still open: is it a box, and where does it begin?
    start, end = -1, -1
    for token in _BOX_OR_BRACE.finditer(response):
        if token["box"] or token[0] == "{":
            opened.append((bool(token["box"]), token.end()))
        elif token[0] == "}" and opened:
            box, begin = opened.pop()
            if box and begin > start:
                start, end = begin, token.start()
    return response[start:end].strip() or None if start >= 0 else None


def verify(answer: str, problem: Problem) -> Verdict:
    """Whether an answer, with or without dollar signs or a box around it, equals the gold in math-verify's eyes.

    Never raises, and ends in seconds of CPU time: what takes longer is a TIMEOUT, what cannot be read or is absurdly
    long is UNPARSED. Alarms ring only in a process's main thread, so other threads send their work to a process.
    """
    if threading.current_thread() is threading.main_thread():
        return _decide(answer, problem.ground_truth)
    return _worker().submit(_decide, answer, problem.ground_truth).result()


@lru_cache(maxsize=1)
def _worker() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))  # not fork: there are threads


def _decide(answer: str, gold: str) -> Verdict:
    answer = answer.strip()
    if not answer or len(answer) > _LONGEST:
        return Verdict.UNPARSED
    if answer == gold:
        return Verdict.CORRECT
    import math_verify

    logging.getLogger("math_verify").setLevel(logging.ERROR)  # it warns that its own timeouts are off
    try:
        with _deadline(_SECONDS):
            golds, candidates = (math_verify.parse(_marked(text), parsing_timeout=None) for text in (gold, answer))
            if math_verify.verify(golds, candidates, timeout_seconds=None):
                return Verdict.CORRECT
    except _TimeUp:
        return Verdict.TIMEOUT
    # A list of what was read: an expression, if any, and its text.
    return Verdict.UNPARSED if all(isinstance(candidate, str) for candidate in candidates) else Verdict.WRONG


def _marked(text: str) -> str:
    """Bare LaTeX needs dollar signs; without them math-verify finds the 2 in `2x`."""
    return text if _MATH_MARK.search(text) else f"${text}$"


class _TimeUp(BaseException):  # not an Exception: sympy and math-verify catch those
    pass


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """Raise _TimeUp in the block after some seconds of CPU time, and again each second until the block ends.

    CPU time, so that a busy machine changes no verdict. Again, because one alarm is lost where it happens to ring in a
    destructor, a callback of the garbage collector or a bare `except`; with math-verify's, which rings once, a test of
    ours took 50 seconds instead of one.
    """

    def ring(*_: object) -> None:
        raise _TimeUp

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
