"""Policies on disk and in memory: Hugging Face folders in, a stack that samples, Hugging Face folders out.

Must not know tasks or rewards.
"""

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from mtalign.engines.policy import Policy
from mtalign.engines.stacked.cache import CachedPolicyStack
from mtalign.engines.stacked.decoder import Architecture, load_weights, response_logits, save_weights, unflatten
from mtalign.errors import InputError

_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "generation_config.json")
_FILES = ("config.json", "model.safetensors", *_TOKENIZER_FILES)  # what a policy's folder holds


def check(folder: Path) -> None:
    """Whether a stack can be made of a Hugging Face folder.

    Raises:
        ValueError: why not.
    """
    if missing := [name for name in _FILES if not (folder / name).exists()]:
        raise ValueError(f"the stacked policy wants {', '.join(missing)}")
    Architecture.from_hf_config(json.loads((folder / "config.json").read_text()))
    ids = json.loads((folder / "generation_config.json").read_text())
    if not all(isinstance(ids.get(name), int) for name in ("eos_token_id", "pad_token_id")):
        raise ValueError("the stacked policy wants one eos_token_id and one pad_token_id in generation_config.json")


def load(folders: list[Path], precision: str, machine: dict) -> "list[PolicyStack]":
    """All in one stack; it takes float32 and one core, whatever there is."""
    return [PolicyStack.load(folders)]


@dataclass
class PolicyStack(Policy):
    """Policies of one architecture, evaluated together, in float32 on a CPU. weights: float32 [S, P]."""

    arch: Architecture
    weights: Tensor
    tokenizer: Tokenizer
    end: int
    pad: int
    tokenizer_config: dict

    @classmethod
    def load(cls, folders: list[Path]) -> "PolicyStack":
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

    @property
    def count(self) -> int:
        return len(self.weights)

    @property
    def ends(self) -> list[int]:
        return [self.end]

    def encode(self, texts: list[str]) -> list[list[int]]:
        return [encoding.ids for encoding in self.tokenizer.encode_batch(texts, add_special_tokens=False)]

    def encode_prompts(self, prompts: list[str], chat_template: bool) -> list[list[int]]:
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
        return self.tokenizer.decode_batch(rows, skip_special_tokens=True)

    def token_logprobs(self, prompts: Tensor, tokens: Tensor) -> Tensor:
        logits = response_logits(self.arch, unflatten(self.arch, self.weights), prompts, tokens, self.pad)
        return logits.log_softmax(-1).gather(-1, tokens.unsqueeze(-1)).squeeze(-1)

    def decoder(self, prompts: Tensor, samples: int, longest: int) -> CachedPolicyStack:
        return CachedPolicyStack(self.arch, unflatten(self.arch, self.weights), prompts, self.pad, samples, longest)

    def trainable(self) -> "TrainedStack":
        return TrainedStack(self)


class TrainedStack:
    """Copies of a stack's policies, one a run, each with a weight vector [P] of its own."""

    def __init__(self, base: PolicyStack):
        self.base = base
        self.parameters = [[weights.clone().requires_grad_()] for weights in base.weights]

    def policy(self, runs: Iterable[int]) -> PolicyStack:
        """The policies of these runs, as they are now; gradients reach their parameters."""
        return replace(self.base, weights=torch.stack([self.parameters[run][0] for run in runs]))

    def export(self, run: int, folder: Path, source: Path) -> None:
        """Write a run's policy as a Hugging Face folder, with the tokenizer of the base model `source`."""
        save_weights(folder, self.base.arch, self.parameters[run][0])
        for name in _TOKENIZER_FILES:
            shutil.copyfile(source / name, folder / name)


def _content(token: str | dict | None) -> str | None:
    """The text of a special token, which some tokenizers describe by more than that."""
    return token["content"] if isinstance(token, dict) else token
