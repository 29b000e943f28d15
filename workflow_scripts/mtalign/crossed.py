"""Means over seeds and problems, with an error that counts both. Must not know what the values measure.

Every seed of a cell answers the same problems, so seeds and problems are crossed, not nested: the variance of a mean is
that of the seeds, plus that of the problems, less the response noise that both contain (Searle, Casella & McCulloch,
Variance Components, 1992, ch. 4), with degrees of freedom after Satterthwaite (1946). It is what a bootstrap over
seeds, then problems, tends to, once corrected for few seeds: the plain percentile bootstrap of three seeds cannot
cover the truth more often than 3 times in 4, because the truth lies outside the range of the seeds in the fourth.
Cells are fixed: what is said holds for these models and tasks. With one seed, nothing is known of seeds, and then the
cells are the sample.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from mtalign.inference import Estimate


@dataclass(frozen=True)
class Cell:
    """values: [seeds, problems]. Cells with equal `problems` are asked the same ones, in the same order."""

    values: np.ndarray
    problems: Hashable


@dataclass(frozen=True)
class Mean(Estimate):
    """A mean over cells, and the parts of its variance that more seeds, more problems, and either would shrink."""

    seeds: int
    of_seeds: float
    of_problems: float
    of_both: float

    def needed(self, threshold: float, level: float = 0.95, power: float = 0.8) -> tuple[int | None, int | None]:
        """Seeds (with these problems), and the multiple of problems in per cent (with these seeds), that would tell
        the value from `threshold` with this power, were it the truth; None where no number would. Normal quantiles,
        so for few seeds a little too optimistic."""
        many = 1e9
        error = abs(self.value - threshold) / Estimate(0.0, 1.0, many).detectable(level, power)
        times_seeds, times_problems = (
            (fixed_free[1] / (error**2 - fixed_free[0])) if error**2 > fixed_free[0] else None
            for fixed_free in (
                (self.of_problems, self.of_seeds + self.of_both),
                (self.of_seeds, self.of_problems + self.of_both),
            )
        )
        return (
            None if times_seeds is None else max(self.seeds + 1, math.ceil(times_seeds * self.seeds)),
            None if times_problems is None else max(101, math.ceil(100 * times_problems)),
        )


def mean(cells: Sequence[Cell]) -> Mean:
    """The mean over cells of their means over seeds and problems.

    Raises:
        ValueError: there is no cell, or one without values.
    """
    if not cells or any(cell.values.ndim != 2 or not cell.values.size for cell in cells):
        raise ValueError("a mean needs cells of [seeds, problems], each with values")
    value = float(np.mean([cell.values.mean() for cell in cells]))
    seeds = min(len(cell.values) for cell in cells)
    if seeds == 1:
        return _mean_over_cells(value, np.array([cell.values.mean() for cell in cells]))
    share = 1 / len(cells)
    of_seeds, df_seeds, of_noise = 0.0, 0.0, 0.0
    by_problem: dict[Hashable, np.ndarray] = {}
    for cell in cells:
        count, problems = cell.values.shape
        rows, columns = cell.values.mean(axis=1), cell.values.mean(axis=0)
        part = share**2 * rows.var(ddof=1) / count
        of_seeds += part
        df_seeds += part**2 / (count - 1)
        if problems > 1:
            rest = cell.values - rows[:, None] - columns + cell.values.mean()
            of_noise += share**2 * (rest**2).sum() / ((count - 1) * (problems - 1)) / (count * problems)
            by_problem[cell.problems] = by_problem.get(cell.problems, 0.0) + share * columns
    parts = [columns.var(ddof=1) / len(columns) for columns in by_problem.values()]
    of_problems = sum(parts)
    df_problems = sum(part**2 / (len(columns) - 1) for part, columns in zip(parts, by_problem.values()))
    only_seeds, only_problems = max(of_seeds - of_noise, 0.0), max(of_problems - of_noise, 0.0)
    variance = only_seeds + only_problems + of_noise
    df = variance**2 / (df_seeds + df_problems) if variance else 1.0
    return Mean(value, math.sqrt(variance), max(1.0, df), seeds, only_seeds, only_problems, float(of_noise))


def _mean_over_cells(value: float, means: np.ndarray) -> Mean:
    if len(means) == 1:
        return Mean(value, math.inf, 1.0, 1, math.inf, 0.0, 0.0)
    variance = means.var(ddof=1) / len(means)
    return Mean(value, math.sqrt(variance), len(means) - 1.0, 1, variance, 0.0, 0.0)
