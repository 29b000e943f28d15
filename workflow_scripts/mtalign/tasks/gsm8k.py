"""GSM8K (arXiv 2110.14168): word problems whose answers are numbers; an answer is correct when it is that number.

Nothing is drawn: `load` takes its seed only because every family does.
"""

import re
from fractions import Fraction
from typing import Any

from mtalign.errors import SourceError
from mtalign.tasks import Problem, math
from mtalign.tasks.shared import files
from mtalign.verification.responses import after_think, number
from mtalign.vocabulary import Verdict

__all__ = ["ABILITY", "extract", "from_row", "load", "verify"]

ABILITY = "math"
_MARK = "####"
_REMEDY = 'mend or remove it: each row is an object with a text "question" and an "answer" that ends in `#### 18`'
_LONGEST = 2000  # characters of an answer
_DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+"
_ANY_NUMBER = re.compile(rf"-?(?:{_DIGITS})")
_SCALES = {"dozen": 12, "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9}
_ONE_NUMBER = re.compile(  # with words before it, a unit and more words after it, but no other number
    rf"(?:[^0-9]*[\s:=])?(?P<number>-?(?:{_DIGITS})(?:/[0-9]+)?)"
    rf"(?:\s*(?P<scale>{'|'.join(_SCALES)})\b)?"
    r"(?:(?:\s*|[-/]\s?)(?:%|°|(?![nxyz]\b)[A-Za-z])[^0-9=]*)?[\s.]*",
    re.IGNORECASE,
)


def load(source: dict, seed: int) -> list[Problem]:
    """The problems of a file, as published; of rows with the same question, the first.

    Args:
        source: as `files.read` takes it, with "limit": the first how many problems (optional).

    Raises:
        SourceError: as `files.read`.
    """
    return files.load(from_row, _REMEDY, source)[: source.get("limit")]


def from_row(where: str, row: Any) -> Problem:
    """The problem of a published row; its ground truth is the number alone, without commas.

    Raises:
        SourceError: the row is broken; `where` is how the message names it.
    """
    question, solution = (files.text(where, row, name, _REMEDY) for name in ("question", "answer"))
    gold = solution.rpartition(_MARK)[2].strip().replace(",", "")
    if _MARK not in solution or number(gold) is None:
        raise SourceError(f"{where}: no number after {_MARK} in its answer; {_REMEDY}")
    return Problem(problem_id=files.text_id("gsm8k", question), question=question, ground_truth=gold)


def extract(response: str) -> str | None:
    r"""The last `\boxed{...}`, else what follows the last `####`, else the last number; None without any.

    >>> extract("She makes 9 * 2 = $18 every day.\n#### 18"), extract("It is $1,234.50."), extract("none")
    ('18', '1,234.50', None)
    """
    response = after_think(response)
    boxed, marked = math.extract(response), response.rpartition(_MARK)[2].strip()
    if boxed is None and _MARK in response and marked:
        return marked.splitlines()[0]
    numbers = _ANY_NUMBER.findall(response) if boxed is None else [boxed]
    return numbers[-1] if numbers else None


def verify(answer: str, problem: Problem) -> Verdict:
    """Whether an answer's number is the gold: exactly, whatever its commas, currency, unit and words around it.

    An answer with several numbers, or with mathematics, is left to math-verify (see math.py).
    """
    if len(answer) > _LONGEST or not re.search("[0-9]", answer):
        return Verdict.UNPARSED
    answer = extract(answer) if "\\boxed" in answer or _MARK in answer else answer
    value = _only_number(answer)
    if value is None:
        return math.verify(answer, problem)
    return Verdict.CORRECT if value == number(problem.ground_truth) else Verdict.WRONG


def _only_number(answer: str) -> Fraction | None:
    r"""The number that an answer states, if it states one and no mathematics.

    >>> _only_number(r"x = \$1,200 per month."), _only_number(r"2.5 \text{ million cm}^2"), _only_number("2^3")
    (Fraction(1200, 1), Fraction(2500000, 1), None)
    """
    plain = number(answer)
    if plain is not None:
        return plain
    answer = answer.replace("{,}", ",").replace("−", "-")
    answer = re.sub(r"\\(?:text|mathrm|mathbf)\s*\{([^{}]*)\}", r" \1", answer)
    answer = re.sub(r"\\[!,;: ()\[\]]|\\(?=%)|\\?[$£€]|\*\*|`", "", answer)
    answer = re.sub(r"(?<=[A-Za-z])\s*(?:\^\s*\{?[23]\}?|[²³])|\^\s*\{?\\circ\}?", "", answer)  # cm^2; degrees
    answer = re.sub(r"-\s+(?=[0-9.])", "-", answer.strip())
    found = _ONE_NUMBER.fullmatch(answer)
    value = found and number(found["number"])
    return value and value * _SCALES.get((found["scale"] or "").lower(), 1)
