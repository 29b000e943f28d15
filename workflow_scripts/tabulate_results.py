"""One of the paper's result tables (RQ1 reward signals, TTRL, RQ2 one-shot, RQ3 negatives and positives).

Long form: one row a method (the base model first), model, task, benchmark and measure; mean and standard deviation
(ddof 1; empty for one seed) over seeds, and the mean change from the base model, each run's from its own.
"""

import numpy as np
from mtalign.command import add_paths, parser, run
from mtalign.io import provenance, read_table, write_csv, write_rows
from mtalign.spec import BASE, BASE_SEED


def main() -> None:
    made = add_paths(parser(__doc__), evaluation="the table", map="the table", output="parquet; a csv goes beside it")
    args = made.parse_args()
    colours = {(row["model"], row["task"]): row["colour"] for row in read_table(args.map, "map").to_pylist()}
    evaluation = read_table(args.evaluation, "evaluation").to_pandas()
    rows = []
    keys = ["model", "task", "benchmark", "measure"]
    for key, group in evaluation.groupby(keys, observed=True, sort=False):
        base = group[group["method"] == BASE].set_index("seed")["accuracy"]
        for method in (BASE, *args.spec["methods"]):
            runs = group[group["method"] == method]
            accuracy = runs["accuracy"].to_numpy()
            before = np.array([base.get(seed, base.get(BASE_SEED)) for seed in runs["seed"]])
            rows.append(
                dict(zip(keys, key))
                | {
                    "method": method,
                    "colour": colours[key[0], key[1]],
                    "accuracy": float(accuracy.mean()),
                    "std": float(accuracy.std(ddof=1)) if len(accuracy) > 1 else None,
                    "change": float((accuracy - before).mean()),
                    "n_seeds": len(accuracy),
                    "n": int(runs["n"].sum()),
                }
            )
    order = [BASE, *args.spec["methods"]]
    rows.sort(key=lambda row: order.index(row["method"]))
    write_rows(args.output, "results", rows, provenance([args.evaluation, args.map], args.spec))
    write_csv(args.output.with_suffix(".csv"), read_table(args.output, "results"))


if __name__ == "__main__":
    run(main)
