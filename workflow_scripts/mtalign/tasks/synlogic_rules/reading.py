r"""What an answer says: boxes, fences, brackets, literals. Text in, values out, None where there is nothing to read.

Must not know which answer is right. Nothing here evaluates an answer or raises, and all is linear in its length.
"""

import ast
import json
import re
import warnings
from collections.abc import Callable
from itertools import accumulate
from typing import Any

from mtalign.tasks.math import extract as boxed

__all__ = [
    "boxed",
    "boxed_number",
    "integer_text",
    "is_integer",
    "json_value",
    "literal",
    "matrix",
    "matrix_of",
    "names",
    "rows_of_numbers",
    "unfenced",
]

_LONGEST = 20_000  # characters of a literal; an arc_agi grid of 30 x 30 has some 3,000
_DEEPEST = 20  # brackets around a value; the formats need 3
_FENCE = "```"
_INFO = re.compile(r"[ \t]*(?:[A-Za-z]\w*)?[ \t]*\n|(?:python|json)\s", re.IGNORECASE)
_BRACKET = re.compile(r"[\[({\])}]")
_STRING = re.compile(r""""(?:[^"\\]|\\.)*+"?|'(?:[^'\\]|\\.)*+'?""", re.DOTALL)  # to the end, where it is left open
_COMMA = re.compile("[,，]")
_NUMBER_ROWS = re.compile(r"\[\[([0-9,\s]*)\]\]")
_INTEGER = re.compile(r"-?[0-9]{1,100}")
_UNREADABLE = (ValueError, SyntaxError, TypeError, MemoryError, RecursionError)


# ------------------------------------------------------------------------------------------------- words and numbers
def unfenced(text: str) -> str | None:
    """The content of the last fenced block, or the whole text where none is; None where a fence stays open.

    >>> unfenced("So:\\n```python\\n[1]\\n```"), unfenced(" [1] "), unfenced("```[1]")
    ('[1]', '[1]', None)
    """
    parts = text.split(_FENCE)
    if len(parts) == 1:
        return text.strip()
    if len(parts) % 2 == 0:
        return None
    info = _INFO.match(parts[-2])
    return parts[-2][info.end() if info else 0 :].strip()


def integer_text(text: str | None) -> str | None:
    """A whole number, written in digits, as Python writes it.

    >>> integer_text(" 07 "), integer_text("7.0")
    ('7', None)
    """
    return str(int(text)) if text is not None and _INTEGER.fullmatch(text := text.strip()) else None


def boxed_number(word: str) -> Callable[[str], str | None]:
    """How to read the last box that holds a whole number, or a word that may stand for it."""

    def read(text: str) -> str | None:
        said = boxed(text)
        return word if said is not None and said.casefold() == word else integer_text(said)

    return read


def names(text: str | None) -> list[str] | None:
    """The names of a list with commas, Chinese ones too; None where one is empty."""
    said = [name.strip() for name in _COMMA.split(text or "")]
    return said if all(said) else None


def rows_of_numbers(text: str) -> list[list[int]] | None:
    """The last `[[4 1 3,1 3 4]]`: spaces between a row's numbers, commas between rows."""
    said = _NUMBER_ROWS.findall(text)
    if not said or len(said[-1]) > _LONGEST:
        return None
    rows = [row.split() for row in said[-1].split(",")]
    if not all(rows) or any(len(cell) > 9 for row in rows for cell in row):
        return None
    return [[int(cell) for cell in row] for row in rows]


# ---------------------------------------------------------------------------------------------------------- literals
def literal(text: str) -> Any:
    """The value of a Python literal, fenced or bare, without comments; never runs anything."""
    text = _small(unfenced(text))
    if text is None or "#" in _STRING.sub("", text):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the parser, about what the answer's code might mean
            tree = ast.parse(text, mode="eval")
        value = ast.literal_eval(tree)
    except _UNREADABLE:
        return None
    return None if "{" in text and _repeats_a_key(tree) else value


def _repeats_a_key(tree: ast.AST) -> bool:
    """Whether a dictionary has a key twice, of which its value keeps the last only."""
    keys = ([ast.dump(key) for key in node.keys if key] for node in ast.walk(tree) if isinstance(node, ast.Dict))
    return any(len(set(of_one)) < len(of_one) for of_one in keys)


def json_value(text: str, read_decimal: Callable[[str], Any] = float) -> Any:
    """The value of a JSON text, fenced or bare, in which no key is there twice."""
    text = _small(unfenced(text))
    try:
        return json.loads(text or "", object_pairs_hook=_unique, parse_constant=_refuse, parse_float=read_decimal)
    except _UNREADABLE:
        return None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        raise ValueError("a key is there twice")
    return entries


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _small(text: str | None) -> str | None:
    """A text that a parser may be given: not empty, not long, not deep."""
    if not text or len(text) > _LONGEST:
        return None
    depths = accumulate(1 if bracket in "[({" else -1 for bracket in _BRACKET.findall(_STRING.sub("", text)))
    return text if max(depths, default=0) <= _DEEPEST else None


# ---------------------------------------------------------------------------------------------------------- matrices
def is_integer(cell: Any) -> bool:
    """A whole number; not True, which Python takes for 1, and not 1.0."""
    return type(cell) is int


def matrix(value: Any, is_cell: Callable[[Any], bool]) -> list[list] | None:
    """A list or tuple of rows that are lists or tuples of cells, as lists; None where it is anything else."""
    if not isinstance(value, (list, tuple)) or not value:
        return None
    if not all(isinstance(row, (list, tuple)) and all(map(is_cell, row)) for row in value):
        return None
    return [list(row) for row in value]


def matrix_of(is_cell: Callable[[Any], bool]) -> Callable[[str], list[list] | None]:
    """How to read a matrix that is written as a Python literal."""
    return lambda text: matrix(literal(text), is_cell)
