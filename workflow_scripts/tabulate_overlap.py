"""The table `overlap`: n-gram overlap of every training set with every benchmark."""

from pathlib import Path

from mtalign.command import add_paths, parser, run
from mtalign.dataset import read_problems
from mtalign.io import provenance, read_table, write_csv, write_rows
from mtalign.overlap import overlaps


def main() -> None:
    made = add_paths(
        parser(__doc__), train="data sets ...", benchmarks="data sets ...", output="parquet; a csv goes beside it"
    )
    args = made.parse_args()
    found = overlaps(
        {f"{path.parent.name}/train": _questions(path) for path in args.train},
        {path.stem: _questions(path) for path in args.benchmarks},
        args.spec["ngram"],
    )
    rows = [
        {"train": train, "benchmark": benchmark, "ngram": args.spec["ngram"]} | vars(counts)
        for (train, benchmark), counts in found.items()
    ]
    write_rows(args.output, "overlap", rows, provenance(args.train + args.benchmarks, args.spec))
    write_csv(args.output.with_suffix(".csv"), read_table(args.output, "overlap"))


def _questions(path: Path) -> list[str]:
    return [item.problem.question for item in read_problems(path)]


if __name__ == "__main__":
    run(main)
