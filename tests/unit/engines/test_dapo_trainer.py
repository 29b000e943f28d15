"""DAPO's loop: dynamic sampling by a hand-worked example, updates, and runs that share passes but nothing else."""

import dataclasses

import numpy as np
import pytest
import torch
from mtalign.engines.dapo import trainer as torch_trainer
from mtalign.engines.dapo.loss import policy_loss
from mtalign.engines.dapo.rollout import GroupRollout, Prompt, as_tensors
from mtalign.engines.dapo.trainer import Trainer
from mtalign.engines.stacked.policy import PolicyStack
from mtalign.judging import VerifierPool
from mtalign.lab import tokenizer
from mtalign.rl.methods import Clip, Method, Recipe
from mtalign.tasks import Judgement, addition

from tests.unit.engines.test_stacked import make_model

RECIPE = Recipe(
    steps=3, prompts=3, samples=4, mini_batch=2, max_generation_batches=2, max_response_tokens=10, temperature=1.0,
    learning_rate=1e-2, warmup_steps=1, weight_decay=0.1, grad_clip=1.0, clip_low=0.2, clip_high=0.28, clip_dual=10.0,
    kl_samples=2, validate_every=3, validation_samples=1, validation_top_p=(1.0, 0.7), checkpoint_every=10,
)  # fmt: skip
COIN = Method(reward="random", advantage="grpo", format_factor=False)
CONSTANT = Method(reward="format", advantage="grpo", format_factor=False)


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> PolicyStack:
    return PolicyStack.load([make_model(tmp_path_factory.mktemp("model"), "qwen2", 0)])


@pytest.fixture(scope="module")
def prompts(base) -> list[Prompt]:
    problems = addition.load({"generate": {"problems": 7, "slice": 0}}, 0)
    return [Prompt(p, "addition", ids) for p, ids in zip(problems, base.encode([p.question + "?" for p in problems]))]


def trainer(base, prompts, tmp_path, method=COIN, seeds=(0, 1), **changes) -> Trainer:
    recipe = dataclasses.replace(RECIPE, **changes)
    file = tmp_path / "checkpoint.pt"
    base = dataclasses.replace(base, weights=base.weights.expand(len(seeds), -1))
    return Trainer(
        base, [prompts] * len(seeds), prompts[:2], method, recipe, list(seeds), file, VerifierPool(processes=1)
    )


def group(prompt: Prompt, rewards: list[float]) -> GroupRollout:
    n = len(rewards)
    return GroupRollout(
        prompt=prompt,
        tokens=torch.full((n, 2), 5),
        logprobs=torch.zeros(n, 2),
        entropy=torch.zeros(n, 2),
        lengths=torch.full((n,), 2),
        formatted=np.zeros(n, dtype=bool),
        correct=np.zeros(n, dtype=bool),
        rewards=np.array(rewards),
    )


VARIED, FLAT = [0.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0]


def test_everything_is_judged_by_the_judges(base, prompts, tmp_path, monkeypatch):
    """Of training and of validation, which would wait for ever for a verdict that hangs."""
    t = trainer(base, prompts, tmp_path, seeds=(0,), steps=1)
    asked = []

    def judgements(name, problem, responses):
        asked.extend([problem.problem_id] * len(responses))
        return [Judgement(True, response, "correct") for response in responses]

    monkeypatch.setattr(t.verifiers, "judgements", judgements)
    list(t.train())
    in_training = len(t.state.visits) * RECIPE.samples
    assert len(asked) == in_training + 2 * len(RECIPE.validation_top_p) * RECIPE.validation_samples
    assert {accuracy for *_, accuracy in t.state.visits} == {1}
    metrics = {name: value for _, _, name, value in t.state.metrics}
    assert metrics["validation_accuracy_any_top_p_0.7"] == 1


def test_dynamic_sampling_by_hand(base, prompts, tmp_path, monkeypatch):
    """Run 0 keeps 1 of 3 groups, then 3 of 3, of which 2 fit; run 1 keeps 3 at once and is not sampled again."""
    script = {(0, 0): [VARIED, FLAT, FLAT], (0, 1): [VARIED, VARIED, VARIED], (1, 0): [VARIED, VARIED, VARIED]}
    asked = []

    def scripted(policy, rows, keys, method, recipe, verifiers):
        asked.append([(seed, attempt) for seed, _, attempt in keys])
        return [
            [group(prompt, rewards) for prompt, rewards in zip(row, script[seed, attempt])]
            for row, (seed, _, attempt) in zip(rows, keys)
        ]

    monkeypatch.setattr(torch_trainer, "roll_out", scripted)
    t = trainer(base, prompts, tmp_path)
    generated, kept = t._dynamic_sampling(step=1)
    assert asked == [[(0, 0), (1, 0)], [(0, 1)]]
    assert [len(groups) for groups in generated] == [6, 3]
    assert [len(groups) for groups in kept] == [3, 3]
    assert kept[0] == [generated[0][0], generated[0][3], generated[0][4]]
    assert t.state.drawn == [6, 3]


def test_too_few_groups_are_not_repeated(base, prompts, tmp_path, monkeypatch):
    script = iter([[VARIED, FLAT, FLAT], [FLAT, FLAT, FLAT]])
    monkeypatch.setattr(
        torch_trainer,
        "roll_out",
        lambda stack, rows, *_, **__: [[group(p, r) for p, r in zip(rows[0], next(script))]],
    )
    _, kept = trainer(base, prompts, tmp_path, seeds=(0,))._dynamic_sampling(step=1)
    assert [len(groups) for groups in kept] == [1]


def test_without_reward_variance_nothing_is_updated(base, prompts, tmp_path):
    t = trainer(base, prompts, tmp_path, CONSTANT)
    assert list(t.train()) == [1, 2, 3]
    for (weights,) in t.trained.parameters:
        assert torch.equal(weights, base.weights[0])
    metrics = {(step, name): value for seed, step, name, value in t.state.metrics if seed == 0}
    assert [metrics[step, "updates"] for step in (1, 2, 3)] == [0, 0, 0]
    assert metrics[1, "zero_variance_share"] == 1
    assert metrics[1, "kl_to_base_k3"] == pytest.approx(0, abs=1e-6)
    assert (1, "loss") not in metrics


def test_an_epoch_visits_every_prompt_once(base, prompts, tmp_path):
    t = trainer(base, prompts, tmp_path, seeds=(0,))
    drawn = [prompt.problem.problem_id for _ in range(7) for prompt in t._draw(0, 3)]
    ids = {prompt.problem.problem_id for prompt in prompts}
    assert [set(drawn[i : i + 7]) for i in (0, 7, 14)] == [ids, ids, ids]
    assert drawn[:7] != drawn[7:14]


def test_stacked_runs_share_nothing(base, prompts, tmp_path):
    """Each run of a stack ends as it would alone."""
    together = trainer(base, prompts, tmp_path / "both", seeds=(5, 6))
    list(together.train())
    assert not torch.allclose(*(weights for (weights,) in together.trained.parameters), atol=1e-3)
    for i, seed in enumerate((5, 6)):
        alone = trainer(base, prompts, tmp_path / str(seed), seeds=(seed,))
        list(alone.train())
        ours, theirs = alone.trained.parameters[0][0], together.trained.parameters[i][0]
        torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)
        mine = [row for row in together.state.metrics if row[0] == seed]
        assert [row[:3] for row in mine] == [row[:3] for row in alone.state.metrics]


def test_each_run_starts_from_its_own_base(base, prompts, tmp_path, tmp_path_factory):
    """And its KL is to that base: at the first step, of policies that have not moved, it is 0."""
    other = PolicyStack.load([make_model(tmp_path_factory.mktemp("other"), "qwen2", 1)])
    both = dataclasses.replace(base, weights=torch.cat([base.weights, other.weights]))
    file, judges = tmp_path / "checkpoint.pt", VerifierPool(processes=1)
    recipe = dataclasses.replace(RECIPE, steps=1)
    t = Trainer(both, [prompts] * 2, prompts[:2], CONSTANT, recipe, [0, 1], file, judges)
    list(t.train())
    assert torch.equal(t._policy([0, 1]).weights, both.weights)  # nothing varies, so nothing is updated
    kl = [value for _, _, name, value in t.state.metrics if name == "kl_to_base_k3"]
    assert kl == pytest.approx([0, 0], abs=1e-6)


def test_kl_grows_as_the_policy_moves(base, prompts, tmp_path):
    t = trainer(base, prompts, tmp_path, seeds=(0,))
    list(t.train())
    kl = [value for _, _, name, value in t.state.metrics if name == "kl_to_base_k3"]
    assert kl[0] == pytest.approx(0, abs=1e-6) and kl[-1] > 1e-3


def test_uneven_groups_are_padded_and_masked(base, prompts):
    a, b = group(prompts[0], VARIED), group(prompts[1], VARIED)
    b.lengths[:] = 1
    _, tokens, _, mask = as_tensors([[a, b], [b]], base)
    assert tokens.shape == (2, 2, 4, 2)
    assert mask[0, 0].all() and mask[0, 1, :, 0].all() and not mask[0, 1, :, 1].any()
    assert mask[1, 0, :, 0].all() and not mask[1, 1].any()


def test_policy_loss_by_hand():
    """Two tokens: ratio 2 with advantage 1 is clipped to 1.28; ratio 20 with advantage -1 to 10."""
    ratios, advantages = torch.tensor([[2.0, 20.0]]), torch.tensor([[1.0, -1.0]])
    zeros, mask = torch.zeros(1, 2), torch.ones(1, 2, dtype=torch.bool)
    result = policy_loss(ratios.log(), zeros, advantages, mask, Clip(0.2, 0.28, 10.0))
    assert result.loss.item() == pytest.approx((-1.28 + 10) / 2)
    assert (result.clip_fraction.item(), result.dual_clip_fraction.item()) == (0.5, 0.5)


def test_policy_loss_is_a_mean_over_tokens():
    """A long response weighs more than a short one (token mean, not a mean of response means)."""
    mask = torch.tensor([[[True, True, True], [True, False, False]]])
    advantages = torch.tensor([[[-1.0] * 3, [1.0] * 3]])
    zeros = torch.zeros(1, 2, 3)
    assert policy_loss(zeros, zeros, advantages, mask, Clip(0.2, 0.28, 10.0)).loss.item() == pytest.approx((3 - 1) / 4)


def test_a_run_without_tokens_has_no_loss():
    logprobs = torch.zeros(2, 3, requires_grad=True)
    mask = torch.tensor([[True] * 3, [False] * 3])
    result = policy_loss(logprobs, torch.zeros(2, 3), torch.ones(2, 3), mask, Clip(0.2, 0.28, 10.0))
    result.loss.sum().backward()
    assert result.loss[1] == 0 and torch.equal(logprobs.grad[1], torch.zeros(3))


def test_end_and_padding_are_the_first_tokens():
    vocabulary = tokenizer.build()
    assert [vocabulary.token_to_id(name) for name in (tokenizer.PAD, tokenizer.END)] == [0, 1]
