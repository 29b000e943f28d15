"""The embedded engine against transformers, against torch's own optimizer, and against itself taken apart."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from mtalign.engines.dapo.adamw import AdamW
from mtalign.engines.generation import choose
from mtalign.engines.stacked.decoder import Architecture, load_weights, response_logits, save_weights, unflatten
from mtalign.engines.stacked.policy import PolicyStack
from mtalign.errors import InputError
from mtalign.lab import tokenizer
from mtalign.lab.learner import initial_parameters
from mtalign.randomness import uniforms
from transformers import AutoModelForCausalLM, AutoTokenizer

PROMPTS = ["347+85?", "+=-:785+213?", "3:nine?"]  # of different lengths, so that padding matters


def make_model(folder: Path, architecture: str, seed: int) -> Path:
    """A random model, its weights large enough for peaked distributions."""
    arch = Architecture(architecture, tokenizer.build().get_vocab_size(), 32, 2, 4, 48, tokenizer.MAX_LENGTH)
    parameters = initial_parameters(arch, (seed,))
    rng = torch.Generator().manual_seed(seed + 100)
    parameters = {name: p + 0.3 * torch.randn(p.shape, generator=rng) for name, p in parameters.items()}
    save_weights(folder, arch, torch.cat([parameters[name].flatten() for name in arch.shapes()]))
    tokenizer.save(folder)
    return folder


@pytest.fixture(scope="module", params=["qwen2", "llama"])
def folders(request, tmp_path_factory) -> list[Path]:
    return [make_model(tmp_path_factory.mktemp("model"), request.param, seed) for seed in (0, 1)]


def noise_for(stack_size: int, samples: int, tokens: int) -> np.ndarray:
    return np.stack([uniforms([("t", s, i) for i in range(len(PROMPTS))], samples, tokens) for s in range(stack_size)])


def test_weights_survive_the_folder(folders, tmp_path):
    arch, weights = load_weights(folders[0])
    save_weights(tmp_path / "again", arch, weights)
    again = load_weights(tmp_path / "again")
    assert again[0] == arch and torch.equal(again[1], weights)


def test_a_chat_template_is_applied_as_transformers_does(folders, tmp_path):
    path = shutil.copytree(folders[0], tmp_path / "model") / "tokenizer_config.json"
    config = json.loads(path.read_text())
    template = """{% for message in messages %}
        {%- if message['role'] == 'user' %}{{ bos_token }}+{{ message['content'] | trim }}?{% endif %}
    {% endfor %}
    {% if add_generation_prompt %}<think>{% endif %}"""
    flags = dict.fromkeys(("lstrip", "normalized", "rstrip", "single_word"), False)
    bos = {"__type": "AddedToken", "content": config["pad_token"]} | flags  # how some tokenizers write it
    path.write_text(json.dumps(config | {"chat_template": template, "bos_token": bos}))
    stack, theirs = PolicyStack.load([tmp_path / "model"]), AutoTokenizer.from_pretrained(tmp_path / "model")
    chats = [[{"role": "user", "content": prompt}] for prompt in PROMPTS]
    shown = theirs.apply_chat_template(chats, add_generation_prompt=True, tokenize=False)
    assert shown[0].count("<think>") == 1
    assert stack.encode_prompts(PROMPTS, chat_template=True) == stack.encode(shown)
    assert stack.encode_prompts(PROMPTS, chat_template=False) == stack.encode(PROMPTS)


def test_a_missing_chat_template_is_named(folders):
    with pytest.raises(InputError, match="has no chat template: set its `chat_template: false`"):
        PolicyStack.load(folders[:1]).encode_prompts(PROMPTS, chat_template=True)


def test_transformers_loads_the_folder_and_agrees(folders):
    """Logits equal transformers' own, for prompts of different lengths in one padded batch."""
    model = AutoModelForCausalLM.from_pretrained(folders[0])
    stack = PolicyStack.load(folders[:1])
    ids = stack.encode(PROMPTS)
    responses = torch.randint(2, stack.arch.vocab_size, (1, len(ids), 2, 5), generator=torch.Generator().manual_seed(0))
    ours = response_logits(stack.arch, unflatten(stack.arch, stack.weights), stack.padded([ids]), responses, stack.pad)
    for group, prompt in enumerate(ids):
        for sample in range(2):
            whole = torch.tensor([prompt + responses[0, group, sample].tolist()])
            with torch.no_grad():
                theirs = model(whole).logits[0, len(prompt) - 1 : -1]
            torch.testing.assert_close(ours[0, group, sample], theirs, atol=2e-5, rtol=1e-5)


def test_transformers_tokenizer_agrees(folders):
    theirs, ours = AutoTokenizer.from_pretrained(folders[0]), PolicyStack.load(folders[:1])
    text = "347+85?<think>12,13,04</think>\n<answer>432</answer>"
    assert theirs(text)["input_ids"] == ours.encode([text])[0]
    assert len(theirs) == ours.arch.vocab_size
    ids = ours.encode([text])[0]
    assert ours.decode([[*ids, ours.end, ours.pad]]) == [text] == [theirs.decode(ids)]
    assert (theirs.eos_token_id, theirs.pad_token_id) == (ours.end, ours.pad)


def test_sampled_logprobs_are_the_trainers(folders):
    """What the cached, row-dropping sampler says of its tokens is what one pass over the whole response says."""
    stack = PolicyStack.load(folders)
    ids = stack.encode(PROMPTS)
    generation = stack.sample([ids] * 2, noise_for(2, samples=6, tokens=20))
    logits = response_logits(
        stack.arch, unflatten(stack.arch, stack.weights), stack.padded([ids] * 2), generation.tokens, stack.pad
    )
    logp = logits.log_softmax(-1)
    mask = torch.arange(20) < generation.lengths.unsqueeze(-1)
    expected = logp.gather(-1, generation.tokens.unsqueeze(-1)).squeeze(-1) * mask
    torch.testing.assert_close(generation.logprobs, expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(generation.entropy, -(logp.exp() * logp).sum(-1) * mask, atol=1e-4, rtol=1e-4)
    assert generation.lengths.float().std() > 0, "all responses equally long: nothing was dropped"
    ended = (generation.tokens == stack.end).any(-1)
    assert torch.equal(generation.finished, ended)


def test_stacking_changes_no_token(folders):
    ids, noise = None, noise_for(2, samples=4, tokens=16)
    together = PolicyStack.load(folders)
    ids = together.encode(PROMPTS)
    both = together.sample([ids] * 2, noise)
    for i, folder in enumerate(folders):
        alone = PolicyStack.load([folder]).sample([ids], noise[i : i + 1])
        assert torch.equal(alone.tokens[0], both.tokens[i])


def test_more_samples_keep_the_first(folders):
    stack = PolicyStack.load(folders[:1])
    ids = stack.encode(PROMPTS)
    few, many = (stack.sample([ids], noise_for(1, samples=n, tokens=12)).tokens for n in (2, 5))
    assert torch.equal(few, many[:, :, :2])


def test_greedy_follows_transformers(folders):
    model = AutoModelForCausalLM.from_pretrained(folders[0])
    stack = PolicyStack.load(folders[:1])
    ids = stack.encode(PROMPTS)
    ours = stack.sample([ids], noise_for(1, samples=1, tokens=10), temperature=0).tokens[0, :, 0]
    for prompt, row in zip(ids, ours, strict=True):
        theirs = model.generate(torch.tensor([prompt]), do_sample=False, max_new_tokens=10)[0, len(prompt) :].tolist()
        assert [t for t in row.tolist() if t != stack.pad] == [t for t in theirs if t != stack.pad]


def test_choose_draws_the_right_frequencies():
    logits = torch.tensor([2.0, 1.0, 0.0, -1.0, -8.0]).log_softmax(-1)
    noise = torch.linspace(0, 1, 20_001)[:-1].view(1, -1)
    rows = logits.expand(1, noise.shape[1], 5)
    chosen = choose(rows, rows.exp(), noise, 1.0, 1.0)
    frequency = torch.bincount(chosen.flatten(), minlength=5) / noise.numel()
    torch.testing.assert_close(frequency, logits.exp(), atol=2e-4, rtol=0)


@pytest.mark.parametrize(("top_p", "kept"), [(0.5, [1]), (0.6, [1, 3]), (0.99, [0, 1, 2, 3])])
def test_top_p_keeps_the_smallest_set_that_reaches_it(top_p, kept):
    probs = torch.tensor([0.1, 0.5, 0.05, 0.35])
    noise = torch.linspace(0, 1, 5001)[:-1].view(1, -1)
    rows = probs.log().expand(1, noise.shape[1], 4)
    chosen = choose(rows, rows.exp(), noise, 1.0, top_p)
    assert chosen.unique().tolist() == kept
    share = probs[kept] / probs[kept].sum()
    frequency = torch.bincount(chosen.flatten(), minlength=4)[kept] / noise.numel()
    torch.testing.assert_close(frequency, share, atol=1e-3, rtol=0)


def test_top_p_never_picks_an_impossible_token_at_the_edge():
    probs = torch.tensor([0.7, 0.3, 0.0, 0.0])
    almost_one = torch.tensor([[1 - 2**-24]])
    assert choose(probs.log().view(1, 1, 4), probs.view(1, 1, 4), almost_one, 1.0, 0.9).item() == 1


def test_adamw_is_torchs():
    rng = torch.Generator().manual_seed(0)
    ours, theirs = (torch.randn(50, generator=rng.manual_seed(1)).requires_grad_() for _ in range(2))
    optimizer, reference = AdamW([ours], weight_decay=0.1), torch.optim.AdamW([theirs], weight_decay=0.1)
    for step in range(20):
        gradient = torch.randn(50, generator=rng)
        ours.grad, theirs.grad = gradient.clone(), gradient.clone()
        reference.param_groups[0]["lr"] = rate = 1e-2 * (step + 1) / 20
        optimizer.step(rate)
        reference.step()
        torch.testing.assert_close(ours, theirs, atol=1e-7, rtol=1e-6)


def test_mixed_architectures_cannot_be_stacked(tmp_path):
    folders = [make_model(tmp_path / name, name, 0) for name in ("qwen2", "llama")]
    with pytest.raises(ValueError, match="different architectures"):
        PolicyStack.load(folders)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_type": "mamba"}, "mamba"),
        ({"num_key_value_heads": 1}, "grouped"),
        ({"tie_word_embeddings": False}, "tied"),
        ({"head_dim": 16}, "head_dim"),
        ({"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e6}}, "rope_type"),
    ],
)
def test_models_that_the_engine_cannot_compute_are_refused(change, message):
    config = Architecture("qwen2", 10, 8, 1, 2, 8, 16).hf_config() | change
    with pytest.raises(ValueError, match=message):
        Architecture.from_hf_config(config)


def test_a_given_response_is_as_likely_as_when_it_was_sampled(folders):
    """Log-probabilities of whole responses, by the pass over given tokens and by the sampler's cache."""
    stack = PolicyStack.load(folders)
    ids = stack.encode(PROMPTS)
    generation = stack.sample([ids] * 2, noise_for(2, 16, 60))
    found = 0
    for policy, group, sample in generation.finished.nonzero().tolist():
        length = int(generation.lengths[policy, group, sample])
        text = generation.tokens[policy, group, sample, : length - 1].tolist()  # its end token is understood
        given = stack.response_logprobs([ids[group], ids[0]], [text, [5, 6]])[policy][0]
        sampled = generation.logprobs[policy, group, sample].double().sum().item()
        assert given == pytest.approx(sampled, abs=1e-3)
        found += 1
    assert found > 3
