"""Summaries that one run cannot spoil, as rliable defines them (arXiv 2108.13264). Must not know what a score is.

Their intervals are rliable's too: percentiles of a bootstrap that resamples the runs of each task. With three runs a
task they are too narrow: the claims rest on crossed.py's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Summary:
    """A value, and the ends of its bootstrap interval."""

    value: float
    low: float
    high: float


def interquartile_mean(
    scores: Sequence[np.ndarray], rng: np.random.Generator, resamples: int, level: float = 0.95
) -> Summary:
    """The mean of the middle half of all scores: a quarter is cut off at either end.

    Args:
        scores: one array of runs a task.

    >>> interquartile_mean([np.array([0.0, 1.0]), np.array([2.0, 100.0])], np.random.default_rng(0), 10).value
    1.5
    """
    runs = [np.asarray(of_task, dtype=float) for of_task in scores]
    draws = [of_task[_draws(len(of_task), rng, resamples)] for of_task in runs]
    return _summary(_middle(np.concatenate(runs)), _middle(np.concatenate(draws, axis=1)), level)


def probability_of_improvement(
    scores: Sequence[np.ndarray],
    others: Sequence[np.ndarray],
    rng: np.random.Generator,
    resamples: int,
    level: float = 0.95,
) -> Summary:
    """How likely a run scores higher than another method's run on the same task, as the mean over tasks.

    Args:
        scores, others: one array of runs a task; a tie counts half (Mann and Whitney's U).

    >>> mine, theirs = [np.array([1.0, 2.0])], [np.array([1.0, 0.0])]
    >>> probability_of_improvement(mine, theirs, np.random.default_rng(0), 10).value
    0.875
    """
    values, draws = [], []
    for mine, theirs in zip(scores, others, strict=True):
        difference = np.subtract.outer(mine, theirs)
        better = (difference > 0) + 0.5 * (difference == 0)
        rows, columns = (_draws(len(runs), rng, resamples) for runs in (mine, theirs))
        values.append(better.mean())
        draws.append(better[rows[:, :, None], columns[:, None, :]].mean(axis=(1, 2)))
    return _summary(np.mean(values), np.mean(draws, axis=0), level)


def _draws(runs: int, rng: np.random.Generator, resamples: int) -> np.ndarray:
    """Which runs each resample holds: [resamples, runs]."""
    return rng.integers(0, runs, size=(resamples, runs))


def _middle(scores: np.ndarray) -> np.ndarray:
    """Interquartile means along the last axis."""
    count = scores.shape[-1]
    return np.sort(scores, axis=-1)[..., count // 4 : count - count // 4].mean(axis=-1)


def _summary(value: float, draws: np.ndarray, level: float) -> Summary:
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return Summary(float(value), float(low), float(high))
