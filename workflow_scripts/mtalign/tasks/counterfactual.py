"""A changed convention, stated in the question, after KOR-Bench's Counterfactual: `+=-:785+213` -> `572`.

Plus means minus and minus means plus. The wrong procedure computes as in real life: `998`.
"""

from functools import partial

import numpy as np

from mtalign.tasks.shared import generated
from mtalign.tasks.shared.generated import Exercise, Worked, digit_pairs, extract, verify

__all__ = ["ABILITY", "JUDGED_IN_PROCESS", "extract", "load", "make", "verify"]

ABILITY, JUDGED_IN_PROCESS = "logic", True
_COLUMNS = 3


def make(rng: np.random.Generator) -> Exercise:
    """A sum or a difference of two three-digit numbers, without carries; never the same answer as in real life."""
    while True:
        share, *shares = rng.random(1 + 2 * _COLUMNS).tolist()
        sign = 1 if share < 0.5 else -1
        left, right = digit_pairs(shares)
        swapped, real = _compute(-sign, left, right), _compute(sign, left, right)
        if swapped.answer != real.answer:
            first, second = ("".join(map(str, digits)) for digits in (left, right))
            return Exercise(f"+=-:{first}{'+' if sign > 0 else '-'}{second}", right=swapped, wrong=real)


def _compute(sign: int, left: list[int], right: list[int]) -> Worked:
    results = [str(a + sign * b) for a, b in zip(left, right)]
    return Worked(chain="".join(results), answer="".join(results))


load = partial(generated.load, make, "counterfactual")
