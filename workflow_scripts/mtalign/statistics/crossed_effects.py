"""Means over seeds and problems, with an error that counts both. Must not know what the values measure.

Every seed of a cell answers the same problems, so seeds and problems are crossed, not nested: the variance of a mean is
that of the seeds, plus that of the problems, less the response noise that both contain (Searle, Casella & McCulloch,
Variance Components, 1992, ch. 4). It is what a bootstrap over seeds, then problems, tends to once it is corrected for
few seeds. The percentile bootstrap itself is not: three seeds' means span the truth only 3 times in 4, and resampling
them never leaves that span. So intervals are t's, with the few degrees of freedom that seeds give. Over several cells
they hold at the levels that Holm's correction asks for, too; of a single cell of three seeds, one in a hundred is wrong
where four in a thousand should be.

Where a seed is a whole replication of a model, its cells start from the same pretraining at each seed: what that adds
is common to them, and no average over them takes it out. So their seeds are counted once, of the cells' mean.

Cells are fixed: what is said holds for these models and tasks. With one seed, nothing is known of seeds, and then the
cells are the sample, those of one pretraining as one.
"""

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from mtalign.statistics.estimates import Estimate, combined_error, satterthwaite


@dataclass(frozen=True)
class CellValues:
    """What was measured in one cell.

    values: [seeds, problems].
    blocks: the sets of problems that were asked, one after another, each a name and how many. Sets of one name are the
        same problems, in the same order, in every cell.
    seeds: which seed each row is of; needed where cells share a replication.
    replication: whose whole replications the seeds are, such as a model's name: cells of the same one share, seed by
        seed, a pretraining. None: the seeds are this cell's own.
    """

    values: np.ndarray
    blocks: tuple[tuple[Hashable, int], ...]
    seeds: tuple[int, ...] = ()
    replication: Hashable | None = None


@dataclass(frozen=True)
class CellMean(Estimate):
    """A mean over cells, and the parts of its variance: of seeds and of problems, each with its degrees of freedom, and
    the response noise, which shrinks with either."""

    seeds: int
    problems: int
    of_seeds: tuple[float, float]
    of_problems: tuple[float, float]
    noise: float

    def needed(self, threshold: float, level: float = 0.95, power: float = 0.8) -> tuple[int | None, int | None]:
        """How many seeds (with these problems), and how many problems (with these seeds), would tell the value from
        `threshold` with this power, if it were the truth; None where no number up to ten thousand would."""
        distance = abs(self.value - threshold)

        def decides(seeds: int, problems: int) -> bool:
            more, wider = seeds / self.seeds, problems / self.problems
            of_seeds, df_seeds = self.of_seeds
            of_problems, df_problems = self.of_problems
            error = combined_error(
                [
                    (of_seeds / more, df_seeds * (seeds - 1) / max(self.seeds - 1, 1)),
                    (of_problems / wider + self.noise / more / wider, df_problems * wider),
                ]
            )
            return Estimate(0.0, *error).detectable(level, power) <= distance

        return (
            _first(self.seeds, lambda seeds: decides(seeds, self.problems)),
            _first(self.problems, lambda problems: decides(self.seeds, problems)),
        )


def _first(have: int, decides: Callable[[int], bool], most: int = 10_000) -> int | None:
    """The smallest number above `have` that decides, by bisection, or None where not even `most` does."""
    if not decides(most):
        return None
    low, high = have, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if decides(middle) else (middle, high)
    return high


def mean(cells: Sequence[CellValues]) -> CellMean:
    """The mean over cells of their means over seeds and problems.

    Its variance is, in expectation, the true one: the seeds' raw part holds what seeds add, common to the cells of a
    replication or a cell's own, plus the response noise; the problems' raw part what problems add, plus that noise; and
    the noise, which is what seed and problem leave over in each cell, is taken off once. This has the noise of cells
    independent. Where cells of one replication ask the same problems it is not quite, and the error a little too large.

    Raises:
        ValueError: there is no cell, or one without values, or cells of one replication have other seeds.
    """
    if not cells or any(cell.values.ndim != 2 or not cell.values.size for cell in cells):
        raise ValueError("a mean needs cells of [seeds, problems], each with values")
    value = float(np.mean([cell.values.mean() for cell in cells]))
    seeds, asked = (min(cell.values.shape[axis] for cell in cells) for axis in (0, 1))
    together = _together(cells)
    if seeds == 1:
        return _mean_over_cells(value, asked, together)
    share, seed_parts, of_noise = 1 / len(cells), [], 0.0
    by_problem: dict[Hashable, np.ndarray] = {}
    for group in together:
        rows = np.sum([cell.values.mean(axis=1) for cell in group], axis=0)
        seed_parts.append((share**2 * rows.var(ddof=1) / len(rows), len(rows) - 1.0))
    for cell in cells:
        count, problems = cell.values.shape
        rows, columns = cell.values.mean(axis=1), cell.values.mean(axis=0)
        if problems > 1:
            rest = cell.values - rows[:, None] - columns + cell.values.mean()
            of_noise += share**2 * float((rest**2).sum()) / ((count - 1) * (problems - 1)) / (count * problems)
            for name, part in _parts(cell.blocks, columns):
                by_problem[name] = by_problem.get(name, 0.0) + share * len(part) / problems * part
    of_seeds, df_seeds = satterthwaite(seed_parts)
    of_problems, df_problems = satterthwaite(
        [(columns.var(ddof=1) / len(columns), len(columns) - 1.0) for columns in by_problem.values()]
    )
    of_seeds, of_problems = (max(float(part - of_noise), 0.0) for part in (of_seeds, of_problems))
    se, df = combined_error([(of_seeds, df_seeds), (of_problems + of_noise, df_problems)])
    return CellMean(value, se, df, seeds, asked, (of_seeds, df_seeds), (of_problems, df_problems), of_noise)


def _together(cells: Sequence[CellValues]) -> list[list[CellValues]]:
    """The cells, those of one replication in one group; any other is a group by itself."""
    groups: dict[Hashable, list[CellValues]] = {}
    for number, cell in enumerate(cells):
        name = ("cell", number) if cell.replication is None else ("replication", cell.replication)
        groups.setdefault(name, []).append(cell)
    for group in groups.values():
        if any((cell.seeds, len(cell.values)) != (group[0].seeds, len(group[0].values)) for cell in group):
            seeds = " and ".join(sorted({str(cell.seeds) for cell in group}))
            raise ValueError(f"cells of {group[0].replication} have seeds {seeds}: they are to have the same")
    return list(groups.values())


def _parts(blocks: Sequence[tuple[Hashable, int]], columns: np.ndarray) -> list[tuple[Hashable, np.ndarray]]:
    """A cell's columns, set by set. What differs between sets is no error: they stay the same, as cells do. A single
    problem tells nothing of others."""
    names, counts = zip(*blocks)
    parts = zip(names, np.split(columns, np.cumsum(counts)[:-1]))
    return [(name, part) for name, part in parts if len(part) > 1]


def _mean_over_cells(value: float, asked: int, together: list[list[CellValues]]) -> CellMean:
    sizes = np.array([len(group) for group in together])
    means = np.array([np.mean([cell.values.mean() for cell in group]) for group in together])
    shares, n = sizes / sizes.sum(), len(together)
    variance = float((shares**2 * (means - value) ** 2).sum()) * n / (n - 1) if n > 1 else math.inf
    df = max(1.0, n - 1.0)
    return CellMean(value, math.sqrt(variance), df, 1, asked, (variance, df), (0.0, 1.0), 0.0)
