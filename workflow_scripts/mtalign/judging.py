"""Verdicts on many answers: each different one once, in worker processes where a verdict may take its time.

Must not know any family.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from types import ModuleType

from mtalign.tasks import Judgement, Problem, family, judge, read_answer
from mtalign.verification.responses import is_formatted
from mtalign.vocabulary import Verdict

__all__ = ["VerifierPool", "cores", "verdicts"]

_SECONDS = 180.0  # of wall time, for one verdict: families have limits of their own, so this ends what is stuck


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0))


def verdicts(
    name: str, answers: Sequence[tuple[Problem, str | None]], processes: int, allow_unisolated: bool = False
) -> list[Verdict]:
    """`VerifierPool.verdicts` of judges that go when they are done, with a bar of progress."""
    with closing(VerifierPool(processes, allow_unisolated, bar=True)) as judges:
        return judges.verdicts(name, answers)


class VerifierPool:
    """Who judges: worker processes, which wait for further answers until `close`, or this process ends.

    Not for several threads at a time.
    """

    def __init__(self, processes: int, allow_unisolated: bool = False, bar: bool = False):
        """
        Args:
            processes: how many worker processes a family gets; a JUDGED_IN_PROCESS family does without.
            allow_unisolated: run programs with limits alone where no isolation works (see `runner.run_tests`).
            bar: show progress.
        """
        self.processes, self.allow_unisolated, self.bar = processes, allow_unisolated, bar
        self._pools = {}  # family -> its WorkerPool

    def judgements(self, name: str, problem: Problem, responses: Sequence[str]) -> list[Judgement]:
        """What is said of each response to a problem, in their order; verdicts as `verdicts` says."""
        module = family(name)
        if _is_quick(module):
            return [judge(module, problem, response) for response in responses]
        read = [read_answer(module, response) for response in responses]
        said = self.verdicts(name, [(problem, answer) for answer in read])
        return [Judgement(is_formatted(response), *rest) for response, *rest in zip(responses, read, said)]

    def verdicts(self, name: str, answers: Sequence[tuple[Problem, str | None]]) -> list[Verdict]:
        """The verdict on each answer to its problem, in their order; None is no answer, which is UNPARSED.

        What never ends, or takes its process down, is a TIMEOUT.

        Args:
            name: the problems' family.

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
        judged = self._verdicts(name, different)
        return [Verdict.UNPARSED if place is None else judged[place] for place in places]

    def _verdicts(self, name: str, answers: list[tuple[Problem, str]]) -> list[Verdict]:
        module = family(name)
        programs = self.allow_unisolated and module.ABILITY == "code"
        verdict = partial(_verdict, partial(module.verify, allow_unisolated=True) if programs else module.verify)
        if _is_quick(module):
            return [verdict(answer) for answer in answers]
        from tqdm import tqdm  # neither is for the lab's many small jobs

        from mtalign import workers

        if name not in self._pools:
            self._pools[name] = workers.WorkerPool(verdict, self.processes, _SECONDS)
        found = [Verdict.TIMEOUT] * len(answers)
        coming = self._pools[name].results(answers)
        shown = {"total": len(answers), "desc": name, "unit": "verdict", "mininterval": 1, "disable": not self.bar}
        for index, said in tqdm(coming, **shown):
            if said is not workers.GIVEN_UP:
                found[index] = said
        return found

    def close(self) -> None:
        while self._pools:
            self._pools.popitem()[1].close()


def _is_quick(module: ModuleType) -> bool:
    return getattr(module, "JUDGED_IN_PROCESS", False)


def _verdict(verify: Callable[[str, Problem], Verdict], answer: tuple[Problem, str]) -> Verdict:
    problem, text = answer
    return verify(text, problem)
