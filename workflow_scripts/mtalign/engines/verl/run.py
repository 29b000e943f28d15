"""One run by verl: its folder, its process, what came out. Must not import verl, which runs as a process of its own.

The folder belongs to one run and one setting. It outlives a kill; verl goes on from its newest checkpoint there, and
each attempt writes a log of its own, since verl truncates the one that it finds.
"""

import ctypes
import json
import math
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mtalign.data.problem_sets import Item
from mtalign.engines.verl.prompt_data import write_prompts
from mtalign.engines.verl.settings import HOOKS, NAME, agent_loops, settings
from mtalign.engines.vllm.sampler import CPU as VLLM_CPU
from mtalign.rl.example_order import visits
from mtalign.rl.methods import Recipe
from mtalign.rl.metrics import validation_metrics

_SCRIPTS = Path(__file__).parents[3]
_CPU_PLUGIN = "verl_cpu_plugin"  # first, since our hooks need a platform
_CPU = {
    "VERL_PLATFORM": "cpu",
    "VERL_ENGINE_DEVICE": "cuda",  # verl registers its FSDP engine for "cuda" only; there is nothing of CUDA in it
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

    def __init__(self, folder: Path, spec: dict, seed: int, machine: dict, allow_unisolated: bool = False):
        self.folder, self.spec, self.seed, self.machine = folder.resolve(), spec, seed, machine
        self.recipe, self.allow_unisolated = Recipe.of(spec), allow_unisolated

    @property
    def finished(self) -> bool:
        return (self.folder / _WRITTEN_LAST).exists()

    @property
    def weights(self) -> Path:
        """The last checkpoint's Hugging Face folder."""
        return self.folder / "checkpoints" / f"global_step_{self.recipe.steps}" / "actor" / "huggingface"

    def train(self, model: Path, train: list[Item], validation: list[Item], longest_prompt: int) -> None:
        """Train to the end, from the newest checkpoint whose step was recorded, if there is one.

        Args:
            longest_prompt: of training and validation, in tokens.

        Raises:
            subprocess.CalledProcessError: verl failed.
            RuntimeError: verl ended well, and did not record every step.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        recipe = self.recipe
        most = recipe.steps * recipe.prompts * recipe.max_generation_batches
        order = visits(len(train), self.seed, 0, most)
        write_prompts(self.folder / "train.json", train, order, [None])
        everyone = list(range(len(validation)))
        write_prompts(self.folder / "validation.json", validation, everyone, recipe.validation_top_p)
        (self.folder / "agent_loop.json").write_text(json.dumps(agent_loops()))
        ours = self._environment()
        made = settings(
            self.spec,
            self.seed,
            self.machine,
            model=model.resolve(),
            folder=self.folder,
            longest_prompt=longest_prompt,
            environment=ours,
            allow_unisolated=self.allow_unisolated,
        )
        (self.folder / "run.yaml").write_text(json.dumps(made, indent=2))
        self.drop_unrecorded()
        command = [sys.executable, "-m", "verl.trainer.main_ppo", "--config-dir", self.folder, "--config-name", "run"]
        subprocess.run(command, cwd=self.folder, env=_inherited() | ours, check=True, preexec_fn=_die_with_parent)
        if missing := set(range(1, recipe.steps + 1)) - {step for step in self._steps() if self._recorded(step)}:
            raise RuntimeError(f"{self.folder}: verl has not recorded steps {sorted(missing)}")
        (self.folder / _WRITTEN_LAST).write_text("{}")

    def metrics(self) -> Iterator[tuple[int, str, float]]:
        """(step, metric, value), in order; of a step that several attempts made, the last one's."""
        for step, data in sorted(self._steps().items()):
            named = {name.removeprefix(f"{NAME}/"): x for name, x in data.items() if name.startswith(f"{NAME}/")}
            named |= {ours: data[theirs] for theirs, ours in _VERL_METRICS.items() if theirs in data}
            if self.recipe.validates(step):
                rows = self._validation(step)
                for top_p in self.recipe.validation_top_p:
                    of_p = [row for row in rows if row["top_p"] == top_p]
                    formatted, correct = (
                        np.array([row[name] > 0 for row in of_p]) for name in ("formatted", "correct")
                    )
                    named |= validation_metrics(formatted, correct, top_p)
            # verl writes what is not finite as null.
            yield from ((step, name, math.nan if x is None else float(x)) for name, x in named.items())

    def visits(self) -> Iterator[tuple[int, str, float]]:
        """(step, problem_id, accuracy) of each generated group, in order."""
        for step in range(1, self.recipe.steps + 1):
            for row in json.loads((self.folder / "visits" / f"{step}.json").read_text()):
                yield step, row["problem_id"], row["accuracy"]

    def _steps(self) -> dict[int, dict]:
        """What verl logged of each step; of a step that several attempts made, the last one's."""
        steps = {}
        for attempt in sorted((self.folder / "attempts").glob("*.jsonl")):
            for row in _rows(attempt):
                steps[row["step"]] = row["data"]
        return steps

    def _validation(self, step: int) -> list[dict]:
        path = self.folder / "validation" / f"{step}.jsonl"
        return _rows(path) if path.exists() else []

    def _recorded(self, step: int) -> bool:
        """Whether all is there that `metrics` and `visits` need of a logged step; verl validates in the background."""
        if not (self.folder / "visits" / f"{step}.json").exists():
            return False
        if not self.recipe.validates(step):
            return True
        asked = len(json.loads((self.folder / "validation.json").read_text())["visits"])
        return len(self._validation(step)) == asked * self.recipe.validation_samples

    def drop_unrecorded(self) -> None:
        """Leave verl the newest checkpoint whose step was recorded.

        It saves a step's checkpoint before it validates and logs the step, and would go on after it. What it noted as
        its newest is not asked: a kill may have left that empty or cut, and a recorded step's checkpoint is whole.
        """
        tracker = self.folder / "checkpoints" / "latest_checkpointed_iteration.txt"
        steps = {int(path.name.removeprefix("global_step_")): path for path in tracker.parent.glob("global_step_*")}
        logged = self._steps()
        usable = [step for step in steps if step in logged and self._recorded(step)]
        if usable:
            temporary = tracker.with_suffix(".tmp")
            temporary.write_text(str(max(usable)))
            os.replace(temporary, tracker)
        else:
            tracker.unlink(missing_ok=True)
        for step, path in steps.items():
            if step != max(usable, default=0):
                shutil.rmtree(path)

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
        return ours | (_CPU | VLLM_CPU if cpu else {})


def _rows(path: Path) -> list[dict]:
    """The lines of a jsonl file; a kill may have cut the last one.

    Only a newline ends one: responses hold other separators of lines, which verl does not escape.
    """
    *whole, _ = path.read_bytes().split(b"\n")
    return [json.loads(line) for line in whole]


def _inherited() -> dict[str, str]:
    """This process's environment. Slurm names its GPUs for CUDA and for AMD; verl refuses to be told twice."""
    inherited = dict(os.environ)
    if "CUDA_VISIBLE_DEVICES" in inherited:
        inherited.pop("ROCR_VISIBLE_DEVICES", None)
    return inherited


def _die_with_parent() -> None:
    """A killed job must not leave verl behind, training into the folder that the next attempt uses."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
