"""Responses with their judgements and rewards: what a trainer learns from. Must not know how it learns."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mtalign.engines.policy import Policy
from mtalign.judging import VerifierPool
from mtalign.randomness import uniforms
from mtalign.rl.groups import judge_and_reward
from mtalign.rl.methods import Method, Recipe
from mtalign.tasks import Problem


@dataclass(frozen=True)
class Prompt:
    """A problem with the name of its family, which judges responses, and its encoded prompt."""

    problem: Problem
    family: str
    ids: list[int]


@dataclass
class GroupRollout:
    """The N responses to one prompt: tokens, logprobs, entropy [N, T] (right-padded), lengths [N], rewards [N]."""

    prompt: Prompt
    tokens: Tensor
    logprobs: Tensor
    entropy: Tensor
    lengths: Tensor
    formatted: np.ndarray
    correct: np.ndarray
    rewards: np.ndarray


def roll_out(
    policy: Policy,
    prompts: list[list[Prompt]],
    keys: list[tuple[int, ...]],
    method: Method,
    recipe: Recipe,
    verifiers: VerifierPool,
) -> list[list[GroupRollout]]:
    """Sample, judge and reward [S][G] prompts.

    Args:
        keys: one a policy, such as (run seed, step, generation batch); the position in the batch is added.
    """
    positions = range(len(prompts[0]))
    samples, longest = recipe.samples, recipe.max_response_tokens
    noise = np.stack([uniforms([("rollout", *key, i) for i in positions], samples, longest) for key in keys])
    generation = policy.sample([[prompt.ids for prompt in row] for row in prompts], noise, recipe.temperature)
    texts = policy.decode(generation.tokens.flatten(0, 2).tolist())
    mean_logprob = (generation.logprobs.sum(-1) / generation.lengths).double().numpy()
    rollouts = []
    for s, (row, key) in enumerate(zip(prompts, keys)):
        rollouts.append([])
        for i, prompt in enumerate(row):
            start = (s * len(row) + i) * samples
            responses = texts[start : start + samples]
            of_group = (prompt.family, prompt.problem, responses, mean_logprob[s, i], (*key, i))
            group, rewards = judge_and_reward(verifiers, *of_group, method)
            rollouts[-1].append(
                GroupRollout(
                    prompt=prompt,
                    tokens=generation.tokens[s, i],
                    logprobs=generation.logprobs[s, i],
                    entropy=generation.entropy[s, i],
                    lengths=generation.lengths[s, i],
                    formatted=group.formatted,
                    correct=group.correct,
                    rewards=rewards,
                )
            )
    return rollouts


def as_tensors(groups: list[list[GroupRollout]], policy: Policy) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Groups of a stack as padded tensors: prompts [S, G, P], tokens and logprobs [S, G, N, T], mask [S, G, N, T].

    Runs with fewer groups than the fullest are filled with masked copies of a group.
    """
    most = max(map(len, groups))
    filler = next(group for row in groups for group in row)
    rows = [[*row, *[filler] * (most - len(row))] for row in groups]
    real = torch.tensor([[i < len(row) for i in range(most)] for row in groups])
    prompts = policy.padded([[group.prompt.ids for group in row] for row in rows])
    tokens = torch.stack([torch.stack([group.tokens for group in row]) for row in rows])
    logprobs = torch.stack([torch.stack([group.logprobs for group in row]) for row in rows])
    lengths = torch.stack([torch.stack([group.lengths for group in row]) for row in rows])
    longest = int(lengths.max())
    mask = (torch.arange(longest) < lengths.unsqueeze(-1)) & real[:, :, None, None]
    return prompts, tokens[..., :longest], logprobs[..., :longest], mask
