r"""Real mathematics (MATH, DeepScaleR, AIME, AMC): files of problems and answers, verified by math-verify 0.9.0.

Nothing is drawn: `load` takes its seed only because every family does. math-verify itself is imported at the first
verification, since it brings sympy (a second), which loading the problems does not need.
"""

import hashlib
import json
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
from pathlib import Path
from typing import Any

from mtalign.tasks import Problem, SourceError, Verdict

__all__ = ["ABILITY", "extract", "load", "verify"]

ABILITY = "math"
_log = logging.getLogger("mtalign")
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
    problems: dict[str, Problem] = {}
    broken = []
    for where, row in _rows(Path(source["path"])):
        try:
            problem = _problem(where, row)
        except SourceError as error:
            broken.append(str(error))
        else:
            problems.setdefault(problem.question, problem)
    if len(broken) > source.get("broken_rows", 0):
        allow = f"or leave such rows out with `broken_rows: {len(broken)}` beside `path` ({len(broken)} broken in all)"
        raise SourceError(f"{broken[0]}, {allow}")
    for message in broken:
        _log.warning("left out: %s", message)
    return list(problems.values())[: source.get("limit")]


def _rows(path: Path) -> Iterator[tuple[str, Any]]:
    """(file and 1-based row, object, or unread line of a .jsonl file, where blank lines count but hold nothing)."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: cannot be read ({error}); put the data set there, or correct `path`") from error
    if path.suffix == ".json":
        rows = _json(f"{path}", text)
        if not isinstance(rows, list):
            raise SourceError(f"{path}: not a list of objects; make it one, or name a file of lines .jsonl")
        yield from ((f"{path}, row {number}", row) for number, row in enumerate(rows, start=1))
    else:
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                yield f"{path}, row {number}", line


def _json(where: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{where}: not JSON ({error}); {_REMEDY}") from error


def _problem(where: str, row: Any) -> Problem:
    row = _json(where, row) if isinstance(row, str) else row
    question, answer = (row.get(name) if isinstance(row, dict) else None for name in ("problem", "answer"))
    if isinstance(answer, (int, float)) and not isinstance(answer, bool) and math.isfinite(answer):
        answer = str(answer)
    for name, text in (("problem", question), ("answer", answer)):
        if not isinstance(text, str) or not text.strip():
            raise SourceError(f"{where}: no usable {name}; {_REMEDY}")
    problem_id = f"math-{hashlib.blake2b(question.encode(), digest_size=6).hexdigest()}"
    solution = row.get("solution")
    extra = {"solution": solution.strip()} if isinstance(solution, str) and solution.strip() else {}
    return Problem(problem_id=problem_id, question=question, ground_truth=answer.strip(), extra=extra)


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
