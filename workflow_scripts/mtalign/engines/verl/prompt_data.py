"""verl's data set: problems in the order in which a run visits them. Must not know rewards.

A file holds problems and the order of the draws; a one-shot run's order names one problem again and again.
"""

import json
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Dataset

from mtalign.data.problem_sets import Item


def write_prompts(path: Path, items: list[Item], order: list[int], top_p: list[float | None]) -> None:
    """Write the prompts that verl visits.

    Args:
        order: the index of each visit's item.
        top_p: visit the whole order once for each; None in training, where nothing is cut off.
    """
    problems = [vars(item.problem) | {"prompt": item.prompt, "family": item.family} for item in items]
    visits = [{"problem": i, "top_p": p} for p in top_p for i in order]
    path.write_text(json.dumps({"problems": problems, "visits": visits}))


class Prompts(Dataset):
    """What `write_prompts` wrote; a row is the keyword arguments of one call of the agent loop."""

    def __init__(self, data_files: list[str], **_: Any):
        written = json.loads(Path(data_files[0]).read_text())
        self.problems, self.visits = written["problems"], written["visits"]
        self.prompts = [problem.pop("prompt") for problem in self.problems]

    def __len__(self) -> int:
        return len(self.visits)

    def __getitem__(self, index: int) -> dict:
        visit = self.visits[index]
        return {
            "raw_prompt": [{"role": "user", "content": self.prompts[visit["problem"]]}],
            "problem": json.dumps(self.problems[visit["problem"]]),
            "data_source": "train" if visit["top_p"] is None else "validation",
            "reward_model": {"ground_truth": self.problems[visit["problem"]]["ground_truth"]},
            "index": index if visit["top_p"] is None else index % len(self.problems),
            "top_p": 1.0 if visit["top_p"] is None else visit["top_p"],
            "validating": visit["top_p"] is not None,
            "unused": torch.zeros(1, dtype=torch.uint8),  # verl's collate function wants a tensor
        }
