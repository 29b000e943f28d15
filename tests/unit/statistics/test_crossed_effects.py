"""Means over seeds and problems: known cases, coverage by simulation, and how much more data would decide."""

import math

import numpy as np
import pytest
from mtalign.statistics.crossed_effects import CellValues, mean
from scipy import stats


def rng(seed: int = 5) -> np.random.Generator:
    return np.random.default_rng(seed)


def draw(
    random: np.random.Generator,
    cells: int,
    seeds: int,
    problems: int,
    of_seeds: float,
    of_problems: float,
    samples: int,
) -> list[CellValues]:
    """Cells of one task whose true mean is one half: shares of right samples, by seed and problem."""
    shared = random.normal(0, of_problems, problems)
    chance = 0.5 + shared + random.normal(0, of_seeds, (cells, seeds, 1))
    return [CellValues(random.binomial(samples, p.clip(0, 1)) / samples, (("set", problems),)) for p in chance]


def test_one_problem_is_a_t_test_over_seeds():
    values = rng().random((5, 1))
    estimate = mean([CellValues(values, (("set", 1),))])
    assert estimate.interval() == pytest.approx(stats.ttest_1samp(values[:, 0], 0).confidence_interval())


def test_seeds_that_agree_leave_a_t_test_over_problems():
    problems = rng().random(30)
    estimate = mean([CellValues(np.tile(problems, (4, 1)), (("set", 30),))])
    assert estimate.interval() == pytest.approx(stats.ttest_1samp(problems, 0).confidence_interval())


def test_two_cells_of_one_task_share_their_problems_and_of_two_tasks_do_not():
    values = np.tile(rng().random(30), (3, 1))
    a, b = (CellValues(values, ((name, 30),)) for name in "ab")
    assert mean([a, a]).se == pytest.approx(mean([a]).se)
    assert mean([a, b]).se == pytest.approx(mean([a]).se / math.sqrt(2))


def test_cells_that_share_one_of_two_sets_share_its_problems_only():
    """Four sets, each a quarter of the mean, if none were shared; the shared one counts a half."""
    columns, n = rng().random(30), 30
    of_one = columns.var(ddof=1) / n
    both = np.tile(np.concatenate([columns, columns + 0.5]), (3, 1))  # how far apart the sets are is no error
    first, second = (CellValues(both, (("shared", n), (other, n))) for other in "ab")
    assert mean([first, second]).se ** 2 == pytest.approx(of_one * (1 / 4 + 1 / 16 + 1 / 16))


def test_variance_by_hand():
    """Rows .25, .75; columns .25, .5, .75: of seeds 1/16 - 1/32 rest."""
    values = np.array([[0.0, 0.25, 0.5], [0.5, 0.75, 1.0]])  # no interaction at all
    estimate = mean([CellValues(values, (("set", 3),))])
    assert estimate.se**2 == pytest.approx(0.125 / 2 + 0.0625 / 3)
    assert (estimate.of_seeds[0], estimate.of_problems[0], estimate.noise) == pytest.approx((0.0625, 0.0625 / 3, 0))


def test_cells_of_one_replication_count_their_seeds_once():
    """Four cells that are all their pretraining are one cell; a second model halves the variance."""
    column = rng().random((3, 1))
    alone = mean([CellValues(column, (("set", 1),))])
    cells = [
        CellValues(column, ((f"{model}{i}", 1),), seeds=(0, 1, 2), replication=model)
        for model in "ab"
        for i in range(4)
    ]
    assert mean(cells[:4]).interval() == pytest.approx(alone.interval())
    assert mean(cells[:4]).needed(0.0) == alone.needed(0.0)
    both = mean(cells)
    assert both.se**2 == pytest.approx(alone.se**2 / 2) and both.of_seeds[1] == pytest.approx(4)


def test_cells_of_one_replication_have_the_same_seeds():
    cells = [CellValues(np.ones((2, 3)), ((name, 3),), seeds, "m") for name, seeds in (("a", (0, 1)), ("b", (1, 2)))]
    with pytest.raises(ValueError, match=r"cells of m have seeds \(0, 1\) and \(1, 2\)"):
        mean(cells)


def test_with_one_seed_the_pretrained_models_are_the_sample():
    values = rng().random(6)
    models = "aabbcc"
    cells = [CellValues(np.array([[v]]), ((i, 1),), (0,), models[i]) for i, v in enumerate(values)]
    of_models = values.reshape(3, 2).mean(axis=1)
    assert mean(cells).interval() == pytest.approx(stats.ttest_1samp(of_models, 0).confidence_interval())
    assert mean(cells[:2]).interval() == (-math.inf, math.inf)


def test_with_one_seed_the_cells_are_the_sample():
    values = rng().random(6)
    estimate = mean([CellValues(np.array([[value]]), ((i, 1),)) for i, value in enumerate(values)])
    assert estimate.interval() == pytest.approx(stats.ttest_1samp(values, 0).confidence_interval())
    assert mean([CellValues(np.array([[0.4, 0.6]]), ((0, 2),))]).interval() == (-math.inf, math.inf)


LAYOUTS = {  # cells, seeds, problems, spread of seeds, of problems, samples
    "a cell": (1, 3, 64, 0.1, 0.2, 4),
    "calm seeds": (1, 3, 64, 0.03, 0.2, 4),
    "five seeds": (1, 5, 64, 0.05, 0.2, 4),
    "weak cells": (3, 3, 64, 0.1, 0.1, 4),
    "strong cells": (5, 3, 64, 0.05, 0.15, 4),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_intervals_cover(layout):
    draws = 1500
    intervals = [mean(draw(rng(i), *LAYOUTS[layout])).interval() for i in range(draws)]
    assert 0.93 <= np.mean([low <= 0.5 <= high for low, high in intervals]) <= 0.97


PRETRAINED = {  # models, tasks, seeds
    "a model": (1, 4, 3),
    "two models": (2, 3, 3),
    "five seeds": (2, 4, 5),
}


def pretrained(random: np.random.Generator, models: int, tasks: int, seeds: int, known: bool) -> list[CellValues]:
    """Gains of models that differ by seed, on all tasks alike and on each by itself; the true mean is one half."""
    cells = []
    problems = random.normal(0, 0.2, (tasks, 64))
    for model in range(models):
        common = random.normal(0, 0.08, (seeds, 1))
        for task in range(tasks):
            chance = (0.5 + problems[task] + common + random.normal(0, 0.03, (seeds, 1))).clip(0, 1)
            values = random.binomial(4, chance) / 4
            cells.append(CellValues(values, ((task, 64),), tuple(range(seeds)), model if known else None))
    return cells


@pytest.mark.parametrize("layout", PRETRAINED)
def test_intervals_cover_where_cells_share_a_pretraining(layout):
    """And would not, were the cells' seeds taken for independent."""
    covered = {}
    for known in (True, False):
        intervals = [mean(pretrained(rng(i), *PRETRAINED[layout], known)).interval() for i in range(1000)]
        covered[known] = np.mean([low <= 0.5 <= high for low, high in intervals])
    assert 0.93 <= covered[True] <= 0.97 and covered[False] < 0.85, covered


def test_needed_seeds_would_decide_four_times_in_five():
    """By simulation, with the spread that the estimate saw: 3 seeds, and far more are needed."""
    values = 0.05 * np.array([[-1.0], [0.0], [1.0]]) + 0.02 * rng().normal(size=(3, 64))
    estimate = mean([CellValues(values, (("set", 64),))])
    threshold = estimate.value - 0.04
    seeds, _ = estimate.needed(threshold)
    random, found = rng(1), 0
    for _ in range(500):
        rows = random.normal(0.04, math.sqrt(3 * estimate.of_seeds[0]), (seeds, 1))
        found += mean([CellValues(rows + 0.02 * random.normal(size=(seeds, 64)), (("set", 64),))]).p_value() < 0.05
    assert seeds > 10 and 0.75 <= found / 500 <= 0.86
    assert estimate.needed(estimate.value) == (None, None)


def test_no_number_of_problems_replaces_seeds():
    values = np.tile([[0.2], [0.5], [0.9]], 20)
    seeds, problems = mean([CellValues(values, (("set", 20),))]).needed(0.4)
    assert seeds > 3 and problems is None


@pytest.mark.parametrize(
    "cells", [[], [CellValues(np.ones(3), (("a", 3),))], [CellValues(np.ones((0, 3)), (("a", 3),))]]
)
def test_impossible_cells(cells):
    with pytest.raises(ValueError, match="needs cells"):
        mean(cells)
