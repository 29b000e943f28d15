"""Puzzles whose answer is arithmetic: mathador, math_path, cryptarithm. An answer is never run.

The rules are those of the SynLogic paper (arXiv 2505.19641, appendix A.2) and of the published prompts.
"""

import re

from mtalign.tasks.synlogic_rules.fields import integer, integers, list_of, one_of, text, words
from mtalign.tasks.synlogic_rules.reading import unfenced
from mtalign.tasks.synlogic_rules.rule import Rule
from mtalign.verification.safe_arithmetic import exact_value

__all__ = ["RULES"]

_LONGEST = 300  # characters of an expression
_NUMBER = re.compile(r"[0-9]+")
_MARKED = re.compile(r"\[\[([^\[\]]*)\]\]")
_LINE_OF_SUMS = re.compile(r"[0-9+\-*= \t]+")
_GLUED_BEFORE, _GLUED_AFTER = re.compile(r"[A-Za-z0-9_.,/^%)]"), re.compile(r"[A-Za-z0-9_/^%(]|[.,][0-9]")
_EQUATION = re.compile(r"[0-9]++(?:[ \t]*+[-+*][ \t]*+[0-9]++)++[ \t]*+=[ \t]*+[0-9]++")
_SPACE = re.compile(r"\s")


def _is_true(equation: str) -> bool:
    sides = [exact_value(side) for side in equation.split("=")]
    return len(sides) == 2 and None not in sides and sides[0] == sides[1]


# ---------------------------------------------------------------------------------------------------------- mathador
def _expression(answer: str) -> str | None:
    said = unfenced(answer)
    return said if said is not None and exact_value(said) is not None else None


def mathador(answer: str, /, numbers: list[int], operators: list[str], result: int) -> bool:
    """Each number once, only the operators allowed, and the value is the target, exactly."""
    used = sorted(map(int, _NUMBER.findall(answer)))
    return (
        used == sorted(numbers)
        and set(re.findall(r"[^0-9()\s]", answer)) <= set(operators)
        and exact_value(answer) == result
    )


# --------------------------------------------------------------------------------------------------------- math_path
def _last_equation_in_brackets(answer: str) -> str | None:
    said = _MARKED.findall(answer)
    equation = _SPACE.sub("", said[-1]) if said else ""
    return equation if len(equation) <= _LONGEST and equation.count("=") == 1 else None


def math_path(answer: str, /, query_expr: str) -> bool:
    """The puzzle's equation, true, with one digit for each question mark.

    Brackets that change nothing may be left out: the digits are put into the puzzle, and must make that true too.
    """
    query = _SPACE.sub("", query_expr)
    plain_answer, plain_query = (re.sub("[()]", "", side) for side in (answer, query))
    if len(plain_answer) != len(plain_query):
        return False
    digits = []
    for said, asked in zip(plain_answer, plain_query):
        if asked == "?":
            if said not in "0123456789":
                return False
            digits.append(said)
        elif said != asked:
            return False
    left = iter(digits)
    filled = "".join(next(left) if sign == "?" else sign for sign in query)
    return _is_true(answer) and _is_true(filled)


# ------------------------------------------------------------------------------------------------------- cryptarithm
def _last_equation(answer: str) -> str | None:
    """The last line, or part of one, that is an equation of whole numbers, such as `22112 - 191 = 21921`.

    A part: between words, signs or stars, but not out of the middle of a number or a formula.
    """
    for part in reversed(list(_LINE_OF_SUMS.finditer(answer))):
        equation = part[0].strip("* \t")
        if len(equation) <= _LONGEST and _EQUATION.fullmatch(equation):
            starts_inside = part[0].startswith(equation) and _GLUED_BEFORE.match(answer, max(part.start() - 1, 0))
            ends_inside = part[0].endswith(equation) and _GLUED_AFTER.match(answer, part.end())
            if not (ends_inside or (part.start() and starts_inside)):
                return equation
    return None


def cryptarithm(answer: str, /, letter_words: list[str], operators: list[str]) -> bool:
    """The words with a digit for each letter: another digit for another letter, no leading zero, and it is true."""
    numbers = _NUMBER.findall(answer)
    pairs = {pair for word, number in zip(letter_words, numbers) for pair in zip(word, number)}
    letters, digits = {letter for letter, _ in pairs}, {digit for _, digit in pairs}
    return (
        list(map(len, numbers)) == list(map(len, letter_words))
        and re.findall(r"[-+*]", answer) == operators
        and len(pairs) == len(letters) == len(digits)
        and not any(len(number) > 1 and number.startswith("0") for number in numbers)
        and _is_true(answer)
    )


_OPERATORS = list_of(one_of("+", "-", "*", "/"))

RULES = {
    "mathador": Rule({"numbers": integers, "operators": _OPERATORS, "result": integer}, _expression, mathador),
    "math_path": Rule({"query_expr": text}, _last_equation_in_brackets, math_path),
    "cryptarithm": Rule({"letter_words": words, "operators": _OPERATORS}, _last_equation, cryptarithm),
}
