"""A job of verl: the runs of one cell, one after the other, each gone on with from verl's newest checkpoint."""

import shutil
from pathlib import Path

from transformers import AutoTokenizer

from mtalign.cli import log
from mtalign.data.problem_sets import Item
from mtalign.engines.prompts import encode
from mtalign.engines.verl.run import Run
from mtalign.errors import InputError


class Trainer:
    """See `interface.Trainer`."""

    def __init__(self, engine: str, folders: list[Path], spec: dict, machine: dict, allow_unisolated: bool):
        self.folders, self.spec, self.machine, self.allow_unisolated = folders, spec, machine, allow_unisolated
        self.tokenizer = AutoTokenizer.from_pretrained(folders[0])
        # Each process has a part of a checkpoint, so another number of them cannot go on from it.
        self.layout = {"processes": machine["nodes"] * machine["gpus"]}

    def usable(self, items: list[Item]) -> list[Item]:
        """Those that are not too long, as with verl's own data set.

        Raises:
            InputError: all are.
        """
        most = self.spec["max_prompt_tokens"]
        fitting = [item for item in items if self._length(item) <= most]
        if not fitting:
            raise InputError(f"every prompt to train on has over {most} tokens; raise engine.max_prompt_tokens")
        log.info("%d of %d prompts have at most %d tokens", len(fitting), len(items), most)
        return fitting

    def train(
        self, train: list[list[Item]], validation: list[Item], checkpoints: Path, policies: Path
    ) -> tuple[list[tuple], list[tuple]]:
        runs = [
            Run(checkpoints / f"seed-{seed}", self.spec, seed, self.machine, self.allow_unisolated)
            for seed in self.spec["seeds"]
        ]
        for run, model, items in zip(runs, self.folders, train, strict=True):
            if run.finished:
                log.info("seed %d is trained already", run.seed)
                continue
            run.train(model, items, validation, max(map(self._length, (*items, *validation))))
        for run, model in zip(runs, self.folders):
            folder = shutil.copytree(run.weights, policies / f"seed-{run.seed}")
            for name in ("tokenizer.json", "tokenizer_config.json", "generation_config.json"):
                if (model / name).exists():
                    shutil.copyfile(model / name, folder / name)
        metrics, visits = ([(x.seed, *row) for x in runs for row in rows(x)] for rows in (Run.metrics, Run.visits))
        return metrics, visits

    def _length(self, item: Item) -> int:
        """Of its prompt, in tokens."""
        return len(encode(self.tokenizer, item.prompt, self.spec["chat_template"]))
