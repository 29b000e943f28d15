"""Any causal model of the Hugging Face hub as a policy, on one GPU or a CPU: the stack of one.

Same keys, same uniform numbers, same loop as the stacked policy, so that either checks the other. Must not know tasks
or rewards.
"""

import copy
import shutil
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.utils.checkpoint import checkpoint
from transformers import (
    MODEL_FOR_CAUSAL_LM_MAPPING,
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    DynamicCache,
    GenerationConfig,
    PreTrainedModel,
)
from transformers.utils import logging

from mtalign.engines.generation import Generation
from mtalign.engines.policy import Policy
from mtalign.engines.prompts import encode, encode_rest
from mtalign.errors import InputError

logging.disable_progress_bar()  # of the loading of weights
_LOGITS_AT_ONCE = 2**27  # numbers, 512 MB: a whole batch of [sequences, tokens, vocabulary] would be many times that
_CACHE = 2**32  # bytes of keys and values while sampling
_TOKENIZER_FILES = ("tokenizer*", "special_tokens_map.json", "added_tokens.json", "vocab.*", "merges.txt", "*.jinja")


def load(folders: list[Path], precision: str, machine: dict) -> "list[TransformersPolicy]":
    """One each; machine: what a job gets (`Study.machine`)."""
    return [TransformersPolicy(folder, precision, **machine) for folder in folders]


def check(folder: Path) -> None:
    """Whether transformers has code for a Hugging Face folder's model.

    Raises:
        ValueError: why not.
    """
    config = AutoConfig.from_pretrained(folder)
    if type(config) not in MODEL_FOR_CAUSAL_LM_MAPPING:
        raise ValueError(f"transformers has no causal model {config.model_type!r}")


class TransformersPolicy(Policy):
    """One policy; what is as long as the stack has length 1. The model is loaded when it is first needed."""

    count = 1

    def __init__(
        self,
        folder: Path,
        precision: str = "float32",
        device: str = "auto",
        micro_batch: int | None = None,
        gradient_checkpointing: bool = False,
    ):
        """
        Args:
            precision: "float32" or "bfloat16". Of a copy that is trained, the weights and the optimizer are float32 in
                any case, and "bfloat16" is what passes compute in.
            device: "cpu", "cuda", or "auto": a GPU where there is one.
            micro_batch: responses in a pass; None: all.
            gradient_checkpointing: compute layers twice, and keep less for the gradient.
        """
        self.folder, self.precision, self.micro_batch = folder, getattr(torch, precision), micro_batch
        self.checkpointing = gradient_checkpointing
        self.device = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device)
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        has_defaults = (folder / "generation_config.json").exists()
        defaults = GenerationConfig.from_pretrained(folder) if has_defaults else GenerationConfig()
        asked = defaults.eos_token_id if defaults.eos_token_id is not None else self.tokenizer.eos_token_id
        self.ends = list(asked) if isinstance(asked, list) else [asked]
        self.end = self.ends[0] if self.tokenizer.eos_token_id is None else self.tokenizer.eos_token_id
        pads = (defaults.pad_token_id, self.tokenizer.pad_token_id, self.end)
        self.pad = next(pad for pad in pads if pad is not None)

    @cached_property
    def model(self) -> PreTrainedModel:
        """The model, without dropout.

        Raises:
            InputError: it makes its logits otherwise than by its head.
        """
        config = AutoConfig.from_pretrained(self.folder)
        for name, value in vars(config).items():
            if ("dropout" in name or name.endswith("_pdrop")) and isinstance(value, float):
                setattr(config, name, 0.0)
        model = AutoModelForCausalLM.from_pretrained(self.folder, config=config, dtype=self.precision)
        model = model.to(self.device).eval().requires_grad_(False)
        ids = torch.tensor([[self.end]], device=self.device)
        by_head = model.get_output_embeddings()(model.base_model(ids).last_hidden_state)
        if not torch.allclose(model(ids).logits.float(), by_head.float(), atol=1e-3):
            said = f"{self.folder}: a {config.model_type} model does more to its logits than its head"
            raise InputError(f"{said}; set `trainer: verl` and `sampler: vllm`")
        return model

    def encode(self, texts: list[str]) -> list[list[int]]:
        return [encode_rest(self.tokenizer, text) for text in texts]

    def encode_prompts(self, prompts: list[str], chat_template: bool) -> list[list[int]]:
        return [encode(self.tokenizer, prompt, chat_template) for prompt in prompts]

    def decode(self, rows: list[list[int]]) -> list[str]:
        return self.tokenizer.batch_decode(rows, skip_special_tokens=True)

    def rows_at_once(self, tokens: int) -> int:
        config = self.model.config
        heads = getattr(config, "num_key_value_heads", config.num_attention_heads)
        channels = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        row = 2 * config.num_hidden_layers * heads * channels * self.precision.itemsize * tokens
        return max(1, min(super().rows_at_once(tokens), _CACHE // row, _LOGITS_AT_ONCE // config.vocab_size))

    def sample(self, *arguments: Any, **options: Any) -> Generation:
        with self._computing():  # around all of it, so that weights are cast once
            return super().sample(*arguments, **options)

    def decoder(self, prompts: Tensor, samples: int, longest: int) -> "_Decoder":
        return _Decoder(self, prompts[0], samples)

    def trainable(self) -> "TrainedModel":
        return TrainedModel(self)

    def token_logprobs(self, prompts: Tensor, tokens: Tensor) -> Tensor:
        _, groups, samples, longest = tokens.shape
        prompts, tokens = prompts[0].repeat_interleave(samples, dim=0), tokens[0].flatten(0, 1)
        size = min(self.micro_batch or len(tokens), self.rows_at_once(prompts.shape[1] + longest))
        parts = [self._logprobs(*part) for part in zip(prompts.split(size), tokens.split(size))]
        return torch.cat(parts).view(1, groups, samples, longest)

    def _logprobs(self, prompts: Tensor, tokens: Tensor) -> Tensor:
        """[rows, T], on the CPU, of rows that each have a prompt of their own."""
        rows, longest = tokens.shape
        # Without the columns in which all is padding; where that is an end token too, one of it may count.
        prompts = prompts[:, int((prompts == self.pad).all(0).long().cumprod(0).sum()) :]
        used = min(longest, 1 + longest - int((tokens == self.pad).all(0).flip(0).long().cumprod(0).sum()))
        prompts, tokens = prompts.to(self.device), tokens[:, :used].to(self.device)
        ids = torch.cat([prompts, tokens[:, :-1]], dim=1)
        mask = _written(prompts, self.pad)
        mask = torch.cat([mask, mask.new_ones(rows, used - 1)], dim=1)
        with self._computing():
            hidden = self.hidden(ids, mask)[:, prompts.shape[1] - 1 :].flatten(0, 1)
            size = max(1, _LOGITS_AT_ONCE // self.model.config.vocab_size)
            pieces = zip(hidden.split(size), tokens.flatten().split(size))
            logprobs = torch.cat([self._of_hidden(*piece) for piece in pieces]).view(rows, used).cpu()
        return torch.nn.functional.pad(logprobs, (0, longest - used))

    def _of_hidden(self, hidden: Tensor, tokens: Tensor) -> Tensor:
        """Log-probabilities [M] of the tokens [M] after hidden states [M, d]; logits are not kept for the gradient."""

        def of(some: Tensor) -> Tensor:
            return -cross_entropy(self.logits(some), tokens, reduction="none")

        return checkpoint(of, hidden, use_reentrant=False) if torch.is_grad_enabled() else of(hidden)

    def hidden(self, ids: Tensor, mask: Tensor, cache: DynamicCache | None = None) -> Tensor:
        """The last hidden states [rows, tokens, d] of the newest tokens; mask: of these and of all before them."""
        self.model.train(self.checkpointing and torch.is_grad_enabled())  # transformers checkpoints in training only
        positions = (mask.cumsum(-1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        options = {"past_key_values": cache, "use_cache": cache is not None}
        return self.model.base_model(ids, attention_mask=mask, position_ids=positions, **options).last_hidden_state

    def logits(self, hidden: Tensor) -> Tensor:
        """float32 [..., vocab]."""
        return self.model.get_output_embeddings()(hidden).float()

    def _computing(self) -> torch.autocast:
        """Passes of float32 weights in this policy's precision."""
        mixed = self.precision != next(self.model.parameters()).dtype
        return torch.autocast(self.device.type, dtype=self.precision, enabled=mixed)


class TrainedModel:
    """A copy of a policy with weights of its own."""

    def __init__(self, base: TransformersPolicy):
        self.changing = copy.copy(base)
        self.changing.model = copy.deepcopy(base.model).float().requires_grad_()
        if base.checkpointing:
            self.changing.model.gradient_checkpointing_enable({"use_reentrant": False})
        self.parameters = [list(self.changing.model.parameters())]

    def policy(self, runs: Iterable[int]) -> TransformersPolicy:
        """The policy of the one run, as it is now; gradients reach its parameters."""
        return self.changing

    def export(self, run: int, folder: Path, source: Path) -> None:
        """Write the policy as a Hugging Face folder, in float32, with the tokenizer of the base model `source`."""
        self.changing.model.save_pretrained(folder)
        for pattern in (*_TOKENIZER_FILES, "generation_config.json"):
            for file in source.glob(pattern):
                shutil.copyfile(file, folder / file.name)


class _Decoder:
    """The model in the middle of responses, with transformers' cache of keys and values."""

    def __init__(self, policy: TransformersPolicy, prompts: Tensor, samples: int):
        self.policy, self.prompts, self.samples = policy, prompts, samples
        self.cache = DynamicCache(config=policy.model.config)
        self.mask = _written(prompts, policy.pad)

    def read_prompts(self) -> Tensor:
        logits = self.policy.logits(self.policy.hidden(self.prompts, self.mask, self.cache)[:, -1])
        self.cache.batch_repeat_interleave(self.samples)
        self.mask = self.mask.repeat_interleave(self.samples, dim=0)
        return logits.unsqueeze(0)

    def next_logits(self, tokens: Tensor) -> Tensor:
        self.mask = torch.cat([self.mask, self.mask.new_ones(len(self.mask), 1)], dim=1)
        return self.policy.logits(self.policy.hidden(tokens[0].unsqueeze(1), self.mask, self.cache)[:, -1])[None]

    def keep(self, rows: Tensor, samples: int) -> None:
        self.cache.batch_select_indices(rows[0])
        self.mask = self.mask[rows[0]]


def _written(prompts: Tensor, pad: int) -> Tensor:
    """1 from each prompt's first token on, 0 in the padding before it; the same token may stand inside a prompt."""
    return ((prompts != pad).cumsum(-1) > 0).long()
