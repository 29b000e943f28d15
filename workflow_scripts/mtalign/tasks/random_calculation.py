r"""RandomCalculation (arXiv 2507.10532): arithmetic drawn here, so that no model can have read it before.

An item of n steps is a LaTeX expression with n operations, such as `\frac{7}{3} * (12 - 5^2)`: an atom for n = 0, else
a j-step item and an (n-1-j)-step item, joined. Values are exact fractions.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from mtalign.errors import SourceError
from mtalign.randomness import generator
from mtalign.tasks import Problem, math
from mtalign.tasks.shared import files
from mtalign.tasks.shared.generated import slice_of
from mtalign.verification.responses import number
from mtalign.vocabulary import Verdict

__all__ = ["ABILITY", "extract", "from_row", "load", "reward", "verify"]

ABILITY = "math"
extract = math.extract
_STEPS = range(1, 21)
_PATIENCE = 200  # draws per problem before there are too few different ones
_DIGITS = 6  # what a rounded answer must show
_LARGEST = 10**300  # of a truth from elsewhere, which may have been a float
_FLOAT = ".12g"  # of a float's 17 digits the last ones are noise
_REMEDY = 'mend it: a row has a text "problem" or "expression" and a number "answer", or is as `load`\'s are written'


@dataclass(frozen=True)
class _Item:
    """An expression; `first` is the value of its first term, in the sum of terms that it reads as."""

    text: str
    value: Fraction
    first: Fraction
    steps: int


def load(source: dict, seed: int) -> list[Problem]:
    """Different problems, as many for each number of steps; they do not depend on how many there are.

    Args:
        source: {"generate": {"problems": how many for each number of steps, "steps": the numbers of steps (optional: 1
            to 20, as published), "slice": which part of all questions to draw from (optional: all)}}.

    Raises:
        SourceError: there are not so many problems.
    """
    asked = source["generate"]
    part = asked.get("slice")
    return [
        problem
        for steps in asked.get("steps", _STEPS)
        for problem in _draw(asked["problems"], steps, part, generator("problems", "random_calculation", steps, seed))
    ]


def from_row(where: files.Place | str, row: Any) -> Problem:
    r"""The problem of a row from elsewhere, or of one of ours in verl's schema.

    Args:
        row: "problem" or "expression", and "answer": a number, or its text, in digits or LaTeX; of a decimal fraction
            12 digits count.

    Raises:
        SourceError: the row is broken; `where` is how the message names it.
    """
    row = files.unwrapped(row)
    name = "problem" if isinstance(row, dict) and "problem" in row else "expression"
    question = files.text(where, row, name, _REMEDY)
    answer = str(row.get("answer"))
    truth = number(answer)
    if truth is None or abs(truth) > _LARGEST:
        raise SourceError(f"{where}: no usable answer; {_REMEDY}")
    shown = format(float(truth), _FLOAT) if "." in answer or "e" in answer.lower() else str(truth)
    return Problem(problem_id=files.text_id("random_calculation", question), question=question, ground_truth=shown)


def _draw(wanted: int, steps: int, part: int | None, rng: np.random.Generator) -> list[Problem]:
    problems: dict[str, Problem] = {}
    for _ in range(wanted * _PATIENCE):
        if len(problems) == wanted:
            break
        item = _item(steps, rng)
        question = f"Give the exact value of this LaTeX expression, as a whole number or a fraction:\n\n$${item.text}$$"
        if part is None or slice_of(question) == part:
            problems[question] = Problem(
                problem_id=files.text_id("random_calculation", question),
                question=question,
                ground_truth=str(item.value),
                extra={"steps": str(steps)},
            )
    if len(problems) < wanted:
        raise SourceError(f"random_calculation: only {len(problems)} of {wanted} {steps}-step problems; ask for fewer")
    return list(problems.values())


def _item(steps: int, rng: np.random.Generator) -> _Item:
    """A random expression with a finite value."""
    if steps == 0:
        return _atom(rng)
    while True:
        inner = int(rng.integers(steps))
        left, right = _item(inner, rng), _item(steps - 1 - inner, rng)
        if rng.integers(2):
            left, right = right, left
        joined = _join(left, "+-*/"[rng.integers(4)], right)
        if joined is not None:
            return joined


def _atom(rng: np.random.Generator) -> _Item:
    r"""A whole number below 100, its square or its cube, or a fraction of one by 2 to 9."""
    kind, whole = int(rng.integers(4)), int(rng.integers(100))
    if kind == 1:
        above, below = int(rng.integers(1, 100)), int(rng.integers(2, 10))
        text, value = rf"\frac{{{above}}}{{{below}}}", Fraction(above, below)
    else:
        power = (1, 1, 2, 3)[kind]
        text, value = f"{whole}" if power == 1 else f"{whole}^{power}", Fraction(whole**power)
    return _Item(text, value, first=value, steps=0)


def _join(left: _Item, operation: str, right: _Item) -> _Item | None:
    """Two items as one, or None where it divides by zero.

    Operands of * and / that hold an operation get parentheses, others none, as published: so `a - b + c` may come from
    a and `b + c`. Its value is that of the text as everyone reads it, (a - b) + c.
    """
    steps = left.steps + right.steps + 1
    if operation in "+-":
        value = left.value + right.value - (2 * right.first if operation == "-" else 0)
        return _Item(f"{left.text} {operation} {right.text}", value, left.first, steps)
    if operation == "/" and right.value == 0:
        return None
    value = left.value * right.value if operation == "*" else left.value / right.value
    operands = (f"({item.text})" if item.steps else item.text for item in (left, right))
    return _Item(f" {operation} ".join(operands), value, value, steps)


def verify(answer: str, problem: Problem) -> Verdict:
    """Whether an answer equals the ground truth: exactly, or as a decimal fraction of six or more digits, well rounded.

    So does a ground truth that is itself a rounded one. What is no plain number is left to math-verify (see math.py).
    """
    value, truth = _value(answer), Fraction(problem.ground_truth)
    if value is None:
        return math.verify(answer, problem)
    same = value == truth or _rounds(value, truth) or _rounds(truth, value)
    return Verdict.CORRECT if same else Verdict.WRONG


def _value(answer: str) -> Fraction | None:
    boxed = math.extract(answer)
    return number((boxed or answer).rpartition("=")[2])


def _rounds(value: Fraction, truth: Fraction) -> bool:
    """
    >>> _rounds(Fraction("0.666667"), Fraction(2, 3)), _rounds(Fraction("0.66667"), Fraction(2, 3))
    (True, False)
    """
    places = 0  # after the point
    while places < 50 and (value * 10**places).denominator > 1:
        places += 1
    shown = len(str(abs(value.numerator * 10**places // value.denominator)))
    return places > 0 and shown >= _DIGITS and abs(value - truth) * 2 * 10**places <= 1


def reward(answer: str, problem: Problem) -> float:
    """The published graded reward: half for the absolute, half for the relative distance from the truth.

    With a the answer and b the truth, 1 - 0.5 min(|a - b|, 1) - 0.5 min(|a - b| / (|b| + 1e-6), 1); 0 for what is no
    number.

    >>> round(reward("2.5", Problem("", "", "2")), 6)
    0.625
    """
    value, truth = _value(answer), Fraction(problem.ground_truth)
    if value is None:
        return 0.0
    distance = abs(value - truth)
    relative = distance / (abs(truth) + Fraction(1, 10**6))
    return float(1 - min(distance, Fraction(1)) / 2 - min(relative, Fraction(1)) / 2)
