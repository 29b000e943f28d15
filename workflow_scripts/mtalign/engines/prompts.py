"""A prompt as token ids, by a Hugging Face tokenizer; one way for vLLM's sampler and verl's. Must not know tasks."""

from typing import Any

from mtalign.errors import InputError


def encode(tokenizer: Any, prompt: str, chat: bool) -> list[int]:
    """Token ids of a prompt: as one user message in the model's chat template, or the bare text.

    Either way with what the tokenizer puts at the beginning of a text, such as Llama's <|begin_of_text|>.

    Raises:
        InputError: a chat template is asked for, and the tokenizer has none.
    """
    if not chat:
        return tokenizer.encode(prompt)
    if tokenizer.chat_template is None:
        raise InputError("the model's tokenizer has no chat template: set its `chat_template: false`")
    message = {"role": "user", "content": prompt}
    return tokenizer.apply_chat_template([message], add_generation_prompt=True, tokenize=True, return_dict=False)


def encode_rest(tokenizer: Any, text: str) -> list[int]:
    """Token ids of a text that goes on from a prompt."""
    return tokenizer.encode(text, add_special_tokens=False)
