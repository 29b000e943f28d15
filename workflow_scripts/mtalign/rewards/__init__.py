"""The rewards: one file each, with `reward(group) -> float64 [N]`. Must not know advantages, models or engines.

A reward sees a whole group (the responses to one prompt), because some compare responses with each other.
"""

from dataclasses import dataclass
from importlib import import_module

import numpy as np

from mtalign.tasks import Judgement


@dataclass(frozen=True)
class Group:
    """The N responses to one prompt.

    mean_logprob: float [N], nats a token under the policy that sampled them.
    key: (run seed, step, generation batch, position in the batch), for rewards that draw random numbers.
    """

    responses: list[str]
    judgements: list[Judgement]
    ground_truth: str
    mean_logprob: np.ndarray
    key: tuple[int, ...]

    @property
    def formatted(self) -> np.ndarray:
        """bool [N]"""
        return np.array([judgement.formatted for judgement in self.judgements])

    @property
    def correct(self) -> np.ndarray:
        """bool [N], whatever the format."""
        return np.array([judgement.verdict == "correct" for judgement in self.judgements])


def group_rewards(name: str, group: Group, format_factor: bool) -> np.ndarray:
    """The named reward of each response, float64 [N].

    Args:
        format_factor: multiply by the format check, as the paper does with every reward.
    """
    rewards = np.asarray(import_module(f"mtalign.rewards.{name}").reward(group), dtype=np.float64)
    return rewards * group.formatted if format_factor else rewards
