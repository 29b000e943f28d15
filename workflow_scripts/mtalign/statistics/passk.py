"""pass@k: the chance that at least one of k responses is correct. Must not know where the counts come from."""

from functools import cache
from math import comb

import numpy as np
from numpy.typing import ArrayLike


def pass_at_k(num_samples: ArrayLike, num_correct: ArrayLike, k: ArrayLike) -> float | np.ndarray:
    """The unbiased estimate 1 - C(n-c, k) / C(n, k) (arXiv 2107.03374, eq. 1), correctly rounded.

    Args:
        num_samples, num_correct, k: whole numbers n, c, k or arrays of them, which broadcast.

    Returns:
        A float for numbers, else float64 of the broadcast shape.

    Raises:
        ValueError: a count is no whole number, c is outside 0..n, or k is outside 1..n.

    >>> pass_at_k(4, 1, 2)
    0.5
    """
    n, c, k = (np.asarray(counts) for counts in (num_samples, num_correct, k))
    if not all(np.issubdtype(counts.dtype, np.integer) for counts in (n, c, k)):
        raise ValueError("pass@k needs whole numbers")
    if np.any(c < 0) or np.any(c > n):
        raise ValueError("pass@k needs 0 <= num_correct <= num_samples")
    if np.any(k < 1) or np.any(k > n):
        raise ValueError("pass@k needs 1 <= k <= num_samples")
    estimates = np.vectorize(_estimate, otypes=[np.float64])(n, c, k)
    return estimates if estimates.ndim else float(estimates)


@cache
def _estimate(n: int, c: int, k: int) -> float:
    # Whole numbers of any size, divided once: nothing cancels and nothing overflows.
    n, c, k = int(n), int(c), int(k)
    return (comb(n, k) - comb(n - c, k)) / comb(n, k)


def powers_of_two(n: int) -> list[int]:
    """1, 2, 4, ... up to n, and n itself: the k of a pass@k curve.

    Raises:
        ValueError: n < 1.

    >>> powers_of_two(6)
    [1, 2, 4, 6]
    """
    if n < 1:
        raise ValueError("powers_of_two needs n >= 1")
    powers = [2**i for i in range(n.bit_length())]
    return powers if powers[-1] == n else [*powers, n]
