"""The value of arithmetic that a model wrote, without `eval`: as Python computes it, or exactly.

Must not know which value is right. Small by design: what a puzzle's answer can hold ends at once, the rest is refused.
"""

import ast
import operator
import re
import warnings
from collections.abc import Callable
from fractions import Fraction

__all__ = ["exact_value", "value"]

_ARITHMETIC = re.compile(r"[-+*/%().0-9 \t\r\n]{1,300}")
_LARGEST_BASE, _LARGEST_EXPONENT = 10**9, 100
_SIGNS = {ast.UAdd: operator.pos, ast.USub: operator.neg}
_EXACT: dict[type, Callable] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}


def value(text: str) -> int | float | None:
    """What `eval` makes of numbers, operators and brackets, rounding included; None where it makes nothing of them.

    None too where the value is complex, or too large to look at.

    >>> value("(9+5-2)*2"), value("2**3 // 3"), value("8/(3-8/3)") == 24, value("1/0")
    (24, 2, False, None)
    """
    return _value(
        text.lstrip(" \t"), _EXACT | {ast.FloorDiv: operator.floordiv, ast.Pow: _power}, lambda number: number
    )


def exact_value(text: str) -> Fraction | None:
    """What an expression of whole numbers, + - * / %, and round brackets is, exactly; None where it is none.

    / is division without rounding, % as Python's: the remainder has the divisor's sign.

    >>> exact_value("6/4 - 7%3"), exact_value("2**3"), exact_value("1/0")
    (Fraction(1, 2), None, None)
    """
    return _value(text.strip(), _EXACT, _whole)


def _value(text: str, operations: dict[type, Callable], number: Callable) -> Fraction | float | None:
    if not _ARITHMETIC.fullmatch(text):
        return None
    try:
        with warnings.catch_warnings(action="ignore"):  # of the parser, about `1(2)`
            return _of_node(ast.parse(text, mode="eval").body, operations, number)
    except (SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError):
        return None


def _of_node(node: ast.expr, operations: dict[type, Callable], number: Callable) -> Fraction | float:
    match node:
        case ast.Constant(value=int() | float()):
            return number(node.value)
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _SIGNS:
            return _SIGNS[type(op)](_of_node(operand, operations, number))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in operations:
            return operations[type(op)](_of_node(left, operations, number), _of_node(right, operations, number))
    raise ValueError("not arithmetic")


def _whole(number: int | float) -> Fraction:
    if not isinstance(number, int):
        raise ValueError("not a whole number")
    return Fraction(number)


def _power(base: int | float, exponent: int | float) -> int | float:
    if abs(base) > _LARGEST_BASE or abs(exponent) > _LARGEST_EXPONENT:
        raise ValueError("too large")
    result = base**exponent
    if isinstance(result, complex):
        raise ValueError("not a real number")
    return result
