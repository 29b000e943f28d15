"""Train the runs of one cell (model, task, method; one run a seed) with the embedded engine.

Killed at any step and started again, it goes on from its checkpoint and ends with the same bytes.
"""

import hashlib
import json
import shutil
from pathlib import Path

from mtalign.command import add_paths, log, parser, run
from mtalign.dataset import Item, read_problems
from mtalign.engines.torch_policy import Stack, export
from mtalign.engines.torch_rollout import Prompt
from mtalign.engines.torch_trainer import Method, Recipe, Trainer
from mtalign.io import provenance, read_table, replacing, write_rows
from mtalign.selection import training_set
from tqdm import tqdm


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--selection", type=Path, help="ranking of the training examples, parquet (one_selected only)")
    add_paths(
        made,
        model="the base model's folder",
        train="data set to train on, parquet",
        validation="the task's own benchmark, parquet",
        checkpoints="folder for checkpoints; kept until the end",
        policies="folder for the trained policies, seed-N/ each",
        metrics="parquet",
        visits="accuracy history of the training examples, parquet",
    )
    args = made.parse_args()
    spec = args.spec
    items, ranking = read_problems(args.train), []
    ids = [item.problem.problem_id for item in items]
    if args.selection:
        ranking = read_table(args.selection, "selection").to_pylist()
    inputs = [path for path in (args.model / "model.safetensors", args.train, args.validation, args.selection) if path]
    made_by = provenance(inputs, spec)
    trainer = Trainer(
        base=(base := Stack.load([args.model])),
        train=[
            _prompts(base, [items[i] for i in training_set(ids, spec["data"], ranking, seed)], spec["chat_template"])
            for seed in spec["seeds"]
        ],
        validation=_prompts(base, read_problems(args.validation), spec["chat_template"]),
        method=Method(spec["reward"], spec["advantage"], spec["format_factor"]),
        recipe=Recipe(**spec["recipe"]),
        seeds=spec["seeds"],
        # Named by all that made it, so that a changed setting never goes on from another setting's checkpoint.
        checkpoint=args.checkpoints / f"{hashlib.sha256(json.dumps(made_by, sort_keys=True).encode()).hexdigest()}.pt",
    )
    if trainer.state.step:
        log.info("going on after step %d", trainer.state.step)
    for _ in tqdm(
        trainer.train(), desc="training", total=trainer.recipe.steps, initial=trainer.state.step, mininterval=5
    ):
        pass
    with replacing(args.policies) as temporary:
        for seed, weights in zip(spec["seeds"], trainer.weights):
            export(temporary / f"seed-{seed}", args.model, base.arch, weights)
    policy = {name: spec[name] for name in ("model", "task", "method")}
    for path, kind, *names in (
        (args.metrics, "metrics", "seed", "step", "metric", "value"),
        (args.visits, "visits", "seed", "step", "problem_id", "accuracy"),
    ):
        rows = getattr(trainer.state, kind)
        write_rows(path, kind, [policy | dict(zip(names, row)) for row in rows], made_by)
    shutil.rmtree(args.checkpoints)


def _prompts(base: Stack, items: list[Item], chat_template: bool) -> list[Prompt]:
    encoded = base.encode_prompts([item.prompt for item in items], chat_template)
    return [Prompt(item.problem, item.family, ids) for item, ids in zip(items, encoded)]


if __name__ == "__main__":
    run(main, pandas=False)
