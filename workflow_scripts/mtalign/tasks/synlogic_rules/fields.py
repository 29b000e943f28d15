"""Checks of what the data set publishes: each takes a field's value and gives it back tidy, or raises a ValueError.

Must not know any puzzle, nor any answer.
"""

import json
from collections.abc import Callable
from typing import Any

__all__ = ["from_json", "integer", "integers", "list_of", "matrix_of", "number_or", "one_of", "text", "words"]

Check = Callable[[Any], Any]


def text(value: Any) -> str:
    """Text that is more than white space."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("not a text")
    return value


def integer(value: Any) -> int:
    """A whole number, but no True or False."""
    if type(value) is not int:
        raise ValueError("not a whole number")
    return value


def number_or(word: str) -> Check:
    """A whole number, or its text, or a word that may stand for it: always as text.

    >>> number_or("unknown")("7"), number_or("no")(3), number_or("no")("No")
    ('7', '3', 'no')
    """

    def check(value: Any) -> str:
        said = str(value).strip().casefold()
        return word if said == word else str(int(said))

    return check


def one_of(*allowed: Any) -> Check:
    """One of some values, of the same type."""

    def check(value: Any) -> Any:
        if not any(type(value) is type(other) and value == other for other in allowed):
            raise ValueError(f"not one of {allowed}")
        return value

    return check


def either(*checks: Check) -> Check:
    """What passes at least one check; the first that it passes counts."""

    def check(value: Any) -> Any:
        for attempt in checks:
            try:
                return attempt(value)
            except ValueError:
                continue
        raise ValueError("passes no check")

    return check


def list_of(item: Check) -> Check:
    """A list whose items all pass."""

    def check(value: Any) -> list:
        if not isinstance(value, list):
            raise ValueError("not a list")
        return [item(x) for x in value]

    return check


def matrix_of(cell: Check) -> Check:
    """A list of rows, at least one and equally long, whose cells all pass."""
    rows_of = list_of(list_of(cell))

    def check(value: Any) -> list[list]:
        rows = rows_of(value)
        if not rows or not rows[0] or len({len(row) for row in rows}) > 1:
            raise ValueError("not a matrix")
        return rows

    return check


def from_json(check: Check) -> Check:
    """What passes, given as it is or as JSON text; some rows hold one and some the other."""
    return lambda value: check(json.loads(value) if isinstance(value, str) else value)


integers = list_of(integer)
words = list_of(text)
