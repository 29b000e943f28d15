"""The embedded sampler: a key/value cache, one token a step for all rows, finished rows dropped.

Takes token ids and uniform random numbers, gives tokens with their log-probabilities. Must not know tasks or rewards.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from mtalign.engines.torch_model import Architecture, Parameters, decode_layers, to_logits

_NEVER = -1e30  # an attention score that leaves no weight; finite, so that a row of padding stays defined
_DROP_BELOW = 0.75  # compact the cache once no group has more than this share of its responses unfinished


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


class _Cache:
    """Keys and values of the tokens so far: of the prompts once a group, of the responses that still grow, N a group.

    What a group shares is read by matrix products. A response's own keys are read by one query each: there, multiplying
    and adding is quicker than a thousand tiny matrix products, and time comes first, so that a step reads one block.
    """

    def __init__(self, arch: Architecture, prompts: Tensor, pad: int, samples: int, longest: int):
        self.stack, self.groups, self.prompt = prompts.shape
        self.samples, self.heads, self.head_dim, self.used = samples, arch.num_heads, arch.head_dim, 0
        shape = (longest, self.stack, self.groups * samples, arch.num_heads, arch.head_dim)
        self.keys, self.values = (
            [torch.empty(shape, device=prompts.device) for _ in range(arch.num_layers)] for _ in ("keys", "values")
        )
        self.prompt_keys: list[Tensor] = []  # [S, G, heads, head_dim, P] a layer
        self.prompt_values: list[Tensor] = []  # [S, G, heads, P, head_dim]
        hidden = (prompts == pad)[:, :, None, None]
        self.prompt_mask = torch.zeros(hidden.shape, device=prompts.device).masked_fill(hidden, _NEVER)

    def attend_prompt(self, _: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """The prompts' tokens attend to each other; their keys and values are kept."""
        q, k, v = (x.view(self.stack, self.groups, self.prompt, *x.shape[2:]).transpose(2, 3) for x in (q, k, v))
        self.prompt_keys.append(k.transpose(-1, -2).contiguous())
        self.prompt_values.append(v.contiguous())
        future = torch.full((self.prompt, self.prompt), _NEVER, device=q.device).triu(1)
        weights = torch.softmax(q @ self.prompt_keys[-1] * self.head_dim**-0.5 + future + self.prompt_mask, dim=-1)
        return (weights @ v).transpose(2, 3).reshape(self.stack, -1, self.heads, self.head_dim)

    def attend_token(self, layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """The newest token of each response attends to its prompt, to all tokens since, and to itself."""
        now = self.used + 1
        self.keys[layer][self.used], self.values[layer][self.used] = k, v
        q = q * self.head_dim**-0.5
        grouped = q.view(self.stack, self.groups, self.samples, self.heads, self.head_dim).transpose(2, 3)
        to_prompt = grouped @ self.prompt_keys[layer] + self.prompt_mask  # [S, G, heads, N, P]
        to_prompt = to_prompt.permute(4, 0, 1, 3, 2).reshape(-1, *q.shape[:-1])
        to_own = (self.keys[layer][:now] * q).sum(-1)
        weights = torch.softmax(torch.cat([to_prompt, to_own]), dim=0)  # [P + now, S, M, heads]
        of_prompt = weights[: self.prompt].view(-1, self.stack, self.groups, self.samples, self.heads)
        mixed = of_prompt.permute(1, 2, 4, 3, 0) @ self.prompt_values[layer]
        own = (weights[self.prompt :].unsqueeze(-1) * self.values[layer][:now]).sum(0)
        return mixed.transpose(2, 3).reshape(q.shape) + own

    def keep(self, rows: Tensor, samples: int) -> None:
        """Go on with the responses [S, G * samples] only, as many of each group."""
        stack = torch.arange(self.stack, device=rows.device).unsqueeze(1)

        def kept(cache: Tensor) -> Tensor:
            smaller = cache.new_empty(cache.shape[0], *rows.shape, *cache.shape[3:])
            smaller[: self.used] = cache[: self.used, stack, rows]
            return smaller

        self.samples = samples
        self.keys, self.values = [kept(x) for x in self.keys], [kept(x) for x in self.values]


@torch.no_grad()
def generate(
    arch: Architecture,
    p: Parameters,
    prompts: Tensor,
    noise: Tensor,
    *,
    end: int,
    pad: int,
    temperature: float = 1.0,
    top_p: float = 1.0,
) -> Generation:
    """Sample responses by inverse transform, so that one uniform number decides one token.

    Args:
        prompts: int64 [S, G, P], left-padded with `pad`.
        noise: float32 [S, G, N, T] in [0, 1); its shape sets the number of samples and the longest response.
        temperature: 0 is greedy.
        top_p: the smallest set of most likely tokens whose probability reaches it is kept.
    """
    s, g, p_len = prompts.shape
    n, t_max = noise.shape[2:]
    device = prompts.device
    cache = _Cache(arch, prompts, pad, n, t_max)
    prompt_lengths = (prompts != pad).sum(-1)
    positions = (torch.arange(p_len, device=device) - (p_len - prompt_lengths).unsqueeze(-1)).clamp(min=0)
    hidden = decode_layers(arch, p, prompts.flatten(1), positions.flatten(1), cache.attend_prompt)
    logits = to_logits(p, hidden.view(s, g, p_len, -1)[:, :, -1]).repeat_interleave(n, dim=1)

    rows = (s, g * n)
    noise = noise.reshape(*rows, t_max)
    tokens = torch.full((*rows, t_max), pad, device=device)
    logprobs, entropy = torch.zeros((*rows, t_max), device=device), torch.zeros((*rows, t_max), device=device)
    lengths, finished = torch.zeros(rows, dtype=torch.long, device=device), torch.zeros(rows, dtype=bool, device=device)
    positions = prompt_lengths.repeat_interleave(n, dim=1)
    active = torch.arange(g * n, device=device).expand(rows)  # which response each row of the cache belongs to

    for t in range(t_max):
        logp = torch.log_softmax(logits, dim=-1)
        probs = logp.exp()
        chosen = _choose(logits, probs, noise[..., t].gather(1, active), temperature, top_p)
        alive = ~finished.gather(1, active)
        tokens[..., t].scatter_(1, active, torch.where(alive, chosen, pad))
        logprobs[..., t].scatter_(1, active, logp.gather(2, chosen.unsqueeze(-1)).squeeze(-1) * alive)
        entropy[..., t].scatter_(1, active, -(probs * logp).sum(-1) * alive)
        lengths.scatter_add_(1, active, alive.long())
        alive &= chosen != end
        finished.scatter_(1, active, ~alive)
        by_group = alive.view(s, g, cache.samples).long()
        most = int(by_group.sum(-1).max())
        if most == 0 or t + 1 == t_max:
            break
        if most < _DROP_BELOW * cache.samples:
            first = by_group.sort(dim=2, descending=True, stable=True).indices[..., :most]
            keep = (first + torch.arange(g, device=device).unsqueeze(1) * cache.samples).flatten(1)
            active, chosen, positions = (x.gather(1, keep) for x in (active, chosen, positions))
            cache.keep(keep, most)
        logits = to_logits(p, decode_layers(arch, p, chosen, positions, cache.attend_token))
        cache.used += 1
        positions = positions + 1

    return Generation(
        tokens=tokens.view(s, g, n, t_max),
        lengths=lengths.view(s, g, n),
        logprobs=logprobs.view(s, g, n, t_max),
        entropy=entropy.view(s, g, n, t_max),
        finished=finished.view(s, g, n),
    )


def _choose(logits: Tensor, probs: Tensor, noise: Tensor, temperature: float, top_p: float) -> Tensor:
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
