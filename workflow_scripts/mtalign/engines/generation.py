"""Sampling by inverse transform: one uniform number decides one token, whichever model gives the logits.

Must not know models, tasks or rewards.
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

_DROP_BELOW = 0.75  # drop finished rows once no group has more than this share of its responses unfinished


@dataclass
class Generation:
    """Responses to [S, G] prompts, N each, T tokens at the most; right-padded.

    tokens: int64 [S, G, N, T]; lengths: int64 [S, G, N], the end token included.
    logprobs, entropy: float32 [S, G, N, T], of the policy at temperature 1 without top-p, in nats; 0 after the end.
    finished: bool [S, G, N], whether the end token came in time.
    """

    tokens: Tensor
    lengths: Tensor
    logprobs: Tensor
    entropy: Tensor
    finished: Tensor


class Decoder(Protocol):
    """A model in the middle of responses, M of them over all groups; logits are float32."""

    def read_prompts(self) -> Tensor:
        """Logits [S, G, vocab] of the first token after each prompt."""

    def next_logits(self, tokens: Tensor) -> Tensor:
        """Logits [S, M, vocab] after one more token of each response, int64 [S, M]."""

    def keep(self, rows: Tensor, samples: int) -> None:
        """Go on with the responses [S, G * samples] only, as many of each group."""


@torch.no_grad()
def generate(
    decoder: Decoder, noise: Tensor, *, ends: Tensor, pad: int, temperature: float = 1.0, top_p: float = 1.0
) -> Generation:
    """Sample responses to the decoder's prompts.

    Args:
        noise: float32 [S, G, N, T] in [0, 1); its shape sets the number of samples and the longest response.
        ends: int64, the tokens any of which ends a response.
        temperature: 0 is greedy.
        top_p: the smallest set of most likely tokens whose probability reaches it is kept.
    """
    s, g, n, t_max = noise.shape
    samples, device, rows = n, noise.device, (s, g * n)
    logits = decoder.read_prompts().repeat_interleave(n, dim=1)
    noise = noise.reshape(*rows, t_max)
    tokens = torch.full((*rows, t_max), pad, device=device)
    logprobs, entropy = torch.zeros((*rows, t_max), device=device), torch.zeros((*rows, t_max), device=device)
    lengths, finished = torch.zeros(rows, dtype=torch.long, device=device), torch.zeros(rows, dtype=bool, device=device)
    active = torch.arange(g * n, device=device).expand(rows)  # which response each row of the decoder belongs to

    for t in range(t_max):
        logp = torch.log_softmax(logits, dim=-1)
        probs = logp.exp()
        chosen = choose(logits, probs, noise[..., t].gather(1, active), temperature, top_p)
        alive = ~finished.gather(1, active)
        tokens[..., t].scatter_(1, active, torch.where(alive, chosen, pad))
        logprobs[..., t].scatter_(1, active, logp.gather(2, chosen.unsqueeze(-1)).squeeze(-1) * alive)
        entropy[..., t].scatter_(1, active, -(probs * logp).sum(-1) * alive)
        lengths.scatter_add_(1, active, alive.long())
        alive &= ~torch.isin(chosen, ends)
        finished.scatter_(1, active, ~alive)
        by_group = alive.view(s, g, samples).long()
        most = int(by_group.sum(-1).max())
        if most == 0 or t + 1 == t_max:
            break
        if most < _DROP_BELOW * samples:
            first = by_group.sort(dim=2, descending=True, stable=True).indices[..., :most]
            keep = (first + torch.arange(g, device=device).unsqueeze(1) * samples).flatten(1)
            active, chosen = (x.gather(1, keep) for x in (active, chosen))
            decoder.keep(keep, most)
            samples = most
        logits = decoder.next_logits(chosen)

    return Generation(
        tokens=tokens.view(s, g, n, t_max),
        lengths=lengths.view(s, g, n),
        logprobs=logprobs.view(s, g, n, t_max),
        entropy=entropy.view(s, g, n, t_max),
        finished=finished.view(s, g, n),
    )


def choose(logits: Tensor, probs: Tensor, noise: Tensor, temperature: float, top_p: float) -> Tensor:
    """The token that a uniform number picks: logits, probs [..., vocab]; noise [...] -> int64 [...]."""
    if temperature == 0:
        return logits.argmax(-1)
    if temperature != 1:
        probs = torch.softmax(logits / temperature, dim=-1)
    if top_p < 1:
        probs, order = probs.sort(dim=-1, descending=True, stable=True)
        probs = probs * (probs.cumsum(-1) - probs < top_p)
    cumulative = probs.cumsum(-1)
    total = cumulative[..., -1:]
    # Rounding must not put the target at the very end, where only impossible tokens are left.
    target = torch.minimum(noise.unsqueeze(-1) * total, torch.nextafter(total, torch.zeros_like(total)))
    index = (cumulative <= target).sum(-1, keepdim=True)
    return (order.gather(-1, index) if top_p < 1 else index).squeeze(-1)
