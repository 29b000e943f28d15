"""The table `released`: methods as the paper describes them beside the variants that its released code runs.

Long form: one row a pair of methods, model, task, benchmark and measure. The difference is released minus described,
seed by seed; its mean, and its standard deviation over seeds (ddof 1; empty for one seed).
"""

from mtalign.command import add_paths, parser, run
from mtalign.io import provenance, read_table, write_csv, write_rows


def main() -> None:
    made = add_paths(parser(__doc__), evaluation="the table", map="the table", output="parquet; a csv goes beside it")
    args = made.parse_args()
    colours = {(row["model"], row["task"]): row["colour"] for row in read_table(args.map, "map").to_pylist()}
    evaluation = read_table(args.evaluation, "evaluation").to_pandas()
    keys = ["model", "task", "benchmark", "measure"]
    rows = []
    for described, released in args.spec["pairs"].items():
        for key, group in evaluation.groupby(keys, observed=True, sort=False):
            before, after = (group[group["method"] == name].set_index("seed") for name in (described, released))
            difference = after["accuracy"] - before["accuracy"]
            rows.append(
                dict(zip(keys, key))
                | {
                    "described": described,
                    "released": released,
                    "colour": colours[key[0], key[1]],
                    "accuracy_described": float(before["accuracy"].mean()),
                    "accuracy_released": float(after["accuracy"].mean()),
                    "difference": float(difference.mean()),
                    "std": float(difference.std()) if len(difference) > 1 else None,
                    "n_seeds": len(difference),
                    "n": int(before["n"].sum()),
                }
            )
    write_rows(args.output, "released", rows, provenance([args.evaluation, args.map], args.spec))
    write_csv(args.output.with_suffix(".csv"), read_table(args.output, "released"))


if __name__ == "__main__":
    run(main)
