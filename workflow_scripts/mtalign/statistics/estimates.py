"""From an estimate with its standard error to intervals, tests, and what a study of this size can detect.

Small samples: everything goes by Student's t, with the degrees of freedom that the estimate brings. Must not know what
is estimated.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import stdtr, stdtridf, stdtrit  # of Student's t; scipy.stats takes a second more to import


def combined_error(parts: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Standard error and degrees of freedom of a sum of independent parts, each (variance, degrees of freedom).

    The degrees of freedom are those with which t's 95 % interval is Banerjee's (Sankhya 22, 1960): its half width
    squared is the sum of t^2 variance, each part with its own t. Satterthwaite's are more usual and too many where a
    part with few of them dominates.
    """
    variance = sum(part for part, _ in parts)
    if not variance:
        return 0.0, 1.0
    square = sum(part * stdtrit(df, 0.975) ** 2 for part, df in parts)
    return math.sqrt(variance), float(stdtridf(0.975, math.sqrt(square / variance)))


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
        reach = self.se * stdtrit(self.df, (1 + level) / 2) if self.se else 0.0
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
        return self.se * (stdtrit(self.df, (1 + level) / 2) + stdtrit(self.df, power))

    def _tail(self, distance: float) -> float:
        if self.se:
            return float(stdtr(self.df, -distance / self.se))
        return 0.5 if distance == 0 else float(distance < 0)


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
