"""The responses to one prompt, judged and rewarded: one way for every trainer. Must not know an engine."""

import numpy as np

from mtalign.judging import VerifierPool
from mtalign.rewards import Group, group_rewards
from mtalign.rl.methods import Method
from mtalign.tasks import Problem


def judge_and_reward(
    verifiers: VerifierPool,
    family: str,
    problem: Problem,
    responses: list[str],
    mean_logprob: np.ndarray,
    key: tuple[int, ...],
    method: Method,
) -> tuple[Group, np.ndarray]:
    """Judge N responses and reward them: the group, and float64 [N].

    Args:
        family: the problem's, whose verifier judges.
        mean_logprob, key: see `Group`.
    """
    judgements = verifiers.judgements(family, problem, responses)
    group = Group(responses, judgements, problem.ground_truth, mean_logprob, key)
    return group, group_rewards(method.reward, group, method.format_factor)
