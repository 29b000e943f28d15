"""Killed with SIGKILL and started again: the same bytes as without the kill."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.workflow.conftest import environment

STEPS = 6


def train(study, output: Path, kill_after: int | None) -> None:
    """Run train.py as its rule does; with `kill_after`, SIGKILL it once that many steps are in a checkpoint."""
    spec = {
        "model": "qwen2",
        "task": "math",
        "method": "random",
        "seeds": [3, 4],
        "reward": "random",
        "advantage": "grpo",
        "data": "train",
        "chat_template": False,
        "format_factor": False,  # so that even a model that knows nothing gets rewards, and learns from them
        "recipe": {
            "steps": STEPS, "prompts": 4, "samples": 4, "mini_batch": 2, "max_generation_batches": 2,
            "max_response_tokens": 12, "temperature": 1.0, "learning_rate": 1e-3, "warmup_steps": 2,
            "weight_decay": 0.1, "grad_clip": 1.0, "clip_low": 0.2, "clip_high": 0.28, "clip_dual": 10.0,
            "kl_samples": 2, "validate_every": 2, "validation_samples": 1, "validation_top_p": [1.0],
            "checkpoint_every": 1,
        },
    }  # fmt: skip
    results = study.folder / "results"
    command = [
        sys.executable,
        "workflow_scripts/train.py",
        "--engine",
        "torch",
        "--machine",
        "{}",
        "--spec",
        json.dumps(spec),
    ]
    command += ["--models", *[results / "models/qwen2/seed-0"] * 2, "--train", results / "data/math/train.parquet"]
    command += ["--validation", results / "data/math/math_test.parquet", "--checkpoints", output / "checkpoints"]
    command += ["--policies", output / "policies", "--metrics", output / "metrics.parquet"]
    command += ["--visits", output / "visits.parquet"]
    process = subprocess.Popen(command, cwd=study.folder, env=environment(), stderr=subprocess.PIPE, text=True)
    if kill_after is None:
        assert process.wait() == 0, process.stderr.read()
        return
    deadline = time.monotonic() + 120
    while _steps_done(output) < kill_after:
        assert process.poll() is None and time.monotonic() < deadline, process.stderr.read()
        time.sleep(0.005)
    process.kill()
    process.wait()
    assert kill_after <= _steps_done(output) < STEPS
    assert not (output / "metrics.parquet").exists()


def _steps_done(output: Path) -> int:
    import torch

    files = list((output / "checkpoints").glob("*/*.pt"))
    return torch.load(files[0], weights_only=True)["state"]["step"] if files else 0


@pytest.mark.parametrize("kill_after", [1, 3])
def test_killed_training_ends_with_the_same_bytes(finished, tmp_path, kill_after):
    train(finished, tmp_path / "straight", kill_after=None)
    train(finished, tmp_path / "killed", kill_after=kill_after)
    train(finished, tmp_path / "killed", kill_after=None)
    names = [
        "metrics.parquet",
        "visits.parquet",
        "policies/seed-3/model.safetensors",
        "policies/seed-4/model.safetensors",
    ]
    for name in names:
        straight, killed = ((tmp_path / run / name).read_bytes() for run in ("straight", "killed"))
        assert straight == killed, name
    base = (finished.folder / "results/models/qwen2/seed-0/model.safetensors").read_bytes()
    assert (tmp_path / "straight/policies/seed-3/model.safetensors").read_bytes() != base, "nothing was learned"
    assert not (tmp_path / "killed/checkpoints").exists()


def test_killed_snakemake_goes_on_to_the_same_tables(fresh, finished, tmp_path):
    """SIGKILL the whole of Snakemake in mid-study; unlock, start again, compare every table with an unbroken run's."""
    study = fresh.copy(tmp_path / "study")
    command = [sys.executable, "-m", "snakemake", "all", "--cores", "2", "--configfile", "tests/workflow/tiny.yaml"]
    process = subprocess.Popen(
        command,
        cwd=study.folder,
        env=environment(),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 300
    while not list(study.folder.glob("results/runs/*/*/*/*/metrics.parquet")):
        assert process.poll() is None and time.monotonic() < deadline, "ended before it could be killed"
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (study.folder / "results/tables/curves.parquet").exists()
    study.snakemake("--unlock")
    study.snakemake("--rerun-incomplete", "all")
    tables = sorted(path.name for path in (finished.folder / "results/tables").iterdir())
    assert tables
    for name in tables:
        unbroken, broken = ((s.folder / "results/tables" / name).read_bytes() for s in (finished, study))
        assert unbroken == broken, name
