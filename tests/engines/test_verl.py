"""verl and vLLM train a lab model on this CPU; where they agree with the embedded engine, and what a kill does."""

import json
import signal
import time

import numpy as np
import pytest
import torch
from mtalign.advantages import group_advantages
from mtalign.artifacts.training import Metrics, Visits
from mtalign.data.problem_sets import read_problems
from mtalign.engines.dapo.loss import policy_loss
from mtalign.engines.stacked.decoder import response_logits, unflatten
from mtalign.engines.stacked.policy import PolicyStack
from mtalign.judging import VerifierPool
from mtalign.parquet import read_table
from mtalign.rl.example_order import visits
from mtalign.rl.groups import judge_and_reward
from mtalign.rl.methods import Clip, Method
from mtalign.tasks import family, judge

from tests.engines.conftest import done, study

SEED = 5
METHODS = ["ground_truth", "majority", "random", "nsr"]


def groups(batch: dict) -> dict[str, list[int]]:
    """uid -> the rows of its sessions, in order."""
    found: dict[str, list[int]] = {}
    for row, key in sorted(enumerate(batch["key"]), key=lambda x: int(x[1].split("_")[1])):
        found.setdefault(key.split("_")[0], []).append(row)
    return dict(sorted(found.items()))


@pytest.mark.parametrize("method", METHODS)
def test_rewards_and_advantages_are_the_embedded_engines_own(lab, trained, method):
    """Exactly: for the tokens that vLLM sampled, under the keys that the embedded engine would use."""
    run, parameters = trained(method), study().config["methods"][method]
    stack, seen = PolicyStack.load([lab.model]), []
    for batch in run.batches():
        for uid, rows in groups(batch).items():
            attempt, position = map(int, uid.split("-"))
            problem = next(x.problem for x in read_problems(lab.data("train"))
                           if x.problem.problem_id == batch["problem"][rows[0]]["problem_id"])  # fmt: skip
            texts = stack.decode([batch["responses"][row].tolist() for row in rows])
            mean_logprob = np.array([batch["rollout_log_probs"][row].double().mean() for row in rows])
            key = (SEED, batch["step"], attempt, position)
            _, rewards = judge_and_reward(
                VerifierPool(processes=1),
                "addition",
                problem,
                texts,
                mean_logprob,
                key,
                Method(parameters["reward"], parameters["advantage"], True),
            )
            assert [batch["rm_scores"][row].sum().item() for row in rows] == rewards.tolist()
            advantages = group_advantages(parameters["advantage"], rewards).astype(np.float32)
            for row, advantage in zip(rows, advantages):
                assert (batch["advantages"][row] == advantage.item()).all()
            seen += rewards.tolist()
    assert 0 < np.mean(seen) < 1


def test_prompts_come_in_the_embedded_engines_order(lab, trained):
    ids = [item.problem.problem_id for item in read_problems(lab.data("train"))]
    rows = read_table(trained("random").folder / "visits.parquet", Visits).to_pylist()
    order = visits(len(ids), SEED, 0, len(rows))
    assert [row["problem_id"] for row in rows] == [ids[i] for i in order]


@pytest.mark.parametrize("method", METHODS)
def test_logprobs_loss_and_gradient_are_the_embedded_engines(lab, trained, method):
    """In the first step, both engines have the base model's weights.

    With one mini batch, the loss and the length of its gradient are of these too.
    """
    run, recipe = trained(method), study(method).config["training"]
    batch, stack = run.batches()[0], PolicyStack.load([lab.model])
    members = list(groups(batch).values())
    prompts = stack.padded([[batch["prompts"][rows[0]].tolist() for rows in members]])
    lengths = torch.tensor([[[len(batch["responses"][row]) for row in rows] for rows in members]])

    def padded(name: str) -> torch.Tensor:
        flat = [batch[name][row] for rows in members for row in rows]
        return torch.nn.utils.rnn.pad_sequence(flat, batch_first=True).view(1, len(members), len(members[0]), -1)

    tokens = padded("responses")
    mask = torch.arange(tokens.shape[-1]) < lengths.unsqueeze(-1)
    weights = stack.weights.clone().requires_grad_()
    logits = response_logits(stack.arch, unflatten(stack.arch, weights), prompts, tokens, stack.pad)
    logprobs = logits.log_softmax(-1).gather(-1, tokens.unsqueeze(-1)).squeeze(-1)
    for name in ("old_log_probs", "rollout_log_probs", "ref_log_prob"):
        # Relative as well: float32 itself is coarser than 1e-5 where a token is very unlikely.
        torch.testing.assert_close(logprobs[mask], padded(name)[mask], rtol=1e-5, atol=1e-5)
    clip = Clip(recipe["clip_low"], recipe["clip_high"], recipe["clip_dual"])
    loss = policy_loss(logprobs, padded("old_log_probs"), padded("advantages"), mask, clip).loss.sum()
    loss.backward()
    if recipe["mini_batch"] == recipe["prompts"]:
        assert loss.item() == pytest.approx(run.metrics[1, "loss"], abs=1e-5)
        assert weights.grad.norm().item() == pytest.approx(run.metrics[1, "grad_norm"], rel=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_metrics_are_all_there_and_sampler_and_trainer_agree(trained, method):
    run = trained(method)
    names = {name for _, name in run.metrics}
    assert {"reward", "entropy", "loss", "grad_norm", "clip_fraction", "kl_to_base_k3", "groups_trained"} <= names
    for step in range(1, run.steps + 1):
        assert run.metrics[step, "rollout_probs_diff_max"] < 1e-4  # two programs' float32; 1e-5 was seen
    assert run.metrics[1, "kl_to_base_k3"] == pytest.approx(0, abs=1e-6)
    assert run.metrics[run.steps, "kl_to_base_k3"] > 1e-6


@pytest.mark.parametrize("method", METHODS)
def test_validation_is_of_every_problem_at_each_top_p(lab, trained, method):
    """Its metrics are our verdicts on what was sampled. Seeds do not depend on top-p: only the cut tells two apart."""
    run = trained(method)
    problems = {item.prompt: item.problem for item in read_problems(lab.data("math_test"))}
    said = {}
    for top_p in (1.0, 0.7):
        said[top_p] = {row["input"]: row["output"] for row in run.validation() if row["top_p"] == top_p}
        assert said[top_p].keys() == problems.keys()
        judged = [judge(family("addition"), problems[asked], text) for asked, text in said[top_p].items()]
        correct = [judgement.verdict == "correct" for judgement in judged]
        in_format = [judgement.formatted and right for judgement, right in zip(judged, correct)]
        for way, right in (("any", correct), ("format", in_format)):
            assert run.metrics[run.steps, f"validation_accuracy_{way}_top_p_{top_p:g}"] == np.mean(right)
        assert any(correct)
    assert len(run.validation()) == 2 * len(problems)
    assert said[1.0] != said[0.7]


def test_ground_truth_learns_as_with_the_embedded_engine(lab, trained, tmp_path):
    """Same model, prompts and recipe, other random numbers: verl's run is one more of the embedded engine's seeds.

    In each third of the run, its mean reward lies in the 99.9 % prediction interval from eight of these.
    """
    done(lab.trainer("ground_truth", tmp_path, "torch", "-".join(map(str, range(8)))))
    rows = read_table(tmp_path / "metrics.parquet", Metrics).to_pylist()
    rewards = {(row["seed"], row["step"]): row["value"] for row in rows if row["metric"] == "reward"}
    run = trained("ground_truth")
    steps = range(1, run.steps + 1)
    embedded = np.array([[rewards[seed, step] for step in steps] for seed in range(8)]).reshape(8, 3, -1).mean(-1)
    verl = np.array([run.metrics[step, "reward"] for step in steps]).reshape(3, -1).mean(-1)
    spread = embedded.std(0, ddof=1) * np.sqrt(1 + 1 / 8) * 5.41  # Student's t, 7 degrees of freedom
    print("verl:", verl, "embedded:", embedded.mean(0), "+-", spread)
    assert (abs(verl - embedded.mean(0)) < spread).all()
    assert verl[2] > verl[0] + 0.05 and embedded[:, 2].mean() > embedded[:, 0].mean() + 0.1, "something was learnt"


def test_a_killed_run_goes_on_from_its_checkpoint(lab, trained, tmp_path, monkeypatch):
    """SIGKILL at the second checkpoint; started again, the metrics and the weights are the unbroken run's."""
    monkeypatch.setenv("RECORD", str(tmp_path / "recorded"))
    process = lab.trainer("random", tmp_path)
    written = "checkpoints/*/seed-5/checkpoints/latest_checkpointed_iteration.txt"
    deadline = time.monotonic() + 300
    while [path.read_text() for path in tmp_path.glob(written)] != ["2"]:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "metrics.parquet").exists()
    first = (tmp_path / "recorded/001.pt").stat().st_mtime_ns
    done(lab.trainer("random", tmp_path))
    attempts = sorted(file.name for file in (tmp_path / "recorded").iterdir())
    assert attempts == ["001.pt", "002.pt", "003.pt"]
    assert (tmp_path / "recorded/001.pt").stat().st_mtime_ns == first, "the first step was made again"
    straight = trained("random")
    for name in ("metrics.parquet", "visits.parquet", "policies/seed-5/model.safetensors"):
        assert (tmp_path / name).read_bytes() == (straight.folder / name).read_bytes(), name
    assert json.loads((straight.weights / "config.json").read_text())["model_type"] == "qwen2"
