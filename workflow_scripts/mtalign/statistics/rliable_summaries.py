"""Summaries that one run cannot spoil, as rliable defines them (arXiv 2108.13264). Must not know what a score is.

Their intervals are rliable's too: percentiles of a bootstrap that resamples the runs of each task; runs that start from
the same pretraining, on several tasks or by several methods, are resampled together. With three runs a task they are
too narrow: the claims rest on crossed_effects.py's.

By hand, since scipy.stats.bootstrap refuses a sample of one run, scipy's trim_mean takes ten times as long over the
resamples, and its mannwhitneyu does not do many at a time.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Summary:
    """A value, and the ends of its bootstrap interval."""

    value: float
    low: float
    high: float


def interquartile_mean(
    scores: Sequence[np.ndarray],
    replications: Sequence[Hashable | None],
    rng: np.random.Generator,
    resamples: int,
    level: float = 0.95,
) -> Summary:
    """The mean of the middle half of all scores: a quarter is cut off at either end.

    Args:
        scores: one array of runs a task.
        replications: one a task, as `CellValues.replication`: tasks of the same one have run i's pretraining in
            common; None: a task's runs are its own.

    >>> runs = [np.array([0.0, 1.0]), np.array([2.0, 100.0])]
    >>> interquartile_mean(runs, [None, None], np.random.default_rng(0), 10).value
    1.5
    """
    runs = [np.asarray(of_task, dtype=float) for of_task in scores]
    draws = [of_task[drawn] for of_task, drawn in zip(runs, _draws(runs, replications, rng, resamples))]
    return _summary(_middle(np.concatenate(runs)), _middle(np.concatenate(draws, axis=1)), level)


def probability_of_improvement(
    scores: Sequence[np.ndarray],
    others: Sequence[np.ndarray],
    replications: Sequence[Hashable | None],
    rng: np.random.Generator,
    resamples: int,
    level: float = 0.95,
) -> Summary:
    """How likely a run scores higher than another method's run on the same task, as the mean over tasks.

    Args:
        scores, others: one array of runs a task; a tie counts half (Mann and Whitney's U).
        replications: as `interquartile_mean` has them; of the other method's runs too.

    >>> mine, theirs = [np.array([1.0, 2.0])], [np.array([1.0, 0.0])]
    >>> probability_of_improvement(mine, theirs, [None], np.random.default_rng(0), 10).value
    0.875
    """
    values, draws = [], []
    drawn = _draws([*scores, *others], [*replications, *replications], rng, resamples)
    for mine, theirs, rows, columns in zip(scores, others, drawn, drawn[len(scores) :]):
        difference = np.subtract.outer(mine, theirs)
        better = (difference > 0) + 0.5 * (difference == 0)
        values.append(better.mean())
        draws.append(better[rows[:, :, None], columns[:, None, :]].mean(axis=(1, 2)))
    return _summary(np.mean(values), np.mean(draws, axis=0), level)


def _draws(
    scores: Sequence[np.ndarray], replications: Sequence[Hashable | None], rng: np.random.Generator, resamples: int
) -> list[np.ndarray]:
    """Which runs each resample holds, [resamples, runs] a task; of one replication the same."""
    shared: dict[Hashable, np.ndarray] = {}
    draws = []
    for runs, name in zip(scores, replications, strict=True):
        drawn = shared.get(name)
        if drawn is None:
            drawn = rng.integers(0, len(runs), size=(resamples, len(runs)))
        if name is not None:
            shared[name] = drawn
        draws.append(drawn)
    return draws


def _middle(scores: np.ndarray) -> np.ndarray:
    """Interquartile means along the last axis."""
    count = scores.shape[-1]
    return np.sort(scores, axis=-1)[..., count // 4 : count - count // 4].mean(axis=-1)


def _summary(value: float, draws: np.ndarray, level: float) -> Summary:
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return Summary(float(value), float(low), float(high))
