"""Which training examples a run trains on, and in which order. Must not know how it trains.

One-shot selection follows arXiv 2504.20571: run RL once, record each example's accuracy whenever it is visited, rank
the examples by the standard deviation of that history, take the first.
"""

from dataclasses import dataclass

import numpy as np

from mtalign.errors import InputError
from mtalign.randomness import generator

FEWEST_VISITS = 3  # two are a difference, not a history


@dataclass(frozen=True)
class Ranked:
    """An example with its place (1 is first) and what its history looks like."""

    problem_id: str
    rank: int
    std: float
    mean: float
    visits: int


def rank_by_deviation(history: dict[str, list[float]]) -> list[Ranked]:
    """Rank examples by the (population) standard deviation of their accuracy history, highest first.

    Those with under `FEWEST_VISITS` visits come after all others. Ties keep the history's order.

    Raises:
        ValueError: no example, or one without a visit.
    """
    empty = [problem_id for problem_id, accuracies in history.items() if not accuracies]
    if empty or not history:
        raise ValueError(f"no accuracy history for {', '.join(empty) or 'any example'}")
    order = sorted(history, key=lambda name: (len(history[name]) < FEWEST_VISITS, -np.std(history[name])))
    return [
        Ranked(name, place, float(np.std(history[name])), float(np.mean(history[name])), len(history[name]))
        for place, name in enumerate(order, start=1)
    ]


def one_random(problem_ids: list[str], seed: int) -> str:
    """The example that a run trains on when it is left to chance; another one for each run seed."""
    return problem_ids[int(generator("one-random", seed).integers(len(problem_ids)))]


def training_set(problem_ids: list[str], data: str, ranking: list[dict], seed: int) -> list[int]:
    """The places of the examples that a run trains on.

    Args:
        data: as a method's block says it.
        ranking: the rows of "selection", first place first; only read for "one_selected".

    Raises:
        InputError: the selected example is not there.
    """
    if data in ("train", "benchmark"):
        return list(range(len(problem_ids)))
    chosen = ranking[0]["problem_id"] if data == "one_selected" else one_random(problem_ids, seed)
    if chosen not in problem_ids:
        raise InputError(f"the selected example {chosen} is not in the training set: delete the selection and rerun")
    return [problem_ids.index(chosen)]


def visits(examples: int, seed: int, start: int, count: int) -> list[int]:
    """Which example each of a run's visits goes to, from visit `start` on: epochs of permutations, laid end to end."""
    first, last = start // examples, (start + count - 1) // examples
    epochs = [generator("epoch", seed, epoch).permutation(examples) for epoch in range(first, last + 1)]
    skipped = start - first * examples
    return np.concatenate(epochs)[skipped : skipped + count].tolist()
