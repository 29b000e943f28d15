"""The table `claims`: verdicts on the paper's statements, from this study's tables and from the paper's own numbers."""

from mtalign.claims import judge
from mtalign.command import add_paths, parser, run
from mtalign.io import provenance, read_table, write_csv, write_rows
from mtalign.outcomes import from_numbers, from_tables


def main() -> None:
    made = add_paths(
        parser(__doc__),
        problems="the table",
        map="the table",
        curves="the table",
        output="parquet; a csv goes beside it",
    )
    args = made.parse_args()
    spec, paths = args.spec, [args.problems, args.map, args.curves]
    tables = [read_table(path, path.stem).to_pandas() for path in paths]
    judged = [("ours", measure, from_tables(*tables, spec["benchmarks"], measure)) for measure in spec["measures"]] + [
        ("paper", "", from_numbers(spec["numbers"]))
    ]
    rows = [
        {"results": results, "measure": measure} | row
        for results, measure, outcomes in judged
        for row in judge(spec["claims"], outcomes)
    ]
    write_rows(args.output, "claims", rows, provenance(paths, spec))
    write_csv(args.output.with_suffix(".csv"), read_table(args.output, "claims"))


if __name__ == "__main__":
    run(main)
