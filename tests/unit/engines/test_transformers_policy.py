"""Any Hugging Face model as a policy: equal to the stacked one where that computes a model, and at work where not."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from mtalign.engines import interface
from mtalign.engines.dapo.rollout import as_tensors
from mtalign.engines.dapo.trainer import Trainer
from mtalign.engines.stacked.policy import PolicyStack
from mtalign.engines.transformers import policy as transformers_policy
from mtalign.engines.transformers.policy import TransformersPolicy
from mtalign.errors import InputError
from mtalign.judging import VerifierPool
from mtalign.lab import tokenizer
from mtalign.rl.methods import Recipe
from mtalign.study.grid import Study
from mtalign.tasks import addition
from mtalign.vocabulary import Cell
from transformers import AutoModelForCausalLM, LlamaConfig

from tests.places import REPOSITORY
from tests.unit.engines.test_dapo_trainer import COIN, RECIPE, Prompt
from tests.unit.engines.test_stacked import PROMPTS, make_model, noise_for

ONE_STEP = dataclasses.replace(RECIPE, steps=1, learning_rate=1e-3)


@pytest.fixture(scope="module", params=["qwen2", "llama"])
def folder(request, tmp_path_factory) -> Path:
    return make_model(tmp_path_factory.mktemp("model"), request.param, 0)


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    """What the stacked policy cannot read: grouped queries, several files of weights."""
    folder = tmp_path_factory.mktemp("published")
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "max_position_embeddings": 64}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "initializer_range": 0.3}
    config = LlamaConfig(vocab_size=tokenizer.build().get_vocab_size(), **sizes, **heads, tie_word_embeddings=False)
    model = AutoModelForCausalLM.from_config(config)
    tokenizer.save(folder)
    model.generation_config.eos_token_id, model.generation_config.pad_token_id = 1, 0
    model.save_pretrained(folder, max_shard_size="20KB")
    assert len(list(folder.glob("*.safetensors"))) > 1
    return folder


def trainer(policy, checkpoint: Path, recipe=ONE_STEP) -> Trainer:
    problems = addition.load({"generate": {"problems": 7, "slice": 0}}, 0)
    ids = policy.encode_prompts([p.question + "?" for p in problems], False)
    prompts = [Prompt(p, "addition", x) for p, x in zip(problems, ids)]
    return Trainer(policy, [prompts], prompts[:2], COIN, recipe, [5], checkpoint, VerifierPool(processes=1))


def gradient(policy, tmp_path) -> tuple[torch.Tensor, float]:
    """Of one mini batch that the policy sampled and has moved on from: the gradient, flat, and the loss."""
    made = trainer(policy, tmp_path / "none.pt")
    generated, _ = made._dynamic_sampling(1)
    prompts, tokens, logprobs, mask = as_tensors([generated[0][:3]], policy)
    draws = torch.Generator().manual_seed(0)
    moved = logprobs + 0.3 * torch.randn(logprobs.shape, generator=draws)
    advantages = torch.rand(mask.shape[:3], generator=draws) - 0.1  # mostly of one sign: what cancels has no digits
    result = made._gradient(made.trained.policy([0]), prompts, tokens, moved, advantages, mask)
    return torch.cat([x.grad.flatten() for x in made.trained.parameters[0]]), result.loss.item()


@pytest.mark.parametrize("top_p", [1.0, 0.7])
def test_responses_are_the_stacked_policys(folder, top_p):
    """All 3 x 64 of them, from equal uniform numbers, with prompts of different lengths in one batch."""
    stack, policy = PolicyStack.load([folder]), TransformersPolicy(folder, device="cpu")
    ids = policy.encode_prompts(PROMPTS, chat_template=False)
    assert ids == stack.encode_prompts(PROMPTS, chat_template=False)
    assert (policy.end, policy.ends, policy.pad) == (stack.end, stack.ends, stack.pad)
    noise = noise_for(1, samples=64, tokens=20)
    ours, theirs = (p.sample([ids], noise, top_p=top_p) for p in (policy, stack))
    assert torch.equal(ours.tokens, theirs.tokens) and torch.equal(ours.finished, theirs.finished)
    assert ours.lengths.float().std() > 0, "all responses equally long: nothing was dropped"
    for name in ("logprobs", "entropy"):
        torch.testing.assert_close(getattr(ours, name), getattr(theirs, name), atol=1e-4, rtol=1e-4)
    rows = ours.tokens.flatten(0, 2).tolist()
    assert policy.decode(rows) == stack.decode(rows)


def test_the_loss_is_the_stacked_policys(folder, tmp_path):
    (ours, loss), (theirs, expected) = (
        gradient(policy, tmp_path) for policy in (TransformersPolicy(folder, device="cpu"), PolicyStack.load([folder]))
    )
    assert loss == pytest.approx(expected, rel=1e-6)
    assert ours.norm().item() == pytest.approx(theirs.norm().item(), rel=1e-4)


def test_a_run_is_the_stacked_policys(folder, tmp_path):
    """Three steps with validation: equal accuracies of equal prompts, and metrics as far as float32 goes."""
    runs = []
    for name, policy in (("a", TransformersPolicy(folder, device="cpu")), ("b", PolicyStack.load([folder]))):
        runs.append(trainer(policy, tmp_path / name, dataclasses.replace(RECIPE, learning_rate=1e-3)))
        list(runs[-1].train())
    ours, theirs = (run.state for run in runs)
    assert ours.visits == theirs.visits
    assert [row[:3] for row in ours.metrics] == [row[:3] for row in theirs.metrics]
    assert [row[3] for row in ours.metrics] == pytest.approx([row[3] for row in theirs.metrics], rel=1e-3, abs=1e-4)


def test_micro_batches_change_no_gradient(published, tmp_path, monkeypatch):
    """Nor do a second pass through the layers, and a vocabulary in pieces."""
    whole, loss = gradient(TransformersPolicy(published, device="cpu"), tmp_path)
    for micro_batch in (1, 3):
        parts, same = gradient(TransformersPolicy(published, device="cpu", micro_batch=micro_batch), tmp_path)
        torch.testing.assert_close(parts, whole, atol=1e-5, rtol=1e-5)
        assert same == pytest.approx(loss, rel=1e-5)
    monkeypatch.setattr(transformers_policy, "_LOGITS_AT_ONCE", 200)
    again, _ = gradient(TransformersPolicy(published, device="cpu", gradient_checkpointing=True), tmp_path)
    torch.testing.assert_close(again, whole, atol=1e-5, rtol=1e-5)


def test_micro_batches_change_no_gradient_of_a_stack(folder, tmp_path, monkeypatch):
    whole, _ = gradient(PolicyStack.load([folder]), tmp_path)
    monkeypatch.setattr(PolicyStack, "micro_batch", 3)
    parts, _ = gradient(PolicyStack.load([folder]), tmp_path)
    assert not torch.equal(parts, whole)  # another order of sums
    torch.testing.assert_close(parts, whole, atol=1e-5, rtol=1e-5)


def test_killed_and_resumed_it_ends_with_the_same_bytes(published, tmp_path):
    recipe = dataclasses.replace(RECIPE, checkpoint_every=1)

    def made(name: str) -> Trainer:
        return trainer(TransformersPolicy(published, device="cpu"), tmp_path / name / "state.pt", recipe)

    straight = made("straight")
    assert list(straight.train()) == [1, 2, 3]
    assert next(iter(made("killed").train())) == 1
    resumed = made("killed")
    assert list(resumed.train()) == [2, 3]
    assert resumed.state == straight.state
    for name, run in (("straight", straight), ("resumed", resumed)):
        run.trained.export(0, tmp_path / name / "policy", published)
    files = [path.relative_to(tmp_path / "straight") for path in (tmp_path / "straight/policy").iterdir()]
    assert {"config.json", "model.safetensors", "tokenizer.json", "generation_config.json"} <= {x.name for x in files}
    for file in files:
        assert (tmp_path / "straight" / file).read_bytes() == (tmp_path / "resumed" / file).read_bytes(), file
    # What was exported is what was trained.
    ids = [straight.base.encode_prompts(PROMPTS, False)]
    sampled = TransformersPolicy(tmp_path / "straight/policy", device="cpu").sample(ids, noise_for(1, 4, 8))
    assert torch.equal(sampled.tokens, straight._policy([0]).sample(ids, noise_for(1, 4, 8)).tokens)


def test_grouped_queries_are_sampled_as_they_are_trained(published):
    """The cache, padding and dropped rows against one pass over whole responses."""
    policy = TransformersPolicy(published, device="cpu")
    ids = [policy.encode_prompts(PROMPTS, False)]
    generation = policy.sample(ids, noise_for(1, samples=8, tokens=20))
    assert generation.lengths.float().std() > 0
    mask = torch.arange(20) < generation.lengths.unsqueeze(-1)
    logprobs = policy.token_logprobs(policy.padded(ids), generation.tokens)
    torch.testing.assert_close(generation.logprobs, logprobs * mask, atol=1e-4, rtol=1e-4)


def test_large_batches_are_cut_without_another_result(published, monkeypatch):
    """Fewer rows at once than a prompt has samples."""
    policy = TransformersPolicy(published, device="cpu")
    ids, noise = [policy.encode_prompts(PROMPTS, False)], noise_for(1, samples=5, tokens=8)
    whole = policy.sample(ids, noise)
    monkeypatch.setattr(transformers_policy, "_CACHE", 2 * 2 * 2 * 2 * 8 * 4 * (len(max(ids[0], key=len)) + 8))
    assert policy.rows_at_once(len(max(ids[0], key=len)) + 8) == 2
    assert torch.equal(policy.sample(ids, noise).tokens, whole.tokens)


def test_any_of_several_end_tokens_ends_a_response(published, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    for file in published.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    path = folder / "generation_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"eos_token_id": [1, 7, 8, 9]}))
    policy = TransformersPolicy(folder, device="cpu")
    rows = policy.sample([policy.encode_prompts(PROMPTS, False)], noise_for(1, 8, 20))
    last = rows.tokens.gather(-1, rows.lengths.unsqueeze(-1) - 1)[rows.finished]
    assert policy.end == 1 and len(last.unique()) > 1 and set(last.unique().tolist()) <= {1, 7, 8, 9}


def test_bfloat16_runs_with_float32_weights(published, tmp_path):
    policy = TransformersPolicy(published, "bfloat16", "cpu", micro_batch=4)
    assert policy.model.dtype == torch.bfloat16
    made = trainer(policy, tmp_path / "state.pt", RECIPE)
    assert list(made.train()) == [1, 2, 3]
    assert {x.dtype for x in made.trained.parameters[0]} == {torch.float32}
    kl = [value for _, _, name, value in made.state.metrics if name == "kl_to_base_k3"]
    assert 0 <= kl[0] < 1e-2 < kl[-1] and np.isfinite(kl).all()


def test_a_model_that_changes_its_logits_is_refused(published, monkeypatch):
    policy = TransformersPolicy(published, device="cpu")
    load = AutoModelForCausalLM.from_pretrained

    def softcapped(*arguments, **options):
        model = load(*arguments, **options)
        forward = model.forward

        def capped(*inputs):
            made = forward(*inputs)
            made.logits = made.logits.tanh()
            return made

        model.forward = capped
        return model

    monkeypatch.setattr(transformers_policy.AutoModelForCausalLM, "from_pretrained", softcapped)
    with pytest.raises(InputError, match="does more to its logits than its head; set `trainer: verl`"):
        policy.model  # noqa: B018


def test_auto_stacks_what_the_stacked_policy_reads(folder, published):
    assert [interface.chosen("auto", [model]) for model in (folder, published)] == ["torch", "transformers"]
    interface.check("auto", published)
    with pytest.raises(ValueError, match=r"stacked policy wants model\.safetensors"):
        interface.check("torch", published)


@pytest.mark.parametrize(
    ("policy", "lab", "hub"), [("auto", "torch", "auto"), ("stacked", "torch", "torch"), ("transformers",) * 3]
)
def test_the_config_chooses_the_policy(policy, lab, hub):
    """What it computes in is a parameter where it is not the stacked one; what it runs on is none."""
    config = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
    config["training"] |= {"policy": policy, "micro_batch": 2, "dtype": "bfloat16"}
    config["models"]["hub"] = {"path": "somewhere"}
    study = Study(config)
    for model, engine in (("qwen2", lab), ("hub", hub)):
        assert study.engine("trainer", model) == study.engine("sampler", model) == engine
        parameters = study.training_parameters(Cell(model, "math", "random"), "0")
        added = {} if engine == "torch" else {"engine": engine, "precision": "bfloat16"}
        assert {key: parameters[key] for key in ("engine", "precision") if key in parameters} == added
        Recipe(**parameters["recipe"])
    assert study.machine("trainer") == {"device": "auto", "micro_batch": 2, "gradient_checkpointing": False}


def test_a_missing_chat_template_is_named(published):
    with pytest.raises(InputError, match="has no chat template: set its `chat_template: false`"):
        TransformersPolicy(published, device="cpu").encode_prompts(PROMPTS, chat_template=True)
