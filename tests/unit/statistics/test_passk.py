"""pass@k is the exact share of k-subsets that hold a correct response, whatever the sizes."""

from fractions import Fraction
from itertools import combinations
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mtalign.statistics.passk import pass_at_k, powers_of_two


@st.composite
def counts(draw, most: int):
    n = draw(st.integers(1, most))
    return n, draw(st.integers(0, n)), draw(st.integers(1, n))


def exact(n: int, c: int, k: int) -> Fraction:
    """1 - the chance that the c correct responses all are among the n - k that were not drawn."""
    return 1 - Fraction(prod(range(n - k - c + 1, n - k + 1)), prod(range(n - c + 1, n + 1))) if c <= n - k else 1


@given(counts(4096))
def test_equals_the_exact_fraction(counts):
    assert pass_at_k(*counts) == pytest.approx(float(exact(*counts)), rel=1e-15, abs=1e-15)


@given(counts(8))
def test_equals_the_share_of_subsets(counts):
    n, c, k = counts
    subsets = list(combinations(range(n), k))
    assert pass_at_k(n, c, k) == pytest.approx(sum(min(subset) < c for subset in subsets) / len(subsets))


def test_largest_study():
    assert pass_at_k(4096, 1, 2048) == 0.5
    assert pass_at_k(4096, 1, 1) == 1 / 4096
    assert pass_at_k(4096, 0, 4096) == 0.0
    assert 1 - pass_at_k(4096, 2048, 8) == pytest.approx(float(1 - exact(4096, 2048, 8)), abs=1e-15)


@given(counts(200))
def test_more_draws_or_more_correct_never_hurt(counts):
    n, c, k = counts
    curve = pass_at_k(n, c, np.arange(1, n + 1))
    assert (np.diff(curve) >= 0).all()
    assert (np.diff(pass_at_k(n, np.arange(n + 1), k)) >= 0).all()
    assert curve[0] == pytest.approx(c / n)
    assert curve[-1] == (c > 0)


def test_numbers_give_a_float_and_arrays_broadcast():
    assert type(pass_at_k(np.int32(4), 1, 2)) is float
    correct, k = np.array([[0], [1], [3]], dtype=np.int32), np.array([1, 2], dtype=np.uint8)
    grid = pass_at_k(4, correct, k)
    assert grid.dtype == np.float64
    assert grid.tolist() == [[0.0, 0.0], [0.25, 0.5], [0.75, 1.0]]
    assert pass_at_k(4, np.zeros((0, 2), dtype=int), 1).shape == (0, 2)


@pytest.mark.parametrize(
    ("n", "c", "k", "message"),
    [
        (4, 1, 0, "1 <= k"),
        (4, 1, 5, "k <= num_samples"),
        (4, -1, 1, "0 <= num_correct"),
        (4, 5, 1, "num_correct <= num_samples"),
        (4, np.array([1, 5]), 1, "num_correct <= num_samples"),
        (4, 1.5, 1, "whole"),
    ],
)
def test_impossible_counts(n, c, k, message):
    with pytest.raises(ValueError, match=message):
        pass_at_k(n, c, k)


@pytest.mark.parametrize(
    ("n", "powers"), [(1, [1]), (2, [1, 2]), (6, [1, 2, 4, 6]), (8, [1, 2, 4, 8]), (9, [1, 2, 4, 8, 9])]
)
def test_powers_of_two(n, powers):
    assert powers_of_two(n) == powers


def test_powers_of_nothing():
    with pytest.raises(ValueError, match="n >= 1"):
        powers_of_two(0)
