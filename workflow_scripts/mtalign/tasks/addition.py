"""Addition with carries, after the paper's mathematics: `347+85` -> columns `12,13,04` -> `432`.

The wrong procedure forgets the carries: `12,12,03` -> `322`.
"""

from functools import partial

import numpy as np

from mtalign.tasks.shared import generated
from mtalign.tasks.shared.generated import Exercise, Worked, drawn, extract, verify

__all__ = ["ABILITY", "JUDGED_IN_PROCESS", "extract", "load", "make", "verify"]

ABILITY, JUDGED_IN_PROCESS = "math", True
_PLACES = (1, 10, 100)


def make(rng: np.random.Generator) -> Exercise:
    """A three-digit number below 900 and a two-digit one, whose sum carries at least once and has three digits."""
    while True:
        a, b = drawn(rng, 800, 90)
        a, b = a + 100, b + 10
        if a % 10 + b % 10 > 9 or a % 100 + b > 99:
            return Exercise(f"{a}+{b}", right=_add(a, b, carrying=True), wrong=_add(a, b, carrying=False))


def _add(a: int, b: int, carrying: bool) -> Worked:
    columns, carry = [], 0
    for place in _PLACES:
        column = a // place % 10 + b // place % 10 + carry
        columns.append(column)
        carry = column // 10 if carrying else 0
    digits = [str(column % 10) for column in columns[:-1]]
    answer = "".join([str(columns[-1]), *reversed(digits)])
    return Worked(chain=",".join(f"{column:02d}" for column in columns), answer=answer)


load = partial(generated.load, make, "addition")
