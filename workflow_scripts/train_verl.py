"""Train the runs of one cell (model, task, method; one run a seed) with verl, one after the other.

Killed at any step and started again, each run goes on from verl's newest checkpoint.
"""

import hashlib
import json
import shutil
from pathlib import Path

from mtalign.command import add_paths, log, parser, run
from mtalign.dataset import Item, read_problems
from mtalign.engines.hf_prompts import token_counts
from mtalign.engines.verl_run import Run
from mtalign.io import InputError, provenance, read_table, replacing, weight_files, write_rows
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
    items, ranking = _short_enough(read_problems(args.train), args.model, spec), []
    ids = [item.problem.problem_id for item in items]
    if args.selection:
        ranking = read_table(args.selection, "selection").to_pylist()
    inputs = [path for path in (*weight_files(args.model), args.train, args.validation, args.selection) if path]
    made_by = provenance(inputs, spec)
    # Named by all that made it, so that a changed setting never goes on from another setting's checkpoint; nor does
    # another number of processes, each of which has a part of one.
    named_by = made_by | {"processes": args.machine["nodes"] * args.machine["gpus"]}
    folder = args.checkpoints / hashlib.sha256(json.dumps(named_by, sort_keys=True).encode()).hexdigest()[:16]
    finished = args.checkpoints.with_name("finished")
    shutil.rmtree(finished, ignore_errors=True)
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
                if (args.model / name).exists():
                    shutil.copyfile(args.model / name, temporary / f"seed-{of_seed.seed}" / name)
    policy = {name: spec[name] for name in ("model", "task", "method")}
    for path, kind, rows_of, *names in (
        (args.metrics, "metrics", Run.metrics, "step", "metric", "value"),
        (args.visits, "visits", Run.visits, "step", "problem_id", "accuracy"),
    ):
        rows = [{"seed": x.seed} | dict(zip(names, row)) for x in runs for row in rows_of(x)]
        write_rows(path, kind, [policy | row for row in rows], made_by)
    args.checkpoints.rename(finished)  # at once: half a folder would be gone on from
    shutil.rmtree(finished)


def _short_enough(items: list[Item], model: Path, spec: dict) -> list[Item]:
    """The training examples without overlong prompts, as verl's own data set leaves them out.

    Raises:
        InputError: none is left.
    """
    counts = token_counts(model, [item.prompt for item in items], spec["chat_template"])
    kept = [item for item, count in zip(items, counts) if count <= spec["max_prompt_tokens"]]
    if not kept:
        raise InputError(f"every prompt has over {spec['max_prompt_tokens']} tokens; raise engine.max_prompt_tokens")
    log.info("%d of %d prompts have at most %d tokens", len(kept), len(items), spec["max_prompt_tokens"])
    return kept


if __name__ == "__main__":
    run(main)
