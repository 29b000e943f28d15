"""Arithmetic without eval: what Python would say of numbers, or what is exact; None for all the rest, soon."""

import operator
import time
import warnings
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mtalign.verification.safe_arithmetic import exact_value, value


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("1+2*3-4", 3),
        ("(1+2)*(3-5)", -6),
        ("6/4", 1.5),
        ("7//2*2 + 7%4", 9),
        ("2**3**2", 512),
        ("-2**2", -4),
        ("--+5", 5),
        (".5+1.", 1.5),
        (" \t1 +\t1 \n", 2),
        ("0.1+0.2", 0.1 + 0.2),
        ("2**-1", 0.5),
    ],
)
def test_values(text, result):
    assert value(text) == result


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "()",
        "...",
        "1+",
        "1 2",
        "(2)(3)",
        "(1+2",
        "1\n+1",
        "\n 1",
        "012",
        "1,2",
        "1_000",
        "1e3",
        "True",
        "abs(1)",
        "__import__('os')",
        "1 if 1 else 2",
        "1<2",
        "٣",
        "2×3",
        "1/0",
        "1%0",
        "0.0**-1",
        "(-8)**0.5",
        "9**9**9",
        "10**10**10",
        "(9**99)**99",
        "2.5**-10**3",
        "1+" * 200 + "1",
        "(" * 99 + "1",
        "1\0",
        "\ud800",
    ],
)
def test_no_values(text):
    assert value(text) is None


@pytest.mark.parametrize("part", ["(", "-", "9", "9**", "((1)+", "1-(", " ", "%"])
def test_ends_soon(part):
    start = time.process_time()
    for length in (50, 299, 300, 100_000):
        text = part * (length // len(part))
        for whole in (text, text + "1", "1" + text, text + "1" + ")" * text.count("(")):
            value(whole)
            exact_value(whole)
    assert time.process_time() - start < 1


@given(st.text("0123456789.+-*/%() \n", max_size=40) | st.text())
def test_says_what_python_says_or_nothing(text):
    result = value(text)
    with warnings.catch_warnings(action="ignore"):
        assert result is None or result == eval(text)  # harmless: it is arithmetic


# --------------------------------------------------------------------------------------------------------- exact values
SIGNS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "%": operator.mod}


def combined(parts: tuple) -> tuple[str, Fraction | None]:
    (left, x), sign, (right, y), bracketed = parts
    bare = f"({left}) {sign}({right})"
    known = None not in (x, y) and not (y == 0 and sign in "/%")
    return f"({bare})" if bracketed else bare, SIGNS[sign](x, y) if known else None


@given(
    st.recursive(
        st.integers(0, 99).map(lambda number: (str(number), Fraction(number))),
        lambda inner: st.tuples(inner, st.sampled_from([*SIGNS]), inner, st.booleans()).map(combined),
    )
)
def test_values_are_exact(expression):
    text, expected = expression
    assert len(text) > 300 or exact_value(text) == expected


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("1+2*3", 7),
        ("(1+2)*3", 9),
        ("8-4-2", 2),
        ("8/4/2", 1),
        ("7-9%4", 6),
        ("-7%3", 2),
        ("--2", 2),
        ("-(2-5)", 3),
        (" 7 ", 7),
    ]
    + [
        (bad, None)
        for bad in ("2**3", "7//2", "1/0", "5%0", "1_0", "0x1", "1.0", "1e3", "07", "", "()", "2(3)", "1,2", "²", "a")
    ],
)
def test_exact_values(expression, result):
    assert exact_value(expression) == result
