"""Arithmetic without eval: what Python would say of numbers, and a ValueError for all the rest, soon."""

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mtalign.arithmetic import value


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
        "1+" * 100 + "1",
        "(" * 99 + "1",
        "1\0",
        "\ud800",
    ],
)
def test_no_values(text):
    with pytest.raises(ValueError):
        value(text)


@pytest.mark.parametrize("part", ["(", "-", "9", "9**", "((1)+", "1-(", " ", "%"])
def test_ends_soon(part):
    start = time.process_time()
    for length in (50, 199, 200, 100_000):
        text = part * (length // len(part))
        for whole in (text, text + "1", "1" + text, text + "1" + ")" * text.count("(")):
            with suppress(ValueError):
                value(whole)
    assert time.process_time() - start < 1


@given(st.text("0123456789.+-*/%() \n", max_size=40) | st.text())
def test_says_what_python_says_or_nothing(text):
    try:
        result = value(text)
    except ValueError:
        return
    assert result == eval(text)  # harmless: it is arithmetic
