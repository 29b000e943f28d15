"""The value of arithmetic that a model wrote, with Python's own rules and numbers, but without `eval`.

Must not know which value is right. Small by design: what a puzzle's answer can hold ends at once, the rest is refused.
"""

import ast
import operator
import re

_ARITHMETIC = re.compile(r"[-+*/%().0-9 \t\r\n]{1,200}")
_LARGEST_BASE, _LARGEST_EXPONENT = 10**9, 100
_OPERATIONS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}


def value(text: str) -> int | float:
    """What an expression of numbers, operators and brackets comes to.

    Raises:
        ValueError: it is no such expression, its value is not defined, or it is too large to look at.

    >>> value("(9+5-2)*2"), value("6/4")
    (24, 1.5)
    """
    if not _ARITHMETIC.fullmatch(text):
        raise ValueError("not arithmetic")
    try:
        result = _value(ast.parse(text.lstrip(" \t"), mode="eval").body)
    except (SyntaxError, ArithmeticError, RecursionError, MemoryError) as error:
        raise ValueError(f"no value: {error}") from error
    return result


def _value(node: ast.expr) -> int | float:
    match node:
        case ast.Constant(value=int() | float()):
            return node.value
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATIONS:
            return _OPERATIONS[type(op)](_value(operand))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
            a, b = _value(left), _value(right)
            if isinstance(op, ast.Pow) and (abs(a) > _LARGEST_BASE or abs(b) > _LARGEST_EXPONENT):
                raise ValueError("too large")
            result = _OPERATIONS[type(op)](a, b)
            if isinstance(result, complex):
                raise ValueError("not a real number")
            return result
    raise ValueError("not arithmetic")
