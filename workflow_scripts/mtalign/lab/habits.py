"""How often a model answers a task's questions rightly: its habit, the quantity that the alignment dial sets.

Exactly for the responses that a corpus would give, by their likelihood, and by samples for whatever else is right. Must
not know what is done about it.
"""

import numpy as np
import torch
from torch import Tensor

from mtalign.engines.stacked.policy import PolicyStack
from mtalign.randomness import uniforms
from mtalign.tasks import Problem, family, judge
from mtalign.vocabulary import Verdict

_LONGEST = 24  # tokens of a sampled response


class Habit:
    """One task's calibration questions, Q of them."""

    def __init__(self, family_name: str, questions: list[dict], stack: PolicyStack):
        """questions: rows as `corpus.calibration` makes them. stack: for its tokenizer."""
        self.family = family(family_name)
        self.problems = [Problem(str(i), row["question"], row["answer"]) for i, row in enumerate(questions)]
        self.listed = [set(row["responses"]) for row in questions]
        self.prompts = stack.encode([row["prompt"] for row in questions])
        ends = [[[*ids, stack.end] for ids in stack.encode(row["responses"])] for row in questions]
        longest = max(len(ids) for forms in ends for ids in forms)
        self.padded = stack.padded([self.prompts])  # [1, Q, P]
        self.responses = torch.tensor(
            [[[[*ids, *[stack.pad] * (longest - len(ids))] for ids in forms] for forms in ends]]
        )  # [1, Q, formats, T]
        self.mask = torch.arange(longest) < torch.tensor([[[len(ids)] for ids in forms] for forms in ends])

    def __len__(self) -> int:
        return len(self.problems)

    @torch.no_grad()
    def likelihood(self, stack: PolicyStack, questions: slice) -> np.ndarray:
        """Probability [Q] that a response to a question is one of its listed right ones, at temperature and top-p 1."""
        logprobs: Tensor = stack.token_logprobs(self.padded[:, questions], self.responses[:, questions])[0]
        return (logprobs * self.mask[questions]).sum(-1).double().exp().sum(-1).numpy()

    @torch.no_grad()
    def samples(self, stack: PolicyStack, questions: slice, count: int, key: tuple) -> tuple[np.ndarray, np.ndarray]:
        """`count` responses a question, at temperature and top-p 1: whether each is right, and whether it is right but
        not listed; both bool [Q, count]."""
        indices = range(len(self))[questions]
        noise = uniforms([("habit", *key, i) for i in indices], count, _LONGEST)[None]
        tokens = stack.sample([self.prompts[questions]], noise).tokens
        texts = iter(stack.decode(tokens.flatten(0, 2).tolist()))
        right = np.zeros((len(indices), count), dtype=bool)
        unlisted = right.copy()
        for row, index in enumerate(indices):
            for column in range(count):
                text = next(texts)
                right[row, column] = judge(self.family, self.problems[index], text).verdict is Verdict.CORRECT
                unlisted[row, column] = right[row, column] and text not in self.listed[index]
        return right, unlisted
