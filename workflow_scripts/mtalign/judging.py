"""Verdicts on many answers: each different one once, in worker processes where a verdict may take its time.

Must not know how answers are read from responses, nor any family.
"""

import os
from collections.abc import Callable, Sequence
from functools import partial

from mtalign.tasks import Problem, Verdict, family

__all__ = ["cores", "verdicts"]

_SECONDS = 180.0  # of wall time, for one verdict: families have limits of their own, so this ends what is stuck


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0))


def verdicts(
    name: str, answers: Sequence[tuple[Problem, str | None]], processes: int, allow_unisolated: bool = False
) -> list[Verdict]:
    """The verdict on each answer to its problem, in their order; None is no answer, which is UNPARSED.

    What never ends, or takes its process down, is a TIMEOUT.

    Args:
        name: the problems' family.
        processes: how many worker processes; a QUICK family does without.
        allow_unisolated: run programs with limits alone where no isolation works (see `sandbox.run_tests`).

    Raises:
        SandboxError: there is a program to run, but no isolation.
    """
    slots: dict[tuple, int] = {}  # what a verdict depends on -> its place among the different ones
    different: list[tuple[Problem, str]] = []
    places = []
    for problem, answer in answers:
        key = (problem.ground_truth, *problem.extra.items(), answer)
        if answer is not None and key not in slots:
            slots[key] = len(different)
            different.append((problem, answer))
        places.append(slots.get(key))
    judged = _verdicts(name, different, processes, allow_unisolated)
    return [Verdict.UNPARSED if place is None else judged[place] for place in places]


def _verdicts(name: str, answers: list[tuple[Problem, str]], processes: int, allow_unisolated: bool) -> list[Verdict]:
    module = family(name)
    verify = (
        partial(module.verify, allow_unisolated=True)
        if allow_unisolated and module.ABILITY == "code"
        else module.verify
    )
    verdict = partial(_verdict, verify)
    if getattr(module, "QUICK", False):
        return [verdict(answer) for answer in answers]
    from tqdm import tqdm  # neither is for the lab's many small jobs

    from mtalign import workers

    found = [Verdict.TIMEOUT] * len(answers)
    coming = workers.results(verdict, answers, processes, _SECONDS)
    for index, said in tqdm(coming, total=len(answers), desc=name, unit="verdict", mininterval=1):
        if said is not workers.GIVEN_UP:
            found[index] = said
    return found


def _verdict(verify: Callable[[str, Problem], Verdict], answer: tuple[Problem, str]) -> Verdict:
    problem, text = answer
    return verify(text, problem)
