"""Train the runs of one cell (model, task, method; one run a seed) with verl, one after the other.

Killed at any step and started again, each run goes on from verl's newest checkpoint.
"""

import hashlib
import json
import shutil
from pathlib import Path

from mtalign.command import add_paths, log, parser, run
from mtalign.dataset import read_problems
from mtalign.engines.verl_run import Run
from mtalign.io import provenance, read_table, replacing, weight_files, write_rows
from mtalign.selection import training_set


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--machine", type=json.loads, required=True, help="what a run gets, as JSON (Study.machine)")
    made.add_argument("--selection", type=Path, help="ranking of the training examples, parquet (one_selected only)")
    add_paths(
        made,
        model="the base model's folder",
        train="data set to train on, parquet",
        validation="the task's own benchmark, parquet",
        checkpoints="folder for verl's own files; kept until the end",
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
    inputs = [path for path in (*weight_files(args.model), args.train, args.validation, args.selection) if path]
    made_by = provenance(inputs, spec)
    # Named by all that made it, so that a changed setting never goes on from another setting's checkpoint.
    folder = args.checkpoints / hashlib.sha256(json.dumps(made_by, sort_keys=True).encode()).hexdigest()[:16]
    runs = [Run(folder / f"seed-{seed}", spec, seed, args.machine) for seed in spec["seeds"]]
    for of_seed in runs:
        if of_seed.finished:
            log.info("seed %d is trained already", of_seed.seed)
            continue
        chosen = [items[i] for i in training_set(ids, spec["data"], ranking, of_seed.seed)]
        of_seed.train(args.model, chosen, read_problems(args.validation))
    with replacing(args.policies) as temporary:
        for of_seed in runs:
            shutil.copytree(of_seed.weights, temporary / f"seed-{of_seed.seed}")
            for name in ("tokenizer.json", "tokenizer_config.json", "generation_config.json"):
                shutil.copyfile(args.model / name, temporary / f"seed-{of_seed.seed}" / name)
    policy = {name: spec[name] for name in ("model", "task", "method")}
    for path, kind, rows_of, *names in (
        (args.metrics, "metrics", Run.metrics, "step", "metric", "value"),
        (args.visits, "visits", Run.visits, "step", "problem_id", "accuracy"),
    ):
        rows = [{"seed": x.seed} | dict(zip(names, row)) for x in runs for row in rows_of(x)]
        write_rows(path, kind, [policy | row for row in rows], made_by)
    shutil.rmtree(args.checkpoints)


if __name__ == "__main__":
    run(main)
