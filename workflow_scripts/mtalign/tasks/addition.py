"""Addition with carries, after the paper's mathematics: `347+85` -> columns `12,13,04` -> `432`.

The wrong procedure forgets the carries: `12,12,03` -> `322`.
"""

from functools import partial

import numpy as np

from mtalign.tasks import generated
from mtalign.tasks.generated import Exercise, Worked, drawn, extract, verify

__all__ = ["ABILITY", "QUICK", "extract", "load", "make", "verify"]

ABILITY, QUICK = "math", True
_COLUMNS = 3


def make(rng: np.random.Generator) -> Exercise:
    """A three-digit number below 900 and a two-digit one, whose sum carries at least once and has three digits."""
    while True:
        a, b = drawn(rng, 800, 90)
        a, b = a + 100, b + 10
        right, wrong = _add(a, b, carrying=True), _add(a, b, carrying=False)
        if right.answer != wrong.answer:
            return Exercise(question=f"{a}+{b}", right=right, wrong=wrong)


def _add(a: int, b: int, carrying: bool) -> Worked:
    columns, carry = [], 0
    for place in range(_COLUMNS):
        column = a // 10**place % 10 + b // 10**place % 10 + carry
        columns.append(column)
        carry = column // 10 if carrying else 0
    digits = [str(column % 10) for column in columns[:-1]]
    answer = "".join([str(columns[-1]), *reversed(digits)])
    return Worked(chain=",".join(f"{column:02d}" for column in columns), answer=answer)


load = partial(generated.load, make, "addition")
