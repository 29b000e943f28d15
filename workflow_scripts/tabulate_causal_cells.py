"""The table `causal_cells`: where the lab set a base model's two dials for a task, and what each method then gained.

Means over replications; a gain is each run's, from its own base model. Own benchmark: the one that leaks where the
contamination dial says so. Fresh: the task's second, which never leaks.
"""

from mtalign.command import add_paths, parser, run
from mtalign.io import provenance, read_table, write_csv, write_rows
from mtalign.outcomes import from_tables
from mtalign.spec import BASE


def main() -> None:
    made = add_paths(
        parser(__doc__),
        problems="the table",
        map="the table",
        curves="the table",
        output="parquet; a csv goes beside it",
    )
    args = made.parse_args()
    paths = [args.problems, args.map, args.curves]
    tables = [read_table(path, path.stem).to_pandas() for path in paths]
    rows = []
    for measure in args.spec["measures"]:
        for benchmark, names in args.spec["benchmarks"].items():
            outcomes = from_tables(*tables, names, measure)
            rows += [
                {
                    "measure": measure,
                    "benchmark": benchmark,
                    "method": method,
                    "model": pair[0],
                    "task": pair[1],
                    "alignment_dial": float(dials["alignment"]),
                    "contamination_dial": float(dials["contamination"]),
                    "alignment": outcomes.alignment[pair],
                    "contamination": outcomes.contamination[pair],
                    "base_accuracy": float(outcomes.scores(pair, BASE).values.mean()),
                    "gain": float(gain.values.mean()),
                }
                for method in outcomes.methods()
                for pair in outcomes.colours
                for dials in [args.spec["dials"][pair[0]][pair[1]]]
                if (gain := outcomes.difference(pair, method)) is not None
            ]
    write_rows(args.output, "causal_cells", rows, provenance(paths, args.spec))
    write_csv(args.output.with_suffix(".csv"), read_table(args.output, "causal_cells"))


if __name__ == "__main__":
    run(main)
