"""Right, worked solutions in the format that the reward demands. Must not know who finds them likely."""

from pathlib import Path

from mtalign.answers import ANSWER_CLOSE, ANSWER_OPEN, THINK_CLOSE, THINK_OPEN
from mtalign.dataset import Item, read_problems


def worked(path: Path) -> tuple[list[Item], list[str]]:
    """The problems of a data set that come with a worked solution, and the responses that give it."""
    items = [item for item in read_problems(path) if "solution" in item.problem.extra]
    responses = [
        f"{THINK_OPEN}{item.problem.extra['solution']}{THINK_CLOSE}"
        f"{ANSWER_OPEN}{item.problem.ground_truth}{ANSWER_CLOSE}"
        for item in items
    ]
    return items, responses


def solution_rows(spec: dict, path: Path, items: list[Item], logprobs: list[float], lengths: list[int]) -> list[dict]:
    """Rows of the artifact "solutions"; lengths: tokens of each response, the end token included."""
    return [
        {"model": spec["model"], "task": spec["task"], "benchmark": path.stem}
        | {"problem_id": item.problem.problem_id, "logprob": logprob, "n_tokens": length}
        for item, logprob, length in zip(items, logprobs, lengths, strict=True)
    ]
