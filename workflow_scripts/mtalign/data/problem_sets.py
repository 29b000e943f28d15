"""Data sets on disk: problems in verl's schema, and back. Must not know models or methods."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from mtalign.artifacts.data import Data
from mtalign.parquet import read_table, write_rows
from mtalign.tasks import Problem


@dataclass(frozen=True)
class Item:
    """A problem, the family that judges answers to it, and the text that a model is shown."""

    problem: Problem
    family: str
    prompt: str


def prompt(template: str, question: str) -> str:
    """What a model is shown: a template's text with the question in place of {question}.

    >>> prompt("{question}?", "{1}+1")
    '{1}+1?'
    """
    return template.replace("{question}", question)  # not str.format: a question may hold braces


def in_share(problem_id: str, share: tuple[float, float], seed: int) -> bool:
    """Whether a problem falls into a part of all problems, from one number to another between 0 and 1.

    Its own hash decides: parts that do not overlap share no problem, whatever stands around it in the file.

    >>> [in_share("math-1", part, seed=0) for part in ((0, 0.5), (0.5, 1), (0, 1))]
    [True, False, True]
    """
    digest = hashlib.blake2b(f"{seed}/{problem_id}".encode(), digest_size=6).digest()
    return share[0] <= int.from_bytes(digest) / 2**48 < share[1]


def write_problems(
    path: Path, problems: list[tuple[str, Problem]], *, data_source: str, family: str, ability: str, made_by: dict
) -> None:
    """Write problems as verl reads them (data_source, prompt, ability, reward_model, extra_info), plus problem_id.

    Args:
        problems: [(the prompt that shows it, a problem)].
    """
    rows = [
        {
            "data_source": data_source,
            "prompt": [{"role": "user", "content": prompt}],
            "ability": ability,
            "reward_model": {"style": "rule", "ground_truth": problem.ground_truth},
            "extra_info": {
                "split": "train" if data_source.endswith("/train") else "test",
                "index": index,
                "question": problem.question,
                "family": family,
                "extra": json.dumps(problem.extra, sort_keys=True),
            },
            "problem_id": problem.problem_id,
        }
        for index, (prompt, problem) in enumerate(problems)
    ]
    write_rows(path, Data, rows, made_by)


def read_problems(path: Path) -> list[Item]:
    """The problems of a data set, in its order.

    Raises:
        InputError: as `parquet.read_table`.
    """
    return [
        Item(
            problem=Problem(
                problem_id=row["problem_id"],
                question=row["extra_info"]["question"],
                ground_truth=row["reward_model"]["ground_truth"],
                extra=json.loads(row["extra_info"]["extra"]),
            ),
            family=row["extra_info"]["family"],
            prompt="".join(message["content"] for message in row["prompt"]),
        )
        for row in read_table(path, Data).to_pylist()
    ]
