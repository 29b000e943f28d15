r"""Real mathematics (MATH, DeepScaleR, AIME, AMC): files of problems and answers, verified by math-verify 0.9.0.

Nothing is drawn: `load` takes its seed only because every family does. math-verify itself is imported at the first
verification, since it brings sympy (a second), which loading the problems does not need.
"""

import logging
import math
import re
from fractions import Fraction
from typing import Any

from mtalign.tasks import Problem
from mtalign.tasks.shared import files
from mtalign.verification.responses import number
from mtalign.verification.time_limit import TimeUp, deadline, in_main_thread
from mtalign.vocabulary import Verdict

__all__ = ["ABILITY", "extract", "from_row", "load", "verify"]

ABILITY = "math"
_SECONDS = 5.0  # of CPU time, for one verdict
_LONGEST = 2000  # characters of an answer; the longest of MATH has 159
_BOX_OR_BRACE = re.compile(r"(?P<box>\\boxed\s*\{)|\\.|[{}]", re.DOTALL)  # an escaped brace is no brace
_PLAIN = re.compile(r"-?(?:[0-9]{1,50}|\\[dt]?frac\{[0-9]{1,50}\}\{[0-9]{1,50}\})")
_MATH_MARK = re.compile(r"(?<!\\)\$|\\boxed|\\\(|\\\[")
_REMEDY = 'mend or remove it: each row is an object with a text "problem" and an "answer"'


def load(source: dict, seed: int) -> list[Problem]:
    """The problems of a file; of rows with the same problem text, the first.

    Args:
        source: as `files.read` takes it, with "limit": the first how many problems (optional).

    Raises:
        SourceError: as `files.read`.
    """
    return files.load(from_row, _REMEDY, source)[: source.get("limit")]


def from_row(where: str, row: Any) -> Problem:
    """The problem of a published row, whose "answer" is text or a number, or of a row in verl's schema.

    Copies of AMC call the problem "question".

    Raises:
        SourceError: the row is broken; `where` is how the message names it.
    """
    row = files.unwrapped(row)
    asked = "question" if isinstance(row, dict) and "problem" not in row and "question" in row else "problem"
    question = files.text(where, row, asked, _REMEDY)
    answer = row.get("answer")
    if type(answer) is int or (type(answer) is float and math.isfinite(answer)):
        row = row | {"answer": str(answer)}
    answer = files.text(where, row, "answer", _REMEDY)
    solution = row.get("solution")
    return Problem(
        problem_id=files.text_id("math", question),
        question=question,
        ground_truth=answer.strip(),
        extra={"solution": solution.strip()} if isinstance(solution, str) and solution.strip() else {},
    )


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
    long is UNPARSED.
    """
    return in_main_thread(_decide, answer, problem.ground_truth)


def _decide(answer: str, gold: str) -> Verdict:
    answer = answer.strip()
    if len(answer) > _LONGEST:  # a whole derivation, maybe
        answer = extract(answer) or ""
    if not answer or len(answer) > _LONGEST:
        return Verdict.UNPARSED
    if answer == gold:
        return Verdict.CORRECT
    value, truth = _plain_number(answer), _plain_number(gold)
    if value is not None and truth is not None:  # as most are: math-verify would say the same, a thousand times slower
        return Verdict.CORRECT if value == truth else Verdict.WRONG
    import math_verify

    logging.getLogger("math_verify").setLevel(logging.ERROR)  # it warns that its own timeouts are off
    try:
        with deadline(_SECONDS):
            golds, candidates = (math_verify.parse(_marked(text), parsing_timeout=None) for text in (gold, answer))
            if math_verify.verify(golds, candidates, timeout_seconds=None):
                return Verdict.CORRECT
    except TimeUp:
        return Verdict.TIMEOUT
    # A list of what was read: an expression, if any, and its text.
    return Verdict.UNPARSED if all(isinstance(candidate, str) for candidate in candidates) else Verdict.WRONG


def _plain_number(text: str) -> Fraction | None:
    r"""The value of a whole number or a fraction, bare, between dollar signs or in a box.

    >>> _plain_number(r"\boxed{\frac{6}{8}}"), _plain_number("3.0")
    (Fraction(3, 4), None)
    """
    text = text.strip("$ ")
    if text.startswith("\\boxed{") and text.endswith("}"):
        text = text.removeprefix("\\boxed{")[:-1]
    return number(text) if _PLAIN.fullmatch(text) else None


def _marked(text: str) -> str:
    """Bare LaTeX needs dollar signs; without them math-verify finds the 2 in `2x`."""
    return text if _MATH_MARK.search(text) else f"${text}$"
