"""Train the runs of one cell (model, task, method; one run a seed) with verl, one after the other.

Killed at any step and started again, each run goes on from verl's newest checkpoint.
"""

import shutil

from mtalign.command import engine_parser, log, run
from mtalign.dataset import read_problems
from mtalign.engines.hf_prompts import encode
from mtalign.engines.verl_run import Run
from mtalign.errors import InputError
from mtalign.parquet import provenance, replacing, weight_files
from mtalign.selection import training_set
from mtalign.training_files import add_training_files, checkpoint_name, read_ranking, write_curves
from transformers import AutoTokenizer


def main() -> None:
    args = add_training_files(engine_parser(__doc__)).parse_args()
    spec, most = args.spec, args.spec["max_prompt_tokens"]
    tokenizer = AutoTokenizer.from_pretrained(args.models[0])
    # Each with the length of its prompt, in tokens. Overlong ones are not trained on, as with verl's own data set.
    everything, validation = (
        [(item, len(encode(tokenizer, item.prompt, spec["chat_template"]))) for item in read_problems(path)]
        for path in (args.train, args.validation)
    )
    train = [(item, length) for item, length in everything if length <= most]
    if not train:
        raise InputError(f"{args.train}: every prompt has over {most} tokens; raise engine.max_prompt_tokens")
    log.info("%d of %d prompts have at most %d tokens", len(train), len(everything), most)
    ids, ranking = [item.problem.problem_id for item, _ in train], read_ranking(args.selection)
    inputs = [file for folder in dict.fromkeys(args.models) for file in weight_files(folder)]
    inputs += [path for path in (args.train, args.validation, args.selection) if path]
    made_by = provenance(inputs, spec)
    # Each process has a part of a checkpoint, so another number of them cannot go on from it.
    processes = {"processes": args.machine["nodes"] * args.machine["gpus"]}
    folder = args.checkpoints / checkpoint_name(made_by | processes)[:16]
    finished = args.checkpoints.with_name("finished")
    shutil.rmtree(finished, ignore_errors=True)
    runs = [Run(folder / f"seed-{seed}", spec, seed, args.machine, args.allow_unisolated) for seed in spec["seeds"]]
    for of_seed, model in zip(runs, args.models, strict=True):
        if of_seed.finished:
            log.info("seed %d is trained already", of_seed.seed)
            continue
        chosen = [train[i] for i in training_set(ids, spec["data"], ranking, of_seed.seed)]
        longest = max(length for _, length in (*chosen, *validation))
        of_seed.train(model, [item for item, _ in chosen], [item for item, _ in validation], longest)
    with replacing(args.policies) as temporary:
        for of_seed, model in zip(runs, args.models):
            shutil.copytree(of_seed.weights, temporary / f"seed-{of_seed.seed}")
            for name in ("tokenizer.json", "tokenizer_config.json", "generation_config.json"):
                if (model / name).exists():
                    shutil.copyfile(model / name, temporary / f"seed-{of_seed.seed}" / name)
    metrics, visits = ([(x.seed, *row) for x in runs for row in rows_of(x)] for rows_of in (Run.metrics, Run.visits))
    write_curves(args, metrics, visits, made_by)
    args.checkpoints.rename(finished)  # at once: half a folder would be gone on from
    shutil.rmtree(finished)


if __name__ == "__main__":
    run(main)
