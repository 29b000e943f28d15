"""Right, worked solutions in the format that the reward demands. Must not know who finds them likely."""

from mtalign.tasks import Problem
from mtalign.verification.responses import ANSWER_CLOSE, ANSWER_OPEN, THINK_CLOSE, THINK_OPEN


def has_solution(problem: Problem) -> bool:
    """Whether a problem comes with a worked solution."""
    return "solution" in problem.extra


def worked(problem: Problem) -> str:
    """The response that gives the problem's solution."""
    return f"{THINK_OPEN}{problem.extra['solution']}{THINK_CLOSE}{ANSWER_OPEN}{problem.ground_truth}{ANSWER_CLOSE}"


def solution_rows(
    spec: dict, seed: int, benchmark: str, problems: list[Problem], logprobs: list[float], lengths: list[int]
) -> list[dict]:
    """Rows of the artifact "solutions".

    seed: the base model's replication; lengths: tokens of each response, the end token included.
    """
    return [
        {"model": spec["model"], "task": spec["task"], "seed": seed, "benchmark": benchmark}
        | {"problem_id": problem.problem_id, "logprob": logprob, "n_tokens": length}
        for problem, logprob, length in zip(problems, logprobs, lengths, strict=True)
    ]
