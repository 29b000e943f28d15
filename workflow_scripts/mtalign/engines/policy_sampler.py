"""Sampling by policies in this process. Must not know tasks or rewards, nor which kind of policy it has."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from mtalign.engines import interface
from mtalign.engines.generation import Generation
from mtalign.engines.interface import Request, Responses
from mtalign.engines.policy import Policy
from mtalign.randomness import uniforms


class Sampler:
    """See `interface.Sampler`."""

    def __init__(self, engine: str, folders: list[Path], spec: dict, machine: dict):
        self.policies = interface.policies(engine, folders, spec, machine)
        self.tokenizer = self.policies[-1]  # the last to be let go
        self.encode, self.encode_prompts = self.tokenizer.encode, self.tokenizer.encode_prompts

    def sample(self, requests: list[Request]) -> Iterator[tuple[int, int, Responses]]:
        for first, policy in self._policies():
            for place, request in enumerate(tqdm(requests, desc="sampling", mininterval=5)):
                shape = (request.samples, max(request.limits))
                noise = np.stack([uniforms(keys, *shape) for keys in request.keys[first : first + policy.count]])
                prompts = [request.prompts] * policy.count
                generation = policy.sample(prompts, noise, request.temperature, request.top_p)
                for s in range(policy.count):
                    yield first + s, place, _responses(policy, generation, s, request.limits)

    def response_logprobs(
        self, requests: list[tuple[list[list[int]], list[list[int]]]]
    ) -> Iterator[tuple[int, int, list[float]]]:
        for first, policy in self._policies():
            for place, request in enumerate(requests):
                for s, logprobs in enumerate(policy.response_logprobs(*request)):
                    yield first + s, place, logprobs

    def _policies(self) -> Iterator[tuple[int, Policy]]:
        """Each with the number of the first one in it; one that was used is not held on to."""
        first = 0
        while self.policies:
            policy = self.policies.pop(0)
            yield first, policy
            first += policy.count


def _responses(policy: Policy, generation: Generation, s: int, limits: list[int]) -> Responses:
    """Those of one policy, cut to the limits of their prompts."""
    longest = torch.tensor(limits).unsqueeze(1)
    lengths = generation.lengths[s].clamp(max=longest)
    counted = torch.arange(generation.tokens.shape[-1]) < longest.unsqueeze(-1)
    rows = zip(generation.tokens[s].flatten(0, 1).tolist(), lengths.flatten().tolist())
    tokens = [row[:length] for row, length in rows]
    return Responses(
        texts=policy.decode(tokens),
        tokens=tokens,
        logprobs=(generation.logprobs[s].double() * counted).sum(-1).flatten().tolist(),
        finished=(generation.finished[s] & (generation.lengths[s] <= longest)).flatten().tolist(),
    )
