"""Pretrain one replication of a lab model until its habits are what the dials say; a Hugging Face folder comes out."""

from mtalign.artifacts.lab import Calibration, Dials
from mtalign.artifacts.lab import Corpus as CorpusFile
from mtalign.artifacts.lab import Pretraining as PretrainingFile
from mtalign.cli import add_paths, log, parser, run
from mtalign.engines.stacked.decoder import Architecture, save_weights
from mtalign.engines.stacked.policy import PolicyStack
from mtalign.lab import tokenizer
from mtalign.lab.habits import Habit
from mtalign.lab.learner import Document, Learner, Optimization
from mtalign.lab.pretrain import Corpus, Pair, Pretraining, Record, Schedule
from mtalign.parquet import provenance, read_table, replacing, write_rows


def main() -> None:
    made = add_paths(
        parser(__doc__),
        corpus="documents, parquet",
        calibration="questions, parquet",
        output="the model's folder",
        curves="parquet",
        dials="parquet",
    )
    args = made.parse_args()
    spec, tasks = args.spec, [task["task"] for task in args.spec["tasks"]]
    vocabulary, key = tokenizer.build(), (spec["seed"], spec["replication"])
    pad, end = (vocabulary.token_to_id(name) for name in (tokenizer.PAD, tokenizer.END))
    arch = Architecture(
        model_type=spec["architecture"],
        vocab_size=vocabulary.get_vocab_size(),
        hidden_size=spec["hidden_size"],
        num_layers=spec["layers"],
        num_heads=spec["heads"],
        intermediate_size=spec["intermediate_size"],
        max_position_embeddings=tokenizer.MAX_LENGTH,
        rope_theta=spec["rope_theta"],
    )
    optimization = Optimization(**{name: spec[name] for name in Optimization.__dataclass_fields__})
    learner = Learner(arch, optimization, pad, key)
    stack = PolicyStack(arch, learner.weights.unsqueeze(0), vocabulary, end, pad, {})
    asked = {(use, task): [] for use in ("steering", "check") for task in tasks}
    for row in read_table(args.calibration, Calibration).to_pylist():
        asked[row["use"], row["task"]].append(row)
    habits, checks = (
        [Habit(task["family"], asked[use, task["task"]], stack) for task in spec["tasks"]]
        for use in ("steering", "check")
    )
    record = Pretraining(
        learner=learner,
        schedule=Schedule(**{name: spec[name] for name in Schedule.__dataclass_fields__}),
        corpus=_corpus(read_table(args.corpus, CorpusFile).to_pydict(), tasks, stack),
        stack=stack,
        habits=habits,
        checks=checks,
        targets=[task["alignment"] for task in spec["tasks"]],
        key=key,
    ).run()
    with replacing(args.output) as temporary:
        save_weights(temporary, arch, learner.weights)
        tokenizer.save(temporary)
    made_by = provenance([args.corpus, args.calibration], spec)
    write_rows(args.curves, PretrainingFile, _curves(record, tasks), made_by)
    write_rows(args.dials, Dials, _dials(record, tasks, spec["replication"]), made_by)
    for task, dial in zip(tasks, record.dials):
        log.info("%s: alignment set to %.3f, %.3f +- %.3f came out", task, dial.set, dial.measured, dial.standard_error)
    log.info("%d further rounds", record.rounds)


def _corpus(columns: dict[str, list], tasks: list[str], stack: PolicyStack) -> Corpus:
    prompts, rights = stack.encode(columns["prompt"]), stack.encode(columns["right"])
    wrongs = stack.encode([text or "" for text in columns["wrong"]])
    parts: dict[str, list] = {"skills": [], "habits": [], "leaked": []}
    for part, task, prompt, right, wrong in zip(columns["part"], columns["task"], prompts, rights, wrongs):
        if part == "leaked":  # the question is to be known by heart, so its tokens count fully
            parts[part].append(Document([*prompt, *right, stack.end], 0))
        else:
            documents = [Document([*prompt, *ids, stack.end], len(prompt)) for ids in (right, wrong)]
            parts[part].append(Pair(tasks.index(task), *documents))
    return Corpus(**parts)


def _curves(record: Record, tasks: list[str]) -> list[dict]:
    return [
        {"step": step, "task": None if task is None else tasks[task], "metric": metric, "value": value}
        for step, task, metric, value in record.rows
    ]


def _dials(record: Record, tasks: list[str], seed: int) -> list[dict]:
    return [
        {"task": task, "seed": seed, "dial": "alignment", "rounds": record.rounds} | vars(dial)
        for task, dial in zip(tasks, record.dials)
    ]


if __name__ == "__main__":
    run(main, pandas=False)
