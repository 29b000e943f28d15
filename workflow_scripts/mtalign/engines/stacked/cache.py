"""The stacked decoder in the middle of responses: a key/value cache, one token a step for all rows.

Must not know how tokens are chosen.
"""

import torch
from torch import Tensor

from mtalign.engines.stacked.decoder import Architecture, Parameters, decode_layers, to_logits

_NEVER = -1e30  # an attention score that leaves no weight; finite, so that a row of padding stays defined


class CachedPolicyStack:
    """Keys and values of the tokens so far: of the prompts once a group, of the responses that still grow, N a group.

    What a group shares is read by matrix products. A response's own keys are read by one query each: there, multiplying
    and adding is quicker than a thousand tiny matrix products, and time comes first, so that a step reads one block.
    """

    def __init__(self, arch: Architecture, p: Parameters, prompts: Tensor, pad: int, samples: int, longest: int):
        """prompts: int64 [S, G, P], left-padded with `pad`."""
        self.arch, self.p, self.ids = arch, p, prompts
        self.lengths = (prompts != pad).sum(-1)
        self.positions = self.lengths.repeat_interleave(samples, dim=1)  # of each response's next token
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

    def read_prompts(self) -> Tensor:
        """Logits [S, G, vocab] of the first token after each prompt."""
        places = torch.arange(self.prompt, device=self.ids.device)
        positions = (places - (self.prompt - self.lengths).unsqueeze(-1)).clamp(min=0)
        hidden = decode_layers(self.arch, self.p, self.ids.flatten(1), positions.flatten(1), self._attend_prompt)
        return to_logits(self.p, hidden.view(*self.ids.shape, -1)[:, :, -1])

    def next_logits(self, tokens: Tensor) -> Tensor:
        """Logits [S, M, vocab] after one more token of each response, int64 [S, M]."""
        logits = to_logits(self.p, decode_layers(self.arch, self.p, tokens, self.positions, self._attend_token))
        self.used += 1
        self.positions = self.positions + 1
        return logits

    def keep(self, rows: Tensor, samples: int) -> None:
        """Go on with the responses [S, G * samples] only, as many of each group."""
        stack = torch.arange(self.stack, device=rows.device).unsqueeze(1)

        def kept(cache: Tensor) -> Tensor:
            smaller = cache.new_empty(cache.shape[0], *rows.shape, *cache.shape[3:])
            smaller[: self.used] = cache[: self.used, stack, rows]
            return smaller

        self.samples, self.positions = samples, self.positions.gather(1, rows)
        self.keys, self.values = [kept(x) for x in self.keys], [kept(x) for x in self.values]

    def _attend_prompt(self, _: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """The prompts' tokens attend to each other; their keys and values are kept."""
        q, k, v = (x.view(self.stack, self.groups, self.prompt, *x.shape[2:]).transpose(2, 3) for x in (q, k, v))
        self.prompt_keys.append(k.transpose(-1, -2).contiguous())
        self.prompt_values.append(v.contiguous())
        future = torch.full((self.prompt, self.prompt), _NEVER, device=q.device).triu(1)
        weights = torch.softmax(q @ self.prompt_keys[-1] * self.head_dim**-0.5 + future + self.prompt_mask, dim=-1)
        return (weights @ v).transpose(2, 3).reshape(self.stack, -1, self.heads, self.head_dim)

    def _attend_token(self, layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
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
