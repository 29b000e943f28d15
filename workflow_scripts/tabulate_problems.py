"""The table `problems`: accuracy of every policy on every problem, by every measure."""

import pandas as pd
from mtalign.command import add_paths, parser, run
from mtalign.io import provenance, read_table, write_csv, write_table
from mtalign.spec import Verdict, measure

_KEYS = ["model", "task", "method", "seed", "benchmark", "top_p", "problem_id"]


def main() -> None:
    made = add_paths(
        parser(__doc__), scores="every policy's scores, parquet ...", output="parquet; a csv goes beside it"
    )
    args = made.parse_args()
    parts = []
    for path in args.scores:
        scores = read_table(path, "scores").to_pandas()
        right = scores["verdict"] == Verdict.CORRECT
        scores = scores.assign(any=right, formatted=right & scores["formatted"])
        shares = scores.groupby(_KEYS, observed=True, sort=False)[["any", "formatted"]]
        means = shares.mean().assign(n_samples=shares.size()).reset_index()
        for format_required, column in ((True, "formatted"), (False, "any")):
            names = means["top_p"].map(lambda top_p, required=format_required: measure(required, top_p))
            parts.append(means.assign(measure=names, accuracy=means[column]))
    table = pd.concat(parts, ignore_index=True)
    columns = ["model", "task", "method", "seed", "benchmark", "measure", "problem_id", "accuracy", "n_samples"]
    made_by = provenance(args.scores, args.spec)
    write_table(args.output, "problems", {name: table[name].tolist() for name in columns}, made_by)
    write_csv(args.output.with_suffix(".csv"), read_table(args.output, "problems"))


if __name__ == "__main__":
    run(main)
