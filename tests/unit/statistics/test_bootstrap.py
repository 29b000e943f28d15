"""The bootstrap's interval agrees with known distributions, and keeps a problem's columns together."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from mtalign.statistics.bootstrap import bootstrap_mean

VALUES = arrays(np.float64, st.tuples(st.integers(1, 12), st.integers(1, 4)), elements=st.floats(-100, 100))


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.mark.parametrize("level", [0.5, 0.95])
@pytest.mark.parametrize("successes", [8, 16, 40])
def test_zeros_and_ones_resample_to_a_binomial(successes, level):
    n, p = 64, successes / 64
    cumulative = np.cumsum([comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(n + 1)])
    expected = [np.searchsorted(cumulative, tail) for tail in ((1 - level) / 2, (1 + level) / 2)]
    values = np.repeat([1.0, 0.0], [successes, n - successes])
    interval = np.array(bootstrap_mean(values, rng(), 20_000, level)) * n
    assert np.abs(interval - expected).max() <= 1  # one success: the binomial is that coarse
    assert interval[0] < successes < interval[1]


def test_width_shrinks_as_the_normal_distribution_says():
    values = rng().normal(size=(400, 2)) * [1.0, 5.0]
    low, high = bootstrap_mean(values, rng(), 10_000)
    assert (high - low) / 2 == pytest.approx(1.96 * values.std(axis=0) / 20, rel=0.03)


def test_every_problem_is_drawn_alike():
    low, high = bootstrap_mean(np.eye(5), rng(), 10_000)
    assert low.tolist() == [0.0] * 5
    assert high == pytest.approx([0.6] * 5)  # the 97.5 % point of 5 draws with probability 1/5


@given(VALUES)
def test_columns_share_their_resamples(values):
    low, high = bootstrap_mean(values, rng(), 50)
    assert low.shape == high.shape == (values.shape[1],)
    for column, (left, right) in enumerate(zip(low, high)):
        assert bootstrap_mean(values[:, column], rng(), 50) == pytest.approx((left, right), abs=1e-9)


@given(VALUES)
def test_interval_lies_among_the_values_and_moves_with_them(values):
    low, high = bootstrap_mean(values, rng(), 50)
    assert (values.min(axis=0) - 1e-9 <= low).all()
    assert (low <= high).all()
    assert (high <= values.max(axis=0) + 1e-9).all()
    assert np.allclose(bootstrap_mean(-2 * values + 3, rng(), 50), (-2 * high + 3, -2 * low + 3), atol=1e-9)


def test_a_wider_level_contains_a_narrower_one():
    values = rng().random(30)
    (low95, high95), (low50, high50) = (bootstrap_mean(values, rng(), 1000, level) for level in (0.95, 0.5))
    assert low95 < low50 < high50 < high95


def test_one_problem_is_its_own_interval():
    assert bootstrap_mean(np.array([0.3]), rng(), 100) == (0.3, 0.3)
    low, high = bootstrap_mean(np.array([[0.3, 0.7]]), rng(), 100)
    assert low.tolist() == high.tolist() == [0.3, 0.7]


def test_only_the_generator_decides():
    values = rng().random(20)
    assert bootstrap_mean(values, rng(), 100) == bootstrap_mean(values, rng(), 100)
    assert bootstrap_mean(values, rng(), 100) != bootstrap_mean(values, np.random.default_rng(8), 100)


def test_impossible_arguments():
    with pytest.raises(ValueError, match="needs problems"):
        bootstrap_mean(np.array([]), rng(), 100)
    with pytest.raises(ValueError, match="and resamples"):
        bootstrap_mean(np.array([1.0]), rng(), 0)
    with pytest.raises(ValueError, match="shape"):
        bootstrap_mean(np.ones((3, 2, 2)), rng(), 10)
    with pytest.raises(ValueError, match="level"):
        bootstrap_mean(np.ones(3), rng(), 10, level=95)
