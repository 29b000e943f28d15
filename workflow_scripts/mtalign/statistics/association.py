"""How one quantity goes with another over cells: ranks, a monotone curve, a regression by clusters.

Must not know what the quantities are.
"""

import math
from collections.abc import Callable, Hashable, Sequence

import numpy as np
import scipy  # which imports stats and optimize at their first use: regressions need neither

from mtalign.statistics.estimates import Estimate

FEWEST = 4  #: groups that a jackknife must be able to leave out, one by one, to tell anything


def spearman(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman's rank correlation; 0 where one of the two does not vary."""
    return float(scipy.stats.spearmanr(x, y).statistic) if np.ptp(x) and np.ptp(y) else 0.0


def spearman_interval(rho: float, n: int) -> tuple[float, float]:
    """The 95 % interval of a rank correlation of n pairs, n > 3 (Bonett & Wright, Psychometrika 65, 2000, eq. 3).

    Of a perfect correlation, for which theirs has no width, that of the next smaller one, up to 1.
    """
    most = 1 - 6 / (n * (n**2 - 1))  # of ranks without ties
    centre = math.atanh(max(-most, min(most, rho)))
    reach = scipy.special.ndtri(0.975) * math.sqrt((1 + rho**2 / 2) / (n - 3))
    return min(rho, math.tanh(centre - reach)), max(rho, math.tanh(centre + reach))


def jackknife(statistic: Callable[[np.ndarray], float], groups: Sequence[Hashable]) -> Estimate:
    """A statistic of cells with the error that leaving out each group in turn shows (Efron & Tibshirani 1993, ch. 11).

    Nothing is known of it with fewer than `FEWEST` groups, or where none makes a difference, as with ranks in order.

    Args:
        statistic: of an array of cell numbers, from 0.
        groups: which group each cell belongs to.
    """
    everything, names = np.arange(len(groups)), list(dict.fromkeys(groups))
    value, n = statistic(everything), len(names)
    if n < FEWEST:
        return Estimate(value, math.inf, 1.0)
    left = np.array([statistic(everything[[group != name for group in groups]]) for name in names])
    error = math.sqrt((n - 1) / n * ((left - left.mean()) ** 2).sum())
    return Estimate(value, error if error > 1e-12 else math.inf, n - 1.0)


def isotonic(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The values at x of the nondecreasing curve that fits y best in squares; equal x share one."""
    _, which, counts = np.unique(x, return_inverse=True, return_counts=True)
    return scipy.optimize.isotonic_regression(np.bincount(which, y) / counts, weights=counts).x[which]


def crossing(x: np.ndarray, fitted: np.ndarray, level: float) -> tuple[float | None, float | None]:
    """Where a nondecreasing curve comes above `level`: the last x still at or below it, and the first x above it.

    The threshold lies between the two; None where the curve never is on that side.
    """
    below, above = x[fitted <= level], x[fitted > level]
    return (float(below.max()) if below.size else None, float(above.min()) if above.size else None)


def regress(design: np.ndarray, y: np.ndarray, clusters: Sequence) -> list[Estimate]:
    """Least squares with errors that allow anything within a cluster; one estimate a column of the design.

    Bell & McCaffrey's (2002) CR2 errors, which do not shrink with few clusters as plain sandwich errors do, and their
    degrees of freedom for each coefficient (Imbens & Kolesar, Review of Economics and Statistics 98, 2016).

    Args:
        design: [rows, columns], of full column rank.
        y: [rows]; clusters: [rows], which cluster a row belongs to.

    Raises:
        ValueError: the columns cannot be told apart, or there are fewer than two clusters.
    """
    names = list(dict.fromkeys(clusters))
    if np.linalg.matrix_rank(design) < design.shape[1] or len(names) < 2:
        raise ValueError("a regression needs columns that can be told apart, and two clusters")
    bread = np.linalg.inv(design.T @ design)
    coefficients = bread @ design.T @ y
    rest = np.eye(len(y)) - design @ bread @ design.T
    weights = []  # [columns, rows] of each cluster: what its rows' residuals add to each coefficient's error
    for name in names:
        mine = np.array([cluster == name for cluster in clusters])
        values, vectors = np.linalg.eigh(rest[np.ix_(mine, mine)])
        roots = np.where(values > 1e-9, 1 / np.sqrt(np.maximum(values, 1e-9)), 0.0)
        weights.append(bread @ design[mine].T @ (vectors * roots) @ vectors.T @ rest[mine])
    by_cluster = np.array(weights)
    variances = ((by_cluster @ y) ** 2).sum(axis=0)
    shared = np.einsum("gcr,hcr->cgh", by_cluster, by_cluster)  # covariances of those sums, were all rows independent
    freedom = np.einsum("cgg->c", shared) ** 2 / (shared**2).sum(axis=(1, 2))
    return [
        Estimate(float(b), math.sqrt(variance), max(1.0, float(df)))
        for b, variance, df in zip(coefficients, variances, freedom)
    ]
