"""A job of the embedded DAPO trainer: its runs, stacked where the policy stacks, else one after another.

Killed at any step and started again, it goes on from its checkpoint and ends with the same bytes.
"""

from pathlib import Path
from typing import ClassVar

from tqdm import tqdm

from mtalign.cli import log
from mtalign.data.problem_sets import Item
from mtalign.engines import interface
from mtalign.engines.dapo.rollout import Prompt
from mtalign.engines.dapo.trainer import Trainer as Runs
from mtalign.engines.policy import Policy
from mtalign.judging import VerifierPool
from mtalign.rl.methods import Method, Recipe


class Trainer:
    """See `interface.Trainer`."""

    layout: ClassVar[dict] = {}

    def __init__(self, engine: str, folders: list[Path], spec: dict, machine: dict, allow_unisolated: bool):
        self.folders, self.spec = folders, spec
        self.policies = interface.policies(engine, folders, spec, machine)
        self.verifiers = VerifierPool(processes=1, allow_unisolated=allow_unisolated)  # a job is one core's work

    def usable(self, items: list[Item]) -> list[Item]:
        return items

    def train(
        self, train: list[list[Item]], validation: list[Item], checkpoints: Path, policies: Path
    ) -> tuple[list[tuple], list[tuple]]:
        spec, metrics, visits, first = self.spec, [], [], 0
        while self.policies:
            base = self.policies.pop(0)
            mine = slice(first, first + base.count)
            seeds = spec["seeds"][mine]
            runs = Runs(
                base=base,
                train=[self._prompts(base, items) for items in train[mine]],
                validation=self._prompts(base, validation),
                method=Method.of(spec),
                recipe=Recipe.of(spec),
                seeds=seeds,
                checkpoint=checkpoints / f"seeds-{'-'.join(map(str, seeds))}.pt",
                verifiers=self.verifiers,
            )
            done = runs.state.step
            if done:
                log.info("going on after step %d", done)
            for _ in tqdm(runs.train(), desc="training", total=runs.recipe.steps, initial=done, mininterval=5):
                pass
            for run, (seed, folder) in enumerate(zip(seeds, self.folders[mine], strict=True)):
                runs.trained.export(run, policies / f"seed-{seed}", folder)
            metrics += runs.state.metrics
            visits += runs.state.visits
            first += base.count
        return metrics, visits

    def _prompts(self, base: Policy, items: list[Item]) -> list[Prompt]:
        encoded = base.encode_prompts([item.prompt for item in items], self.spec["chat_template"])
        return [Prompt(item.problem, item.family, ids) for item, ids in zip(items, encoded)]
