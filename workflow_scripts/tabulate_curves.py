"""The table `curves`: every metric of every run at every step; step 0 of the validation metrics is its base model."""

from mtalign.command import add_paths, parser, run
from mtalign.io import provenance, read_table, read_tables, write_csv, write_rows
from mtalign.spec import BASE, BASE_SEED, VALIDATION


def main() -> None:
    made = add_paths(
        parser(__doc__),
        metrics="every job's metrics, parquet ...",
        evaluation="the table",
        output="parquet; a csv goes beside it",
    )
    args = made.parse_args()
    benchmarks = args.spec["benchmarks"]
    before = [
        row
        for row in read_table(args.evaluation, "evaluation").to_pylist()
        if row["method"] == BASE and row["benchmark"] == benchmarks[row["task"]]
    ]
    after = read_tables(args.metrics, "metrics").to_pylist()
    runs = dict.fromkeys((row["model"], row["task"], row["method"], row["seed"]) for row in after)
    start = [
        {"model": model, "task": task, "method": method, "seed": seed, "step": 0}
        | {"metric": f"{VALIDATION}{row['measure']}", "value": row["accuracy"]}
        for model, task, method, seed in runs
        for row in before
        if (row["model"], row["task"]) == (model, task) and row["seed"] in (seed, BASE_SEED)
    ]
    write_rows(args.output, "curves", start + after, provenance([*args.metrics, args.evaluation], args.spec))
    write_csv(args.output.with_suffix(".csv"), read_table(args.output, "curves"))


if __name__ == "__main__":
    run(main)
