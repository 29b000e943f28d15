"""DAPO's objective on a stack of runs. Must not know how responses were made or rewarded.

Clip-higher (arXiv 2503.14476, eq. 8), dual clip for negative advantages, mean over all tokens of the mini batch, no KL
term and no entropy bonus: what verl's `compute_policy_loss_vanilla` gives with loss_agg_mode "token-mean".
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from mtalign.rl.methods import Clip

_MAX_LOG_RATIO = 20.0


@dataclass
class PolicyLoss:
    """One value a run, [S]: the loss, and the shares of tokens that either clip stopped."""

    loss: Tensor
    clip_fraction: Tensor
    dual_clip_fraction: Tensor


def policy_loss(
    logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, mask: Tensor, clip: Clip, tokens: Tensor | None = None
) -> PolicyLoss:
    """The clipped surrogate loss.

    Args:
        logprobs, old_logprobs, advantages: float [S, ...], one value a token.
        mask: bool [S, ...], the tokens that count; a run without any has loss 0.
        tokens: [S], how many of a run count in all, where these are a part of them: the parts' losses add up.
    """
    ratio = (logprobs - old_logprobs).clamp(-_MAX_LOG_RATIO, _MAX_LOG_RATIO).exp()
    plain = -advantages * ratio
    clipped = -advantages * ratio.clamp(1 - clip.low, 1 + clip.high)
    worse = torch.maximum(plain, clipped)
    bound = -advantages * clip.dual
    negative = advantages < 0
    losses = torch.where(negative, torch.minimum(worse, bound), worse)

    weights = mask.flatten(1).float()
    total = weights.sum(1) if tokens is None else tokens
    weights = weights / total.unsqueeze(1).clamp(min=1)

    def mean(x: Tensor) -> Tensor:
        return (x.flatten(1) * weights).sum(1)

    return PolicyLoss(
        loss=mean(losses),
        clip_fraction=mean((clipped > plain).float()),
        dual_clip_fraction=mean(((worse > bound) & negative).float()),
    )
