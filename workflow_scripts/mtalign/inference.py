"""From an estimate with its standard error to intervals, tests, and what a study of this size can detect.

Small samples: everything goes by Student's t, with the degrees of freedom that the estimate brings. Must not know what
is estimated.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)
_LARGEST_DF = 1e4  # beyond, t is the normal distribution in every digit shown


@lru_cache(maxsize=4096)
def t_cdf(t: float, df: float) -> float:
    """P(T <= t) of Student's t with df >= 1 degrees of freedom, not necessarily whole (error below 1e-10)."""
    df = min(df, _LARGEST_DF)
    # With T = sqrt(df) tan(a), the angle a has the density cos(a)^(df - 1), up to a constant.
    end = min(math.atan(abs(t) / math.sqrt(df)), 12 / math.sqrt(max(df - 1, 1)), math.pi / 2)
    angles = (_NODES + 1) * end / 2
    constant = math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2)) / math.sqrt(math.pi)
    half = constant * float(_WEIGHTS @ np.cos(angles) ** (df - 1)) * end / 2
    return min(1.0, 0.5 + half) if t > 0 else max(0.0, 0.5 - half)


@lru_cache(maxsize=4096)
def t_quantile(p: float, df: float) -> float:
    """The t with P(T <= t) = p, for p in (0, 1).

    By Newton's method from 0, which never overshoots, since the distribution function is concave above 0.
    """
    if p < 0.5:
        return -t_quantile(1 - p, df)
    df = min(df, _LARGEST_DF)
    log_peak = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - 0.5 * math.log(df * math.pi)
    t = 0.0
    for _ in range(200):
        density = math.exp(log_peak - (df + 1) / 2 * math.log1p(t * t / df))
        step = (p - t_cdf(t, df)) / density
        t += step
        if step <= 1e-10 * (1 + t):
            break
    return t


@lru_cache(maxsize=1)
def _ends() -> tuple[np.ndarray, np.ndarray]:
    """Degrees of freedom (their logarithm), and the ends of the 95 % interval of t with so many."""
    df = np.geomspace(1, _LARGEST_DF, 200)
    return np.log(df), np.array([t_quantile(0.975, float(x)) for x in df])


def combined_error(parts: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Standard error and degrees of freedom of a sum of independent parts, each (variance, degrees of freedom).

    The degrees of freedom are those with which t's 95 % interval is Banerjee's (Sankhya 22, 1960): its half width
    squared is the sum of t^2 variance, each part with its own t. Satterthwaite's are more usual and too many where a
    part with few of them dominates.
    """
    log_df, ends = _ends()
    variance = sum(part for part, _ in parts)
    if not variance:
        return 0.0, 1.0
    square = sum(part * np.interp(math.log(df), log_df, ends) ** 2 for part, df in parts)
    return math.sqrt(variance), math.exp(np.interp(-math.sqrt(square / variance), -ends, log_df))


def satterthwaite(parts: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The sum of independent parts of one kind, each (variance, degrees of freedom), as one such part (1946)."""
    total, square = sum(part for part, _ in parts), sum(part**2 / df for part, df in parts)
    return (total, total**2 / square) if square else (0.0, 1.0)


@dataclass(frozen=True)
class Estimate:
    """A value with its standard error (infinite: nothing known) and the degrees of freedom of that error."""

    value: float
    se: float
    df: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """The two-sided interval."""
        reach = self.se * t_quantile((1 + level) / 2, self.df) if self.se else 0.0
        return self.value - reach, self.value + reach

    def p_above(self, threshold: float = 0.0) -> float:
        """One-sided p value of the hypothesis that the truth is at most `threshold`."""
        return self._tail(self.value - threshold)

    def p_below(self, threshold: float = 0.0) -> float:
        """One-sided p value of the hypothesis that the truth is at least `threshold`."""
        return self._tail(threshold - self.value)

    def p_value(self, threshold: float = 0.0) -> float:
        """Two-sided p value of the hypothesis that the truth is `threshold`."""
        return min(1.0, 2 * min(self.p_above(threshold), self.p_below(threshold)))

    def detectable(self, level: float = 0.95, power: float = 0.8) -> float:
        """The smallest distance from a threshold that the two-sided test finds with this power, at this size."""
        return self.se * (t_quantile((1 + level) / 2, self.df) + t_quantile(power, self.df))

    def _tail(self, distance: float) -> float:
        if self.se:
            return t_cdf(-distance / self.se, self.df)
        return 0.5 if distance == 0 else float(distance < 0)


def wilson(successes: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """The interval of a share, which keeps its width where all or none of n succeeded (Wilson 1927)."""
    z2 = t_quantile((1 + level) / 2, _LARGEST_DF) ** 2
    centre, reach = successes + z2 / 2, math.sqrt(z2 * (successes * (n - successes) / n + z2 / 4))
    return max(0.0, (centre - reach) / (n + z2)), min(1.0, (centre + reach) / (n + z2))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's (1979) adjusted p values, in the given order: the chance of any false rejection stays below the level.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = largest
    return adjusted
