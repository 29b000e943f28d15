"""The contamination probe's questions, cut in two (arXiv 2507.10532). Must not know how a model goes on."""

import math
from typing import TYPE_CHECKING

from mtalign.tasks import Problem

if TYPE_CHECKING:
    from pandas import DataFrame, Series


def cut(question: str, fraction: float) -> tuple[str, str]:
    """The part of a question that a model is shown, and the true rest.

    >>> cut("347+85", 0.6)
    ('347', '+85')
    """
    place = math.floor(fraction * len(question))
    return question[:place], question[place:]


def exact(completions: "DataFrame") -> "Series":
    """Which rows of "completions" are exactly the true rest: what contamination is a share of."""
    return completions["completion"] == completions["rest"]


def completion_row(spec: dict, seed: int, benchmark: str, fraction: float, problem: Problem, completion: str) -> dict:
    """A row of "completions"; spec: a stage's parameters, with model and task; seed: the base model's replication."""
    shown, rest = cut(problem.question, fraction)
    return {
        "model": spec["model"],
        "task": spec["task"],
        "seed": seed,
        "benchmark": benchmark,
        "fraction": fraction,
        "problem_id": problem.problem_id,
        "shown": shown,
        "rest": rest,
        "completion": completion,
    }
