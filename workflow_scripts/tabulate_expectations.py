"""The table `expectations`: what base models were to be, by their dials and by `expect`, and what they are."""

from mtalign.command import add_paths, parser, run
from mtalign.io import provenance, read_table, read_tables, write_csv, write_table


def main() -> None:
    made = add_paths(parser(__doc__), expectations="of every cell, parquet ...", output="parquet; a csv goes beside it")
    args = made.parse_args()
    columns = read_tables(args.expectations, "expectations").to_pydict()
    write_table(args.output, "expectations", columns, provenance(args.expectations, args.spec))
    write_csv(args.output.with_suffix(".csv"), read_table(args.output, "expectations"))


if __name__ == "__main__":
    run(main)
