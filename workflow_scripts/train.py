"""Train the runs of one cell (model, task, method; one run a seed).

Killed at any step and started again, it goes on from its checkpoints.
"""

import shutil

from mtalign.cli import engine_parser, run
from mtalign.data.problem_sets import read_problems
from mtalign.engines import interface
from mtalign.parquet import provenance, replacing, weight_files
from mtalign.rl.example_order import training_set
from mtalign.rl.job_files import add_training_files, checkpoint_name, read_ranking, write_curves


def main() -> None:
    args = add_training_files(engine_parser(__doc__, interface.NAMES)).parse_args()
    spec = args.spec
    trainer = interface.trainer(args.engine, args.models, spec, args.machine, args.allow_unisolated)
    items, ranking = trainer.usable(read_problems(args.train)), read_ranking(args.selection)
    ids = [item.problem.problem_id for item in items]
    train = [[items[i] for i in training_set(ids, spec["data"], ranking, seed)] for seed in spec["seeds"]]
    inputs = [file for folder in dict.fromkeys(args.models) for file in weight_files(folder)]
    inputs += [path for path in (args.train, args.validation, args.selection) if path]
    made_by = provenance(inputs, spec)
    checkpoints = args.checkpoints / checkpoint_name(made_by | trainer.layout)[:16]
    finished = args.checkpoints.with_name("finished")
    shutil.rmtree(finished, ignore_errors=True)
    with replacing(args.policies) as temporary:
        metrics, visits = trainer.train(train, read_problems(args.validation), checkpoints, temporary)
    write_curves(args, metrics, visits, made_by)
    args.checkpoints.rename(finished)  # at once: half a folder would be gone on from
    shutil.rmtree(finished)


if __name__ == "__main__":
    run(main, pandas=False)
