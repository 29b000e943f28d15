"""What the embedded DAPO trainer and its sampler need of a policy, and what all policies do alike.

Must not know how a model computes, nor tasks or rewards.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from mtalign.engines.generation import Decoder, Generation, generate

_ROWS_AT_ONCE = 768  # responses that are in the works together: more no longer fit a processor's own cache


class Trained(Protocol):
    """Copies of some policies that change while they are trained, one a run."""

    parameters: list[list[Tensor]]  # of each run: what its optimizer changes

    def policy(self, runs: Iterable[int]) -> "Policy":
        """The policies of these runs, as they are now; gradients reach their parameters."""

    def export(self, run: int, folder: Path, source: Path) -> None:
        """Write a run's policy as a Hugging Face folder, with the tokenizer of the base model `source`."""


class Policy(ABC):
    """Policies of one architecture, S of them, evaluated together; of large models S is 1."""

    end: int  # the token that ends a given response
    ends: list[int]  # any of these ends a sampled one
    pad: int
    count: int  # S
    micro_batch: int | None = None  # responses in one pass that keeps what a gradient needs; None: all
    device = torch.device("cpu")  # of the weights; what goes in and comes out is on the CPU

    @abstractmethod
    def encode(self, texts: list[str]) -> list[list[int]]:
        """Token ids of each text, without special tokens."""

    @abstractmethod
    def encode_prompts(self, prompts: list[str], chat_template: bool) -> list[list[int]]:
        """Token ids of what the model is shown: each prompt, or a chat in which it is the user's message.

        Raises:
            InputError: a chat template is asked for, and the tokenizer has none.
        """

    @abstractmethod
    def decode(self, rows: list[list[int]]) -> list[str]:
        """Text of each row of token ids; padding and end token vanish, tags stay."""

    @abstractmethod
    def token_logprobs(self, prompts: Tensor, tokens: Tensor) -> Tensor:
        """Log-probability of each response token, [S, G, N, T]; after a response's end, of no meaning: mask it.

        prompts: int64 [S, G, P], left-padded; tokens: int64 [S, G, N, T], right-padded.
        """

    @abstractmethod
    def trainable(self) -> Trained:
        """Copies to be trained."""

    @abstractmethod
    def decoder(self, prompts: Tensor, samples: int, longest: int) -> Decoder:
        """What samples responses to prompts [S, G, P], so many a prompt, of so many tokens at the most."""

    def rows_at_once(self, tokens: int) -> int:
        """How many responses of so many tokens, prompts included, are sampled together."""
        return _ROWS_AT_ONCE

    def padded(self, prompts: list[list[list[int]]]) -> Tensor:
        """[S][G] prompts of token ids as one left-padded int64 [S, G, P]."""
        longest = max(len(ids) for row in prompts for ids in row)
        return torch.tensor([[[self.pad] * (longest - len(ids)) + ids for ids in row] for row in prompts])

    def sample(
        self, prompts: list[list[list[int]]], noise: np.ndarray, temperature: float = 1.0, top_p: float = 1.0
    ) -> Generation:
        """Responses to [S][G] prompts, one row of prompts a policy; noise: float32 [S, G, N, T] (see `generate`)."""
        ids, uniforms = self.padded(prompts), torch.from_numpy(noise)
        stack, _, samples, longest = noise.shape
        rows = max(1, self.rows_at_once(ids.shape[-1] + longest) // stack)
        at_once = max(1, rows // samples)
        options = {"ends": torch.tensor(self.ends, device=self.device), "temperature": temperature, "top_p": top_p}
        groups = [
            _joined(
                (
                    generate(
                        self.decoder(some_ids.to(self.device), part.shape[2], longest),
                        part.to(self.device),
                        pad=self.pad,
                        **options,
                    )
                    for part in some.split(rows, dim=2)
                ),
                dim=2,
            )
            for some_ids, some in zip(ids.split(at_once, dim=1), uniforms.split(at_once, dim=1))
        ]
        return _joined(groups, dim=1)

    @torch.no_grad()
    def response_logprobs(self, prompts: list[list[int]], responses: list[list[int]]) -> list[list[float]]:
        """Log-probability (nats) of one given response to each of the prompts, end token included, [S][prompts]."""
        totals: list[list[float]] = [[] for _ in range(self.count)]
        for start in range(0, len(prompts), _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            ends = [[*ids, self.end] for ids in responses[part]]
            longest = max(map(len, ends))
            tokens = torch.tensor([[[*ids, *[self.pad] * (longest - len(ids))] for ids in ends]] * self.count)
            mask = torch.arange(longest) < torch.tensor([len(ids) for ids in ends]).unsqueeze(-1)
            of_tokens = self.token_logprobs(self.padded([prompts[part]] * self.count), tokens.unsqueeze(2))
            for row, sums in zip(totals, (of_tokens[:, :, 0].double() * mask).sum(-1).tolist()):
                row += sums
        return totals


def _joined(parts: Iterable[Generation], dim: int) -> Generation:
    """Generations as one, on the CPU."""
    parts = list(parts)
    return Generation(**{name: torch.cat([getattr(x, name).cpu() for x in parts], dim=dim) for name in vars(parts[0])})
