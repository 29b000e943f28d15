"""Advantages and loss are verl's own, number for number; needs `verl.trainer.ppo.core_algos` of verl 0.9.1."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
core_algos = pytest.importorskip("verl.trainer.ppo.core_algos", exc_type=ImportError)

from mtalign.advantages import group_advantages  # noqa: E402
from mtalign.engines.dapo.loss import policy_loss  # noqa: E402
from mtalign.rl.methods import Clip  # noqa: E402

CLIP = Clip(low=0.2, high=0.28, dual=10.0)
SEEDS = range(20)


@pytest.mark.parametrize("kind", ["binary", "real"])
@pytest.mark.parametrize("seed", SEEDS)
def test_grpo(seed, kind):
    rng = np.random.default_rng(seed)
    sizes = [1, 2, 5, 16]
    draw = {"binary": lambda n: rng.integers(0, 2, n).astype(float), "real": rng.random}[kind]
    groups = [draw(size) for size in sizes]
    mine = np.concatenate([group_advantages("grpo", group) for group in groups])

    rewards = np.concatenate(groups)
    index = np.repeat([f"prompt {i}" for i in range(len(sizes))], sizes)
    order = rng.permutation(len(rewards))  # verl finds the groups by their index
    mask = torch.from_numpy(np.arange(7) < rng.integers(1, 8, (len(rewards), 1))).double()
    token_rewards = torch.zeros(len(rewards), 7, dtype=torch.float64)
    token_rewards[:, 0] = torch.from_numpy(rewards[order])  # summed over the response, wherever it stands
    theirs, _ = core_algos.compute_grpo_outcome_advantage(token_rewards, mask, index[order])
    assert theirs.numpy() == pytest.approx(mine[order, None] * mask.numpy(), abs=1e-6)


def batch(seed: int, runs: int) -> dict[str, torch.Tensor]:
    """Tokens of [runs, 3 prompts, 4 responses, 6 tokens]: ratios inside the clip and far outside, all advantages."""
    rng = torch.Generator().manual_seed(seed)
    shape = (runs, 3, 4, 6)
    old = -3 * torch.rand(shape, generator=rng)
    spread = torch.tensor([0.05, 0.5, 3.0, 30.0])[torch.randint(0, 4, shape, generator=rng)]
    advantages = torch.randn(shape[:3], generator=rng) * torch.randint(0, 2, shape[:3], generator=rng)
    lengths = torch.randint(1, 7, (*shape[:3], 1), generator=rng)
    return {
        "logprobs": old + spread * torch.randn(shape, generator=rng),
        "old_logprobs": old,
        "advantages": advantages.unsqueeze(-1).expand(shape),
        "mask": torch.arange(6) < lengths,
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_policy_loss_of_a_stack_is_one_call_to_verl_for_each_run(seed):
    config = core_algos.ActorConfig(
        strategy="fsdp",
        rollout_n=4,
        ppo_micro_batch_size_per_gpu=1,
        clip_ratio_low=CLIP.low,
        clip_ratio_high=CLIP.high,
        clip_ratio_c=CLIP.dual,
    )
    tokens = batch(seed, runs=3)
    tokens["logprobs"].requires_grad_()
    mine = policy_loss(**tokens, clip=CLIP)
    (my_gradient,) = torch.autograd.grad(mine.loss.sum(), tokens["logprobs"])
    assert mine.loss.shape == mine.clip_fraction.shape == mine.dual_clip_fraction.shape == (3,)
    for run in range(3):
        of_run = {name: tensor[run].flatten(0, 1) for name, tensor in tokens.items()}
        loss, metrics = core_algos.compute_policy_loss_vanilla(
            old_log_prob=of_run["old_logprobs"],
            log_prob=of_run["logprobs"],
            advantages=of_run["advantages"],
            response_mask=of_run["mask"].float(),
            loss_agg_mode="token-mean",
            config=config,
        )
        (gradient,) = torch.autograd.grad(loss, tokens["logprobs"])
        assert mine.loss[run].item() == pytest.approx(loss.item(), abs=1e-6)
        assert mine.clip_fraction[run].item() == pytest.approx(metrics["actor/pg_clipfrac"], abs=1e-6)
        assert mine.dual_clip_fraction[run].item() == pytest.approx(metrics["actor/pg_clipfrac_lower"], abs=1e-6)
        assert torch.allclose(my_gradient[run], gradient[run], rtol=0, atol=1e-6)


def test_the_batches_reach_both_clips():
    loss = policy_loss(**batch(0, runs=3), clip=CLIP)
    assert (loss.clip_fraction > 0.02).all()
    assert (loss.dual_clip_fraction > 0.02).all()
