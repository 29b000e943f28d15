"""Student's t, Holm, rank correlation, monotone fit and clustered regression, against scipy or worked by hand."""

import math

import numpy as np
import pytest
from mtalign.statistics.association import crossing, isotonic, jackknife, regress, spearman, spearman_interval
from mtalign.statistics.estimates import Estimate, combined_error, holm, satterthwaite
from mtalign.statistics.rliable_summaries import interquartile_mean, probability_of_improvement
from scipy import optimize, stats


def rng(seed: int = 5) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_an_estimate_is_a_t_test():
    values = rng().normal(0.3, 1, 12)
    estimate = Estimate(values.mean(), values.std(ddof=1) / math.sqrt(12), 11)
    theirs = stats.ttest_1samp(values, 0.1)
    assert estimate.p_value(0.1) == pytest.approx(theirs.pvalue)
    assert estimate.p_above(0.1) == pytest.approx(stats.ttest_1samp(values, 0.1, alternative="greater").pvalue)
    assert estimate.interval(0.9) == pytest.approx(theirs.confidence_interval(0.9))


def test_an_estimate_without_error_or_without_knowledge():
    sure, nothing = Estimate(0.2, 0.0, 1), Estimate(0.2, math.inf, 1)
    assert (sure.p_above(0.1), sure.p_above(0.3), sure.p_above(0.2), sure.interval()) == (0, 1, 0.5, (0.2, 0.2))
    assert nothing.p_above(0.1) == 0.5 and nothing.interval() == (-math.inf, math.inf)


def test_errors_of_one_part_keep_its_degrees_of_freedom():
    assert combined_error([(0.04, 7.0), (0.0, 2.0)]) == pytest.approx((0.2, 7), rel=1e-3)
    assert combined_error([(0.0, 7.0)]) == (0.0, 1.0)


def test_errors_of_two_parts_are_banerjees():
    se, df = combined_error([(0.03, 2.0), (0.01, 63.0)])
    expected = math.sqrt(0.03 * stats.t.ppf(0.975, 2) ** 2 + 0.01 * stats.t.ppf(0.975, 63) ** 2)
    assert Estimate(0, se, df).interval()[1] == pytest.approx(expected, rel=1e-3)


def test_parts_of_one_kind_are_welchs():
    """Two samples' means: scipy's Welch test has the same degrees of freedom."""
    a, b = rng(1).random(5), 3 * rng(2).random(8)
    parts = [(sample.var(ddof=1) / len(sample), len(sample) - 1) for sample in (a, b)]
    assert satterthwaite(parts)[1] == pytest.approx(stats.ttest_ind(a, b, equal_var=False).df)


def test_what_is_detectable_is_found_four_times_in_five():
    """By simulation: the truth lies that far from 0."""
    n, draws = 10, 20_000
    distance = Estimate(0, 1 / math.sqrt(n), n - 1).detectable()
    samples = rng().normal(distance, 1, (draws, n))
    found = stats.ttest_1samp(samples, 0, axis=1).pvalue < 0.05
    assert found.mean() == pytest.approx(0.8, abs=0.02)


def test_holm_by_hand():
    assert holm([0.04, 0.01, 0.02, 0.9]) == pytest.approx([0.08, 0.04, 0.06, 0.9])
    assert holm([0.3, 0.2, 0.25]) == pytest.approx([0.6, 0.6, 0.6])
    assert holm([]) == []


def test_interquartile_mean_is_a_trimmed_mean():
    """As rliable has it: scipy.stats.trim_mean with a quarter at either end, over all runs and tasks."""
    scores = rng().random((5, 7))
    summary = interquartile_mean(list(scores), [None] * 5, rng(), 10)
    assert summary.value == pytest.approx(stats.trim_mean(scores, 0.25, axis=None))


def test_its_interval_is_scipys_bootstrap_of_one_task():
    scores = rng().normal(size=40)
    ours = interquartile_mean([scores], [None], rng(1), 4000)
    theirs = stats.bootstrap(
        [scores], lambda x, axis: stats.trim_mean(x, 0.25, axis=axis), n_resamples=4000, method="percentile", rng=rng(2)
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.03)


def test_intervals_resample_the_runs_of_each_task_by_themselves():
    """Equal runs within a task leave nothing to resample, however far apart the tasks are."""
    tasks = [np.full(3, value) for value in (0.1, 0.5, 0.9)]
    summary = interquartile_mean(tasks, [None] * 3, rng(), 50)
    assert summary.low == summary.value == summary.high
    above = probability_of_improvement(tasks, [task - 0.01 for task in tasks], [None] * 3, rng(), 50)
    assert (above.low, above.value, above.high) == (1, 1, 1)


def test_probability_of_improvement_is_mann_whitneys():
    mine, theirs = [rng(i).integers(0, 5, 6) for i in (1, 2)], [rng(i).integers(0, 4, 4) for i in (3, 4)]
    expected = np.mean([stats.mannwhitneyu(a, b).statistic / (len(a) * len(b)) for a, b in zip(mine, theirs)])
    summary = probability_of_improvement(mine, theirs, [None] * 2, rng(), 2000)
    assert summary.value == pytest.approx(expected)
    assert 0 <= summary.low < summary.value < summary.high <= 1


def test_tasks_of_one_pretraining_are_resampled_together():
    """A second task with the same runs tells nothing new. And a method that is a little better at every seed is surely
    so where it is compared at the same seeds."""
    runs = rng().random(9)
    alone, together = (interquartile_mean([runs, runs], names, rng(), 500) for names in ([None] * 2, ["m"] * 2))
    one = interquartile_mean([runs], [None], rng(), 500)
    assert (together.low, together.value, together.high) == pytest.approx((one.low, one.value, one.high))
    assert together.high - together.low > 1.2 * (alone.high - alone.low)
    mine, theirs = [runs], [runs - 0.001]
    alone, together = (probability_of_improvement(mine, theirs, names, rng(), 500) for names in ([None], ["m"]))
    assert together.value == alone.value and together.high - together.low < (alone.high - alone.low) / 3


def test_spearman_is_scipys_with_ties():
    x, y = rng(1).integers(0, 6, 20), rng(2).integers(0, 6, 20)
    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)
    assert spearman(np.ones(5), y[:5]) == 0


def test_spearmans_interval_covers():
    """Bivariate normal pairs, where Spearman's rho is 6/pi asin(r/2)."""
    r, n, draws = 0.7, 12, 2000
    truth = 6 / math.pi * math.asin(r / 2)
    pairs = rng().multivariate_normal([0, 0], [[1, r], [r, 1]], (draws, n))
    intervals = [spearman_interval(spearman(*sample.T), n) for sample in pairs]
    assert np.mean([low <= truth <= high for low, high in intervals]) == pytest.approx(0.95, abs=0.02)


def test_a_perfect_rank_correlation_of_few_pairs_is_not_certain():
    low, high = spearman_interval(1.0, 4)
    assert low < 0 and high == 1.0
    assert spearman_interval(-1.0, 8)[0] == -1.0 and -0.95 < spearman_interval(-1.0, 8)[1] < 0


def test_jackknife_of_a_mean_is_its_standard_error():
    values = rng().random(9)
    estimate = jackknife(lambda chosen: values[chosen].mean(), range(9))
    assert (estimate.value, estimate.se) == pytest.approx((values.mean(), values.std(ddof=1) / 3))


def test_jackknife_leaves_out_whole_groups():
    values, groups = rng().random(15), list("abcde") * 3
    estimate = jackknife(lambda chosen: values[chosen].mean(), groups)
    means = values.reshape(3, 5).mean(axis=0)
    assert (estimate.se, estimate.df) == pytest.approx((means.std(ddof=1) / math.sqrt(5), 4))


@pytest.mark.parametrize("groups", ["abc", "aabbcc", "abcdef"])
def test_jackknife_knows_nothing_from_few_groups_or_without_a_difference(groups):
    assert jackknife(lambda chosen: 1.0, groups).se == math.inf


def test_isotonic_is_scipys_and_ties_share_a_value():
    x, y = rng().permutation(15).astype(float), rng(6).random(15)
    order = np.argsort(x)
    assert isotonic(x, y)[order] == pytest.approx(optimize.isotonic_regression(y[order]).x)
    assert isotonic(np.array([1.0, 1.0, 2.0]), np.array([0.0, 1.0, 0.2])) == pytest.approx([0.4, 0.4, 0.4])
    assert isotonic(np.array([2.0, 1.0]), np.array([1.0, 0.0])).tolist() == [1.0, 0.0]


def test_crossing_is_between_the_last_below_and_the_first_above():
    x, fitted = np.array([0.3, 0.1, 0.9, 0.5]), np.array([0.0, 0.0, 0.6, 0.2])
    assert crossing(x, fitted, 0.05) == (0.3, 0.5)
    assert crossing(x, fitted, 0.9) == (0.9, None)
    assert crossing(x, fitted, -1) == (None, 0.1)


def test_regression_finds_its_coefficients():
    x = rng().normal(size=(40, 2))
    y = x @ [2.0, -1.0] + 0.1 * rng(3).normal(size=40)
    estimates = regress(x, y, np.repeat(np.arange(10), 4))
    assert [estimate.value for estimate in estimates] == pytest.approx(np.linalg.lstsq(x, y)[0].tolist())
    assert all(1 < estimate.df <= 10 for estimate in estimates)


def test_errors_of_single_rows_are_hc2():
    """A cluster of one row: MacKinnon and White's residual, divided by the root of one minus its leverage."""
    x, y = np.column_stack([np.ones(8), np.arange(8.0)]), rng().random(8)
    bread = np.linalg.inv(x.T @ x)
    rest = y - x @ bread @ x.T @ y
    scaled = rest**2 / (1 - np.diag(x @ bread @ x.T))
    expected = np.sqrt(np.diag(bread @ (x.T * scaled) @ x @ bread))
    assert [estimate.se for estimate in regress(x, y, range(8))] == pytest.approx(expected.tolist())


def test_two_equal_samples_have_the_t_tests_degrees_of_freedom():
    second = np.repeat([0.0, 1.0], 6)
    (estimate, _) = regress(np.column_stack([second, np.ones(12)]), rng().random(12), range(12))
    assert estimate.df == pytest.approx(10)


LEVEL, LEAK = np.arange(10) % 5, np.arange(10) // 5  # of a setting
AT = np.eye(5)[:, LEVEL]
FITS = {"line": [LEVEL / 4, LEAK, LEVEL / 4 * LEAK], "levels": [*(LEAK * AT), *AT[1:]]}


@pytest.mark.parametrize("fit", FITS)
def test_clustered_regression_covers(fit):
    """The causal experiment's layout: ten models, each with a shift of its own, four tasks each."""
    models, draws = np.repeat(np.arange(10), 4), 1000
    setting = (models + np.tile([0, 3, 6, 9], 10)) % 10
    design = np.column_stack([*(column[setting] for column in FITS[fit]), np.tile(np.eye(4), (10, 1))])
    hits = np.zeros(design.shape[1])
    for i in range(draws):
        y = 0.4 * LEVEL[setting] / 4 + rng(i).normal(0, 0.1, 10)[models] + rng(i + draws).normal(0, 0.1, 40)
        truth = [0.4, 0, 0] if fit == "line" else [0] * 5 + [0.1, 0.2, 0.3, 0.4]
        ends = [estimate.interval() for estimate in regress(design, y, models)]
        hits += [low <= value <= high for (low, high), value in zip(ends, [*truth, 0, 0, 0, 0])]
    covered = hits[: len(FITS[fit])] / draws
    assert ((covered >= 0.93) & (covered <= 0.98)).all(), covered


def test_a_regression_that_cannot_be_done():
    with pytest.raises(ValueError, match="told apart"):
        regress(np.ones((4, 2)), np.ones(4), [0, 0, 1, 1])
    with pytest.raises(ValueError, match="two clusters"):
        regress(np.ones((4, 1)), np.ones(4), [0, 0, 0, 0])
