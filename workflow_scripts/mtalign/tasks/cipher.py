"""A Caesar cipher, after KOR-Bench's Cipher: `3:nine` -> pairs `nqilnqeh` -> `qlqh`.

The wrong procedure deciphers where it should encipher: it shifts the other way.
"""

from functools import partial

import numpy as np

from mtalign.tasks.shared import generated
from mtalign.tasks.shared.generated import Exercise, Worked, drawn, extract, verify

__all__ = ["ABILITY", "JUDGED_IN_PROCESS", "extract", "load", "make", "verify"]

ABILITY, JUDGED_IN_PROCESS = "logic", True
_LETTERS = "abcdefghijklmnopqr"
_LENGTH = 4
_SHIFTS = 4


def make(rng: np.random.Generator) -> Exercise:
    """Four letters, none so near to an end of the alphabet that a shift would leave it."""
    shift, *letters = drawn(rng, _SHIFTS, *[len(_LETTERS) - 2 * _SHIFTS] * _LENGTH)
    shift, word = shift + 1, "".join(_LETTERS[_SHIFTS + letter] for letter in letters)
    return Exercise(question=f"{shift}:{word}", right=_shift(word, shift), wrong=_shift(word, -shift))


def _shift(word: str, shift: int) -> Worked:
    answer = "".join(_LETTERS[_LETTERS.index(letter) + shift] for letter in word)
    return Worked(chain="".join(a + b for a, b in zip(word, answer)), answer=answer)


load = partial(generated.load, make, "cipher")
