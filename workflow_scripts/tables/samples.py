"""The table `samples`: responses to a few problems, right and wrong, before and after training, with their rewards.

The problems are the first of each task's own benchmark, the responses those at top-p 1. Of a policy's responses to a
problem the table has the first right and the first wrong one, how many are so, and what the method's reward pays for it
in the group of them all. A base model's responses stand there once a method, with that method's reward; of several
replications those of the first, and always under the seed `BASE_SEED`.
"""

from collections.abc import Container
from pathlib import Path

import numpy as np
import pyarrow as pa
from mtalign.artifacts import OfPolicy
from mtalign.artifacts.responses import Rollouts, Scores
from mtalign.columns import BOOL, FLOAT, INT, NAME, TEXT
from mtalign.data.problem_sets import read_problems
from mtalign.parquet import read_table
from mtalign.rewards import Group, group_rewards
from mtalign.tasks import Judgement, Problem
from mtalign.vocabulary import BASE, BASE_SEED, Verdict


class Table(OfPolicy):
    """Responses to a few problems, right and wrong, before training and after, with their rewards."""

    benchmark: NAME
    problem_id: NAME
    question: NAME
    ground_truth: NAME
    """Gold answer."""
    response: TEXT
    """The text that was sampled; a long one without its middle."""
    formatted: BOOL
    extracted: TEXT
    verdict: NAME
    reward: FLOAT
    """What the method pays for the response, in the group of the policy's responses to the problem."""
    alike: INT
    """How many of the policy's responses to the problem are right, as this one is, or else not."""
    n: INT
    """Responses of the policy to the problem."""
    method: NAME
    """Method that pays the reward and, unless seed is -1, that trained the policy."""
    seed: INT
    """Seed of the run; -1: the base model, the first if it has several replications."""


_TOP_P = 1.0


def rows(parameters: dict, rollouts: list[Path], scores: list[Path], benchmarks: list[Path]) -> list[dict]:
    """parameters: as `Study.samples_parameters`. rollouts, scores: of all policies, in one order."""
    problems = {
        (path.stem, item.problem.problem_id): item.problem
        for path in benchmarks
        for item in read_problems(path)[: parameters["problems"]]
    }
    found = []
    for paths in zip(rollouts, scores, strict=True):
        for index, (key, group) in enumerate(_groups(*paths, problems).items()):
            trained_by = group[0]["method"]
            for method in parameters["methods"] if trained_by == BASE else [trained_by]:
                rewards = _rewards(group, problems[key[1:]], parameters["methods"][method], (key[0], 0, 0, index))
                paid = [row | {"method": method, "reward": reward} for row, reward in zip(group, rewards)]
                found += _rows(paid, problems[key[1:]], parameters["characters"])
    return found


def _groups(rollouts: Path, scores: Path, problems: Container[tuple[str, str]]) -> dict[tuple, list[dict]]:
    """(seed, benchmark, problem_id) -> the responses at top-p 1 with their scores, of the problems shown."""
    table, judged = read_table(rollouts, Rollouts), read_table(scores, Scores)
    for name in ("formatted", "extracted", "verdict"):
        table = table.append_column(name, judged[name])
    ids = zip(table["benchmark"].to_pylist(), table["problem_id"].to_pylist(), table["top_p"].to_pylist())
    shown = pa.array([top_p == _TOP_P and (benchmark, problem_id) in problems for benchmark, problem_id, top_p in ids])
    groups: dict[tuple, list[dict]] = {}
    for row in _of_first_base(table.filter(shown).to_pylist()):
        groups.setdefault((row["seed"], row["benchmark"], row["problem_id"]), []).append(row)
    return groups


def _of_first_base(rows: list[dict]) -> list[dict]:
    """Rows of trained policies as they are; of a base model those of its first replication, as of `BASE_SEED`."""
    if not rows or rows[0]["method"] != BASE:
        return rows
    return [row | {"seed": BASE_SEED} for row in rows if row["seed"] == rows[0]["seed"]]


def _rewards(responses: list[dict], problem: Problem, method: dict, key: tuple[int, ...]) -> list[float]:
    """What a method pays for a policy's responses to one problem, taken as a group."""
    group = Group(
        responses=[row["response"] for row in responses],
        judgements=[Judgement(row["formatted"], row["extracted"], Verdict(row["verdict"])) for row in responses],
        ground_truth=problem.ground_truth,
        mean_logprob=np.array([row["logprob"] / len(row["tokens"]) for row in responses]),
        key=key,
    )
    return group_rewards(method["reward"], group, method["format_factor"]).tolist()


def _rows(responses: list[dict], problem: Problem, characters: int) -> list[dict]:
    """The first right response to a problem and the first wrong one."""
    right = [row for row in responses if row["verdict"] == Verdict.CORRECT]
    wrong = [row for row in responses if row["verdict"] != Verdict.CORRECT]
    asked = {"question": problem.question, "ground_truth": problem.ground_truth, "n": len(responses)}
    return [
        alike[0] | asked | {"response": _shortened(alike[0]["response"], characters), "alike": len(alike)}
        for alike in (right, wrong)
        if alike
    ]


def _shortened(text: str, characters: int) -> str:
    """
    >>> _shortened("abcdefghij", 8), _shortened("abc", 8)
    ('abcd […] ghij', 'abc')
    """
    half = characters // 2
    return text if len(text) <= characters else f"{text[:half]} […] {text[-half:]}"
