"""Train the runs of one cell (model, task, method; one run a seed) with the embedded engine.

Killed at any step and started again, it goes on from its checkpoint and ends with the same bytes.
"""

import shutil

from mtalign.command import log, parser, run
from mtalign.dataset import Item, read_problems
from mtalign.engines.torch_policy import Stack, export
from mtalign.engines.torch_rollout import Prompt
from mtalign.engines.torch_trainer import Method, Recipe, Trainer
from mtalign.judging import Judges
from mtalign.parquet import provenance, replacing
from mtalign.selection import training_set
from mtalign.training_files import add_training_files, checkpoint_name, read_ranking, write_curves
from tqdm import tqdm


def main() -> None:
    args = add_training_files(parser(__doc__)).parse_args()
    spec = args.spec
    items, ranking = read_problems(args.train), read_ranking(args.selection)
    ids = [item.problem.problem_id for item in items]
    inputs = [folder / "model.safetensors" for folder in dict.fromkeys(args.models)]
    inputs += [path for path in (args.train, args.validation, args.selection) if path]
    made_by = provenance(inputs, spec)
    trainer = Trainer(
        base=(base := Stack.load(args.models)),
        train=[
            _prompts(base, [items[i] for i in training_set(ids, spec["data"], ranking, seed)], spec["chat_template"])
            for seed in spec["seeds"]
        ],
        validation=_prompts(base, read_problems(args.validation), spec["chat_template"]),
        method=Method(spec["reward"], spec["advantage"], spec["format_factor"]),
        recipe=Recipe(**spec["recipe"]),
        seeds=spec["seeds"],
        checkpoint=args.checkpoints / f"{checkpoint_name(made_by)}.pt",
        judges=Judges(processes=1, allow_unisolated=args.allow_unisolated),  # a job is one core's work
    )
    if trainer.state.step:
        log.info("going on after step %d", trainer.state.step)
    for _ in tqdm(
        trainer.train(), desc="training", total=trainer.recipe.steps, initial=trainer.state.step, mininterval=5
    ):
        pass
    with replacing(args.policies) as temporary:
        for seed, model, weights in zip(spec["seeds"], args.models, trainer.weights, strict=True):
            export(temporary / f"seed-{seed}", model, base.arch, weights)
    write_curves(args, trainer.state.metrics, trainer.state.visits, made_by)
    shutil.rmtree(args.checkpoints)


def _prompts(base: Stack, items: list[Item], chat_template: bool) -> list[Prompt]:
    encoded = base.encode_prompts([item.prompt for item in items], chat_template)
    return [Prompt(item.problem, item.family, ids) for item, ids in zip(items, encoded)]


if __name__ == "__main__":
    run(main, pandas=False)
