"""A small lab model, and real runs of it by verl and vLLM (`make test-engines`); skipped where these are missing."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from mtalign.artifacts.training import Metrics

from tests.places import REPOSITORY

SCRIPTS = REPOSITORY / "workflow_scripts"

if find_spec("vllm") is None or find_spec("verl") is None:
    collect_ignore_glob = ["test_*.py"]


STEPS = {"ground_truth": 24}  # long enough for a learning curve; the others take three
PROMPTS = {"ground_truth": 8}  # with fewer, eight seeds of the embedded engine learn nothing in so few steps
NODES = {"nsr": 2}  # a Ray cluster of two nodes on this machine; the others start Ray themselves


def study(method: str = "random", trainer: str = "verl"):
    """The default study with a corpus that is pretrained on in seconds, and short runs."""
    from mtalign.study.grid import Study

    config = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
    config["lab"] |= {"questions": {"skills": 7680, "habits": 5120}, "heads": 2}  # vLLM wants 32 channels a head
    config["models"]["qwen2"]["lab"]["tasks"] = {"math": {"alignment": 0.5, "contamination": 0}}
    steps = STEPS.get(method, 3)
    config["training"] |= {"prompts": PROMPTS.get(method, 4), "mini_batch": 4, "warmup_steps": 1, "learning_rate": 3e-4}
    config["training"] |= {"steps": steps, "validate_every": steps, "checkpoint_every": steps // 3}
    config["engine"]["nodes"] = NODES.get(method, 1)
    config |= {"trainer": trainer, "sampler": "vllm"}
    return Study(config)


def run(script: str, spec: dict, nodes: int = 1, **paths: object) -> subprocess.Popen:
    """Start a command line of the workflow, with what tests/engines/recording.py adds to verl."""
    command = [sys.executable, SCRIPTS / script, "--spec", json.dumps(spec)]
    if nodes > 1:
        command = ["bash", SCRIPTS / "start_ray.sh", str(nodes), "1", *command]
    for name, value in paths.items():
        values = value if isinstance(value, list | tuple) else [value]
        command += [f"--{name}", *map(str, values)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parent)}
    environment["VERL_USE_EXTERNAL_MODULES"] = "recording"
    return subprocess.Popen(command, env=environment, start_new_session=True)


def done(process: subprocess.Popen) -> None:
    """Wait for a command line to end well."""
    assert process.wait(timeout=600) == 0


@dataclass
class Lab:
    """Where the data sets and the model are."""

    folder: Path

    def data(self, name: str) -> Path:
        return self.folder / f"{name}.parquet"

    @property
    def model(self) -> Path:
        return self.folder / "qwen2"

    def trainer(self, method: str, output: Path, trainer: str = "verl", seeds: str = "5") -> subprocess.Popen:
        """verl or the embedded engine, as their rule starts them."""
        from mtalign.vocabulary import Cell

        setup = study(method, trainer)
        return run(
            "train.py",
            setup.training_parameters(Cell("qwen2", "math", method), seeds),
            models=[self.model] * len(seeds.split("-")),
            train=self.data("train"),
            validation=self.data("math_test"),
            checkpoints=output / "checkpoints",
            policies=output / "policies",
            metrics=output / "metrics.parquet",
            visits=output / "visits.parquet",
            nodes=NODES.get(method, 1) if trainer == "verl" else 1,
            engine=trainer,
            machine=json.dumps(setup.machine("trainer")),
        )


@pytest.fixture(scope="session")
def lab(tmp_path_factory) -> Lab:
    """Data sets of one task, and a model that was pretrained on it."""
    made, setup = Lab(tmp_path_factory.mktemp("lab")), study()
    for name in ("train", "math_test"):
        done(run("prepare_data.py", setup.data_parameters("math", name), output=made.data(name)))
    texts = {name: made.folder / f"{name}.parquet" for name in ("corpus", "calibration", "curves", "dials")}
    asked = {"calibration": texts["calibration"]}
    spec = setup.corpus_parameters("qwen2", 0)
    done(run("write_corpus.py", spec, benchmarks=made.data("math_test"), output=texts["corpus"], **asked))
    done(run("pretrain_model.py", setup.pretraining_parameters("qwen2", 0), output=made.model, **texts))
    return made


@dataclass
class Trained:
    """A finished run: its files, and the batches that its trainer saw."""

    folder: Path
    steps: int

    @cached_property
    def metrics(self) -> dict[tuple[int, str], float]:
        from mtalign.parquet import read_table

        rows = read_table(self.folder / "metrics.parquet", Metrics).to_pylist()
        return {(row["step"], row["metric"]): row["value"] for row in rows}

    @property
    def weights(self) -> Path:
        return self.folder / "policies/seed-5"

    def validation(self) -> list[dict]:
        """The responses of the last validation."""
        lines = (self.folder / f"validation/{self.steps}.jsonl").read_bytes().splitlines()
        return [json.loads(line) for line in lines]

    def batches(self) -> list[dict]:
        import torch

        files = sorted((self.folder / "recorded").glob("*.pt"))
        return [torch.load(file, weights_only=False) for file in files]


@pytest.fixture(scope="session")
def trained(lab, tmp_path_factory):
    """method -> Trained; each method is trained once."""
    finished: dict[str, Trained] = {}

    def train(method: str) -> Trained:
        if method not in finished:
            folder = tmp_path_factory.mktemp(method)
            os.environ["RECORD"] = str(folder / "recorded")
            done(lab.trainer(method, folder))
            finished[method] = Trained(folder, STEPS.get(method, 3))
        return finished[method]

    return train
