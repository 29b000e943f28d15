"""Summaries that one run cannot spoil, as rliable defines them (arXiv 2108.13264). Must not know what a score is."""

import numpy as np


def interquartile_mean(scores: np.ndarray) -> float:
    """The mean of the middle half of all scores [runs, tasks], of any shape: a quarter is cut off at either end.

    >>> interquartile_mean(np.array([0.0, 1.0, 2.0, 100.0]))
    1.5
    """
    ordered = np.sort(np.asarray(scores, dtype=float), axis=None)
    cut = len(ordered) // 4
    return float(ordered[cut : len(ordered) - cut].mean())


def probability_of_improvement(scores: list[np.ndarray], others: list[np.ndarray]) -> float:
    """How likely a run scores higher than another method's run on the same task, as the mean over tasks.

    Args:
        scores, others: one array of runs a task; a tie counts half (Mann and Whitney's U).

    >>> probability_of_improvement([np.array([1.0, 2.0])], [np.array([1.0, 0.0])])
    0.875
    """
    chances = []
    for mine, theirs in zip(scores, others, strict=True):
        difference = np.subtract.outer(mine, theirs)
        chances.append(((difference > 0) + 0.5 * (difference == 0)).mean())
    return float(np.mean(chances))
