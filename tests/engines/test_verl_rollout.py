"""How verl's agent loop pays a group: a hanging verdict, or a killed judge, ends no run. verl itself does not run."""

import asyncio
import json
import multiprocessing
import time
from types import SimpleNamespace

import pytest
from mtalign import judging
from mtalign.engines.verl import agent_loop as verl_rollout
from mtalign.tasks import Problem
from mtalign.vocabulary import Verdict
from omegaconf import OmegaConf

PROBLEM = {"family": "gsm8k", "problem_id": "a", "question": "9 eggs at $2?", "ground_truth": "18", "extra": {}}


@pytest.fixture
def pay(monkeypatch):
    """Answers -> rewards, as `GroupAgentLoop` pays a group of responses."""
    verifiers = verl_rollout._verifiers.__wrapped__(workers=10**6, allow_unisolated=False)
    monkeypatch.setattr(verl_rollout, "_verifiers", lambda *_: verifiers)
    method = {"reward": "ground_truth", "advantage": "grpo", "format_factor": True}
    job = OmegaConf.create(method | {"allow_unisolated": False})
    rollout = SimpleNamespace(agent=SimpleNamespace(num_workers=1))
    config = SimpleNamespace(mtalign=job, actor_rollout_ref=SimpleNamespace(rollout=rollout))
    loop = verl_rollout.GroupAgentLoop(SimpleNamespace(config=config), None, None)

    def pay(*answers: str) -> list[float]:
        row = {"problem": json.dumps(PROBLEM), "validating": False}
        output = SimpleNamespace(log_probs=[-1.0])
        came = [(f"<think>so</think><answer>{answer}</answer>", output) for answer in answers]
        return asyncio.run(loop._judge_and_reward(row, (0, 1, 0, 0), came))[1].tolist()

    pay.judges = verifiers[1]
    yield pay
    pay.judges.close()


def stuck(verify, answer: tuple[Problem, str]) -> Verdict:
    while answer[1] == "stuck":
        time.sleep(100)
    return verify(answer[1], answer[0])


def test_a_stuck_verdict_is_not_paid_and_the_others_are(pay, monkeypatch):
    monkeypatch.setattr(judging, "_SECONDS", 3.0)
    monkeypatch.setattr(judging, "_verdict", stuck)
    assert pay("18", "stuck", "19") == [1, 0, 0]
    assert pay("19", "18") == [0, 1]


def test_killed_judges_are_replaced(pay):
    before = set(multiprocessing.active_children())
    assert pay("18", "19") == [1, 0]
    judges = set(multiprocessing.active_children()) - before
    assert judges
    for process in judges:
        process.kill()
        process.join()
    assert pay("20", "18") == [0, 1]


def test_cores_are_shared_among_verls_workers():
    verifiers = verl_rollout._verifiers.__wrapped__
    assert verifiers(1, False)[1].processes == judging.cores()
    assert verifiers(10**6, True)[1].processes == 1
