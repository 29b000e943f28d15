"""A new operation, defined in the question, after KOR-Bench's Operation: `+-+:785@213` -> `978`.

The signs say what happens to each pair of digits: 7+2, 8-1, 5+3. The wrong procedure reads the signs backwards.
"""

from functools import partial

import numpy as np

from mtalign.tasks.shared import generated
from mtalign.tasks.shared.generated import Exercise, Worked, digit_pairs, extract, verify

__all__ = ["ABILITY", "JUDGED_IN_PROCESS", "extract", "load", "make", "verify"]

ABILITY, JUDGED_IN_PROCESS = "logic", True
_COLUMNS = 3


def make(rng: np.random.Generator) -> Exercise:
    """Three signs and two three-digit operands, such that the order of the signs matters."""
    while True:
        shares = rng.random(3 * _COLUMNS).tolist()
        signs = "".join("+-"[share >= 0.5] for share in shares[:_COLUMNS])
        if signs == signs[::-1]:
            continue
        left, right = digit_pairs(shares[_COLUMNS:])
        forward, backward = _apply(signs, left, right), _apply(signs[::-1], left, right)
        if forward.answer != backward.answer:
            operands = "@".join("".join(map(str, digits)) for digits in (left, right))
            return Exercise(question=f"{signs}:{operands}", right=forward, wrong=backward)


def _apply(signs: str, left: list[int], right: list[int]) -> Worked:
    results = [str(a + b if sign == "+" else a - b) for sign, a, b in zip(signs, left, right)]
    return Worked(chain="".join(results), answer="".join(results))


load = partial(generated.load, make, "operation")
