"""Puzzles about sequences of brackets: dyck_language and its two sorts of errors.

The rules are those of the SynLogic paper (arXiv 2505.19641, appendix A.2) and of the published prompts.
"""

import re

from mtalign.tasks.synlogic_rules.fields import integers, text
from mtalign.tasks.synlogic_rules.reading import integer_text, names, unfenced
from mtalign.tasks.synlogic_rules.rule import Rule

__all__ = ["RULES", "first_error"]

_CLOSES = {")": "(", "]": "[", "}": "{", ">": "<"}
_OPENS = {opening: closing for closing, opening in _CLOSES.items()}
_SEQUENCE = re.compile(r"[()\[\]{}<>]+")


def _walk(sequence: str) -> tuple[list[str], int | None]:
    """The brackets that are open at the first error, or at the end; and the 1-based place of that error."""
    opened: list[str] = []
    for place, bracket in enumerate(sequence, start=1):
        if bracket in _OPENS:
            opened.append(bracket)
        elif not opened or opened.pop() != _CLOSES[bracket]:
            return opened, place
    return opened, None


def first_error(sequence: str) -> int:
    """The 1-based place of the first bracket that closes wrongly; what stays open errs past the end; -1 if none errs.

    >>> first_error("([)]"), first_error("(("), first_error("()")
    (3, 3, -1)
    """
    opened, place = _walk(sequence)
    return place or (len(sequence) + 1 if opened else -1)


def _sequence(value: object) -> str:
    """A published sequence of brackets and nothing else."""
    if not _SEQUENCE.fullmatch(text(value)):
        raise ValueError("not a sequence of brackets")
    return text(value)


# ------------------------------------------------------------------------------------------------------ dyck_language
def _bare_sequence(answer: str) -> str | None:
    said = "".join((unfenced(answer) or "").split())
    return said if _SEQUENCE.fullmatch(said) else None


def dyck_language(answer: str, /, question_sequence: str, full_sequence: str) -> bool:
    """The puzzle's sequence with what closes it and no more, or as it was published."""
    opened, _ = _walk(question_sequence)
    closed = question_sequence + "".join(_OPENS[bracket] for bracket in reversed(opened))
    return answer in (closed, full_sequence)


def _is_a_beginning(question_sequence: str, full_sequence: str) -> bool:
    return full_sequence.startswith(question_sequence) and first_error(full_sequence) == -1


# -------------------------------------------------------------------------------------------------------- the errors
def _bare_integer(answer: str) -> str | None:
    return integer_text(unfenced(answer))


def dyck_language_errors(answer: str, /, bracket_string: str) -> bool:
    """The place of the first error, counted from 1; the length plus 1 where brackets stay open; -1 where none errs."""
    return int(answer) == first_error(bracket_string)


def _numbers(answer: str) -> set[str] | None:
    """`7,9,12`, with or without quotes, as a set; `""` is the empty one, and nothing at all is no answer."""
    said = unfenced(answer) or ""
    if len(said) > 1 and said[0] == said[-1] and said[0] in "\"'":
        said = said[1:-1].strip()
        if not said:
            return set()
    numbers = {integer_text(number) for number in names(said) or [None]}
    return None if None in numbers else numbers


def dyck_language_reasoning_errors(answer: set[str], /, error_indices: list[int]) -> bool:
    """The set of the thoughts that err."""
    return answer == set(map(str, error_indices))


RULES = {
    "dyck_language": Rule(
        {"question_sequence": _sequence, "full_sequence": _sequence}, _bare_sequence, dyck_language, _is_a_beginning
    ),
    "dyck_language_errors": Rule({"bracket_string": _sequence}, _bare_integer, dyck_language_errors),
    "dyck_language_reasoning_errors": Rule({"error_indices": integers}, _numbers, dyck_language_reasoning_errors),
}
