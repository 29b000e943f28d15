"""One run by verl: its folder, its process, what came out. Must not import verl, which runs as a process of its own.

The folder belongs to one run and one setting. It outlives a kill; verl goes on from its newest checkpoint there, and
each attempt writes a log of its own, since verl truncates the one that it finds.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mtalign.curves import validation_metrics
from mtalign.dataset import Item
from mtalign.engines.verl_data import write_prompts
from mtalign.engines.verl_settings import HOOKS, NAME, agent_loops, settings
from mtalign.selection import visits

_SCRIPTS = Path(__file__).parents[2]
_CPU_PLUGIN = "verl_cpu_plugin"  # first, since our hooks need a platform
_CPU = {
    "VERL_PLATFORM": "cpu",
    "VERL_ENGINE_DEVICE": "cuda",  # verl registers its FSDP engine for "cuda" only; there is nothing of CUDA in it
    "TORCHDYNAMO_DISABLE": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "RAY_memory_monitor_refresh_ms": "0",
}
#: Metrics that verl measures itself -> our names.
_VERL_METRICS = {
    "actor/entropy": "entropy",
    "actor/pg_loss": "loss",
    "actor/grad_norm": "grad_norm",
    "actor/pg_clipfrac": "clip_fraction",
    "actor/pg_clipfrac_lower": "dual_clip_fraction",
    "training/rollout_probs_diff_max": "rollout_probs_diff_max",
}
_WRITTEN_LAST = "finished.json"


class Run:
    """A run in its folder. Every method may be called again after a kill."""

    def __init__(self, folder: Path, spec: dict, seed: int, machine: dict):
        self.folder, self.spec, self.seed, self.machine = folder.resolve(), spec, seed, machine

    @property
    def finished(self) -> bool:
        return (self.folder / _WRITTEN_LAST).exists()

    @property
    def weights(self) -> Path:
        """The last checkpoint's Hugging Face folder."""
        return self.folder / "checkpoints" / f"global_step_{self.spec['recipe']['steps']}" / "actor" / "huggingface"

    def train(self, model: Path, train: list[Item], validation: list[Item]) -> None:
        """Train to the end, from the newest checkpoint if there is one.

        Raises:
            subprocess.CalledProcessError: verl failed.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        recipe, chat = self.spec["recipe"], self.spec["chat_template"]
        most = recipe["steps"] * recipe["prompts"] * recipe["max_generation_batches"]
        order = visits(len(train), self.seed, 0, most)
        write_prompts(self.folder / "train.json", train, order, [None], chat)
        everyone = list(range(len(validation)))
        write_prompts(self.folder / "validation.json", validation, everyone, recipe["validation_top_p"], chat)
        (self.folder / "agent_loop.json").write_text(json.dumps(agent_loops()))
        ours = self._environment()
        made = settings(self.spec, self.seed, self.machine, model=model.resolve(), folder=self.folder, environment=ours)
        (self.folder / "run.yaml").write_text(json.dumps(made, indent=2))
        command = [sys.executable, "-m", "verl.trainer.main_ppo", "--config-dir", self.folder, "--config-name", "run"]
        subprocess.run(command, cwd=self.folder, env=_inherited() | ours, check=True, preexec_fn=_die_with_parent)
        (self.folder / _WRITTEN_LAST).write_text("{}")

    def metrics(self) -> Iterator[tuple[int, str, float]]:
        """(step, metric, value), in order; of a step that several attempts made, the last one's."""
        steps: dict[int, dict] = {}
        for attempt in sorted((self.folder / "attempts").glob("*.jsonl")):
            for line in attempt.read_text().splitlines():
                if line.endswith("}"):  # a kill may cut the last line
                    row = json.loads(line)
                    steps[row["step"]] = row["data"]
        for step, data in sorted(steps.items()):
            named = {name.removeprefix(f"{NAME}/"): x for name, x in data.items() if name.startswith(f"{NAME}/")}
            named |= {ours: data[theirs] for theirs, ours in _VERL_METRICS.items() if theirs in data}
            validated = self.folder / "validation" / f"{step}.jsonl"
            if validated.exists():
                rows = [json.loads(line) for line in validated.read_text().splitlines()]
                for top_p in self.spec["recipe"]["validation_top_p"]:
                    of_p = [row for row in rows if row["top_p"] == top_p]
                    formatted, correct = (
                        np.array([row[name] > 0 for row in of_p]) for name in ("formatted", "correct")
                    )
                    named |= validation_metrics(formatted, correct, top_p)
            yield from ((step, name, float(value)) for name, value in named.items())

    def visits(self) -> Iterator[tuple[int, str, float]]:
        """(step, problem_id, accuracy) of each generated group, in order."""
        for step in range(1, self.spec["recipe"]["steps"] + 1):
            for row in json.loads((self.folder / "visits" / f"{step}.json").read_text()):
                yield step, row["problem_id"], row["accuracy"]

    def _environment(self) -> dict[str, str]:
        """What this attempt adds to the environment."""
        attempts = self.folder / "attempts"
        attempts.mkdir(exist_ok=True)
        log = attempts / f"{len(list(attempts.iterdir())):04d}.jsonl"
        path = os.pathsep.join(filter(None, [str(_SCRIPTS), os.environ.get("PYTHONPATH")]))
        cpu = self.machine["device"] == "cpu"
        modules = [_CPU_PLUGIN] * cpu + [HOOKS, os.environ.get("VERL_USE_EXTERNAL_MODULES")]
        ours = {
            "PYTHONPATH": path,
            "VERL_USE_EXTERNAL_MODULES": ",".join(filter(None, modules)),
            "VERL_FILE_LOGGER_PATH": str(log),
        }
        ours |= {"HF_HUB_OFFLINE": "1", "HYDRA_FULL_ERROR": "1", "RAY_USAGE_STATS_ENABLED": "0"}
        return ours | (_CPU if cpu else {})


def _inherited() -> dict[str, str]:
    """This process's environment. Slurm names its GPUs for CUDA and for AMD; verl refuses to be told twice."""
    twice = {"CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"} <= os.environ.keys()
    return {name: value for name, value in os.environ.items() if not (twice and name == "ROCR_VISIBLE_DEVICES")}


def _die_with_parent() -> None:
    """A killed job must not leave verl behind, training into the folder that the next attempt uses."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
