"""The lab's tokenizer: one token a character (byte-level, no merges) and one a tag. Must not know any task."""

import json
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from mtalign.verification.responses import ANSWER_CLOSE, ANSWER_OPEN, THINK_CLOSE, THINK_OPEN

CHARACTERS = "\n 0123456789abcdefghijklmnopqrstuvwxyz+-*/=:;,.@?()"
PAD, END = "<|pad|>", "<|im_end|>"
MAX_LENGTH = 128
_BYTE_LEVEL = {"\n": "Ċ", " ": "Ġ"}  # how a byte-level vocabulary writes these two


def build() -> Tokenizer:
    """The tokenizer; the padding token has id 0, the end token id 1."""
    tags = [THINK_OPEN, THINK_CLOSE, ANSWER_OPEN, ANSWER_CLOSE]
    names = [PAD, END, *(_BYTE_LEVEL.get(c, c) for c in CHARACTERS), *tags]
    tokenizer = Tokenizer(models.BPE(vocab={name: i for i, name in enumerate(names)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([PAD, END])
    tokenizer.add_tokens([AddedToken(tag, normalized=False) for tag in tags])  # tags are text: decoding keeps them
    return tokenizer


def save(folder: Path) -> None:
    """Write tokenizer.json, tokenizer_config.json and generation_config.json for transformers, vLLM and verl."""
    tokenizer = build()
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": END,
        "pad_token": PAD,
        "unk_token": PAD,  # named, or transformers' Qwen2 tokenizer adds one of its own
        "model_max_length": MAX_LENGTH,
    }
    ids = {"eos_token_id": tokenizer.token_to_id(END), "pad_token_id": tokenizer.token_to_id(PAD)}
    for name, content in (("tokenizer_config.json", config), ("generation_config.json", ids)):
        (folder / name).write_text(json.dumps(content, indent=2) + "\n")
