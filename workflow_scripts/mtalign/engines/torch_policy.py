"""Policies on disk and in memory: Hugging Face folders in, a stack that samples, Hugging Face folders out.

Must not know tasks or rewards.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from mtalign.engines.torch_model import Architecture, load_weights, response_logits, save_weights, unflatten
from mtalign.engines.torch_sampler import Generation, generate
from mtalign.errors import InputError

_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "generation_config.json")
FILES = ("config.json", "model.safetensors", *_TOKENIZER_FILES)  # what a policy's folder holds
_ROWS_AT_ONCE = 768  # responses in the cache: more no longer fit the processor's own cache


@dataclass
class Stack:
    """Policies of one architecture, evaluated together. weights: float32 [S, P]."""

    arch: Architecture
    weights: Tensor
    tokenizer: Tokenizer
    end: int
    pad: int
    tokenizer_config: dict

    @classmethod
    def load(cls, folders: list[Path]) -> "Stack":
        """Read Hugging Face folders.

        Raises:
            FileNotFoundError: a file of the folder is missing.
            ValueError: an architecture that this engine does not compute, or folders that differ in it.
        """
        loaded = [load_weights(folder) for folder in folders]
        archs = {arch for arch, _ in loaded}
        if len(archs) != 1:
            raise ValueError(f"policies of different architectures cannot be stacked: {', '.join(map(str, folders))}")
        ids = json.loads((folders[0] / "generation_config.json").read_text())
        return cls(
            arch=archs.pop(),
            weights=torch.stack([weights for _, weights in loaded]),
            tokenizer=Tokenizer.from_file(str(folders[0] / "tokenizer.json")),
            end=ids["eos_token_id"],
            pad=ids["pad_token_id"],
            tokenizer_config=json.loads((folders[0] / "tokenizer_config.json").read_text()),
        )

    def encode(self, texts: list[str]) -> list[list[int]]:
        """Token ids of each text, without special tokens."""
        return [encoding.ids for encoding in self.tokenizer.encode_batch(texts, add_special_tokens=False)]

    def encode_prompts(self, prompts: list[str], chat_template: bool) -> list[list[int]]:
        """Token ids of what the model is shown: each prompt, or a chat in which it is the user's message.

        Raises:
            InputError: a chat template is asked for, and the tokenizer has none.
        """
        if not chat_template:
            return self.encode(prompts)
        source = self.tokenizer_config.get("chat_template")
        if not isinstance(source, str):
            raise InputError("the model's tokenizer_config.json has no chat template: set its `chat_template: false`")
        from jinja2.sandbox import ImmutableSandboxedEnvironment  # here, since most models go without

        # As transformers renders it: a template is code from elsewhere, so it runs in a sandbox.
        options = {"trim_blocks": True, "lstrip_blocks": True, "extensions": ["jinja2.ext.loopcontrols"]}
        template = ImmutableSandboxedEnvironment(**options).from_string(source)
        special = {name: _content(value) for name, value in self.tokenizer_config.items() if name.endswith("_token")}
        chats = ([{"role": "user", "content": prompt}] for prompt in prompts)
        return self.encode([template.render(messages=m, add_generation_prompt=True, **special) for m in chats])

    def decode(self, rows: list[list[int]]) -> list[str]:
        """Text of each row of token ids; padding and end token vanish, tags stay."""
        return self.tokenizer.decode_batch(rows, skip_special_tokens=True)

    def padded(self, prompts: list[list[list[int]]]) -> Tensor:
        """[S][G] prompts of token ids as one left-padded int64 [S, G, P]."""
        longest = max(len(ids) for row in prompts for ids in row)
        return torch.tensor([[[self.pad] * (longest - len(ids)) + ids for ids in row] for row in prompts])

    def sample(
        self, prompts: list[list[list[int]]], noise: np.ndarray, temperature: float = 1.0, top_p: float = 1.0
    ) -> Generation:
        """Responses to [S][G] prompts, one row of prompts a policy; noise: float32 [S, G, N, T] (see `generate`)."""
        ids, noise = self.padded(prompts), torch.from_numpy(noise)
        parameters = unflatten(self.arch, self.weights)
        groups = max(1, _ROWS_AT_ONCE // (noise.shape[0] * noise.shape[2]))
        pieces = [
            generate(
                self.arch,
                parameters,
                some_ids,
                some_noise,
                end=self.end,
                pad=self.pad,
                temperature=temperature,
                top_p=top_p,
            )
            for some_ids, some_noise in zip(ids.split(groups, dim=1), noise.split(groups, dim=1))
        ]
        return Generation(**{name: torch.cat([getattr(x, name) for x in pieces], dim=1) for name in vars(pieces[0])})

    def token_logprobs(self, prompts: Tensor, tokens: Tensor) -> Tensor:
        """Log-probability of each response token, [S, G, N, T]; at padding, of the padding token: mask it.

        prompts: int64 [S, G, P], left-padded; tokens: int64 [S, G, N, T], right-padded.
        """
        logits = response_logits(self.arch, unflatten(self.arch, self.weights), prompts, tokens, self.pad)
        return logits.log_softmax(-1).gather(-1, tokens.unsqueeze(-1)).squeeze(-1)

    @torch.no_grad()
    def response_logprobs(self, prompts: list[list[int]], responses: list[list[int]]) -> list[list[float]]:
        """Log-probability (nats) of one given response to each of the prompts, end token included, [S][prompts]."""
        totals: list[list[float]] = [[] for _ in self.weights]
        for start in range(0, len(prompts), _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            ends = [[*ids, self.end] for ids in responses[part]]
            longest = max(map(len, ends))
            tokens = torch.tensor([[[*ids, *[self.pad] * (longest - len(ids))] for ids in ends]] * len(self.weights))
            mask = torch.arange(longest) < torch.tensor([len(ids) for ids in ends]).unsqueeze(-1)
            of_tokens = self.token_logprobs(self.padded([prompts[part]] * len(self.weights)), tokens.unsqueeze(2))
            for row, sums in zip(totals, (of_tokens[:, :, 0].double() * mask).sum(-1).tolist()):
                row += sums
        return totals


def _content(token: str | dict | None) -> str | None:
    """The text of a special token, which some tokenizers describe by more than that."""
    return token["content"] if isinstance(token, dict) else token


def export(folder: Path, source: Path, arch: Architecture, weights: Tensor) -> None:
    """Write weights [P] as a Hugging Face folder, with the tokenizer of `source`."""
    save_weights(folder, arch, weights)
    for name in _TOKENIZER_FILES:
        shutil.copyfile(source / name, folder / name)
