"""What the lab's own families share: exercises drawn from a generator, and slices that keep data sets apart.

Every question belongs to one slice by its hash. Slices 0 to 7 are for data sets (train, benchmarks); the others are
for pretraining documents. So a data set is unseen unless the contamination dial puts it into a corpus on purpose.
Must not know how documents look.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mtalign.errors import SourceError
from mtalign.randomness import generator
from mtalign.tasks import Problem
from mtalign.verification.responses import last_word as extract
from mtalign.vocabulary import Verdict

__all__ = ["Exercise", "Worked", "digit_pairs", "drawn", "extract", "load", "slice_of", "verify"]

SLICES = 16
CORPUS_SLICES = range(8, SLICES)
_PATIENCE = 200  # draws per problem before a family counts as too small


@dataclass(frozen=True)
class Worked:
    """A chain of thought and the answer that it ends in."""

    chain: str
    answer: str


@dataclass(frozen=True)
class Exercise:
    """A question, its right solution, and a plausible wrong one that ends in another answer."""

    question: str
    right: Worked
    wrong: Worked


def slice_of(question: str) -> int:
    """The slice, 0 to 15, that a question belongs to."""
    return hashlib.blake2b(question.encode(), digest_size=1).digest()[0] % SLICES


def drawn(rng: np.random.Generator, *counts: int) -> list[int]:
    """A whole number from 0 to below each count. One call of the generator: it costs more than all that a question is
    made of besides, and a corpus has fifty thousand questions."""
    return [int(share * count) for share, count in zip(rng.random(len(counts)).tolist(), counts)]


def digit_pairs(shares: list[float]) -> tuple[list[int], list[int]]:
    """Two rows of digits whose column sums and differences all are digits too. shares: two numbers below 1 a column."""
    columns = len(shares) // 2
    left = [int(share * 10) for share in shares[:columns]]
    right = [int(share * (min(digit, 9 - digit) + 1)) for share, digit in zip(shares[columns:], left)]
    return left, right


def load(make: Callable[[np.random.Generator], Exercise], name: str, source: dict, seed: int) -> list[Problem]:
    """Distinct problems of one slice.

    Args:
        make: the family's generator.
        name: the family's name; with the question it makes the problem_id.
        source: {"generate": {"problems": how many, "slice": which}}.

    Raises:
        SourceError: the slice has fewer problems than asked for.
    """
    wanted, part = source["generate"]["problems"], source["generate"]["slice"]
    if part in CORPUS_SLICES or not 0 <= part < SLICES:
        raise SourceError(f"{name}: slice {part} is not for data sets; take one from 0 to {CORPUS_SLICES.start - 1}")
    rng = generator("problems", name, part, seed)
    problems: dict[str, Problem] = {}
    for _ in range(wanted * _PATIENCE):
        exercise = make(rng)
        if slice_of(exercise.question) == part and exercise.question not in problems:
            problem_id = f"{name}-{hashlib.blake2b(exercise.question.encode(), digest_size=6).hexdigest()}"
            problems[exercise.question] = Problem(
                problem_id=problem_id,
                question=exercise.question,
                ground_truth=exercise.right.answer,
                extra={"solution": exercise.right.chain, "wrong_answer": exercise.wrong.answer},
            )
            if len(problems) == wanted:
                return list(problems.values())
    raise SourceError(
        f"{name}: slice {part} gave only {len(problems)} of {wanted} problems; ask for fewer, or use another slice"
    )


def verify(answer: str, problem: Problem) -> Verdict:
    """Equality of text: the lab's answers have one spelling."""
    return Verdict.CORRECT if answer.strip() == problem.ground_truth else Verdict.WRONG
