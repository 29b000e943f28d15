"""Mathematical equality of LaTeX: sympy's word where it can read, None where it cannot, an end where it takes long."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mtalign.verification import latex_equality
from mtalign.verification.time_limit import TimeUp


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("5+5i", "5(1+i)"),
        (r"2\sqrt{11}", r"\sqrt{44}"),
        (r"\frac{40 - \sqrt{6}}{16}", r"\frac{5}{2} - \frac{\sqrt{6}}{16}"),
        (r"\log_{8}{5}+\log_{5}{8}", r"\frac{\ln 5}{\ln 8}+\frac{\ln 8}{\ln 5}"),
        (r"2(x)\sin(x)+(x)^2\cos(x)", r"x^2 \cos x + 2x \sin{x}"),
        ("2x+y+2", " y + 2 + 2x "),
        (r"e^{\sin(x)}\cdot\cos(x)", r"\cos(x) e^{\sin(x)}"),
        ("2(e-1)", "2e-2"),
    ],
)
def test_equal(left, right):
    assert latex_equality.equal([left], [right]) is True


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("5+5i", "5-5i"),
        ("e-1", "e"),
        (r"\sin(x)", r"\cos(x)"),
        ("2x", "2y"),
        ("(e-1)(e^2-1)", "e^3-e^2-e+1"),  # equal, but sympy simplifies them to different forms
    ],
)
def test_different(left, right):
    assert latex_equality.equal([left], [right]) is False


def test_sets():
    assert latex_equality.equal(["1+1", "3"], ["3", "2", r"\frac{4}{2}"]) is True
    assert latex_equality.equal(["1", "3"], ["3"]) is False


@pytest.mark.parametrize("text", ["", "%%", r"\frac{1}{", "}", "\0", "1" * 501, "(" * 240 + "1", "-" * 500])
def test_unreadable(text):
    assert latex_equality.equal([text], ["1"]) is None
    assert latex_equality.equal(["1"], ["1", text]) is None


@pytest.mark.parametrize("text", ["10^{10^{10}}", "1000000000!"])
def test_what_takes_too_long_ends(text, monkeypatch):
    latex_equality.equal(["1"], ["2"])  # imports sympy
    monkeypatch.setattr(latex_equality, "_SECONDS", 0.5)
    start = time.process_time()
    with pytest.raises(TimeUp):
        latex_equality.equal([text], ["5"])
    assert time.process_time() - start < 3


def test_threads_hear_the_same():
    with ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(latex_equality.equal, [text], ["4"]) for text in (r"\frac{8}{2}", "5", "%%")]
        assert [future.result() for future in asked] == [True, False, None]


@settings(max_examples=100)
@given(
    st.lists(
        st.sampled_from([*"{}()[]^_+-=<,.;!%$&| 1x\n\0", "\\frac", "\\sqrt", "\\pm", "\\int", "\\text{", "\\"])
        | st.characters(),
        max_size=10,
    ).map("".join)
)
def test_any_text_gets_a_word(text):
    assert latex_equality.equal([text], ["4"]) in (True, False, None)
