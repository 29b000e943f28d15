"""The tasks: one file a family, which loads its problems and verifies answers. Must not know models or methods.

A family's file has
    ABILITY                 what verl calls the kind of skill ("math", "logic", ...)
    load(source, seed)      -> the problems of one data set (a `SourceError` names file, row and remedy)
    extract(response)       -> the answer to read where no answer block marks one, or None
    verify(answer, problem) -> Verdict
and
    JUDGED_IN_PROCESS       True where a verdict only compares texts, so that it takes no time (see judging.py)
    from_row(where, row)    -> the problem of one published row, for a family that reads files (see shared/files.py)
    make(rng)               -> an exercise, for a family that the lab writes documents about (see shared/generated.py)
"""

from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from mtalign.verification.responses import answer_block, is_formatted
from mtalign.vocabulary import Verdict

__all__ = ["Judgement", "Problem", "SourceError", "Verdict", "families", "family", "judge", "read_answer"]


@dataclass(frozen=True)
class Problem:
    """A question with its gold answer.

    problem_id is stable: it does not change with the order or the number of the problems around it.
    """

    problem_id: str
    question: str
    ground_truth: str
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Judgement:
    """What is said of one response: its format, the answer read from it, and the verdict on that answer."""

    formatted: bool
    extracted: str | None
    verdict: Verdict


def families() -> list[str]:
    """The names of all families, from the files of this folder."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem != "__init__")


@cache  # asked for with every verdict
def family(name: str) -> ModuleType:
    """The module of a family.

    Raises:
        ValueError: there is no such family.
    """
    if name not in families():
        raise ValueError(f"no task family {name!r}; there is {', '.join(families())}")
    return import_module(f"mtalign.tasks.{name}")


def read_answer(module: ModuleType, response: str) -> str | None:
    """A response's answer: the answer block, else what the family can find."""
    block = answer_block(response)
    return module.extract(response) if block is None else block


def judge(module: ModuleType, problem: Problem, response: str) -> Judgement:
    """Read a response's answer and verify it."""
    extracted = read_answer(module, response)
    verdict = Verdict.UNPARSED if extracted is None else module.verify(extracted, problem)
    return Judgement(is_formatted(response), extracted, verdict)
