"""The table `references`: the verdicts on the answers that come with the data, for each data set."""

from collections import Counter

from mtalign.command import add_paths, parser, run
from mtalign.dataset import read_problems
from mtalign.io import provenance, read_table, read_tables, write_csv, write_rows
from mtalign.tasks import Verdict


def main() -> None:
    made = add_paths(
        parser(__doc__), scores="parquet ...", data="data sets ...", output="parquet; a csv goes beside it"
    )
    args = made.parse_args()
    names = ("task", "benchmark", "verdict")
    scores = read_tables(args.scores, "scores")
    verdicts = Counter(zip(*(scores[name].to_pylist() for name in names)))
    rows = []
    for path in args.data:
        task, benchmark, items = path.parent.name, path.stem, read_problems(path)
        counts = {verdict.value: verdicts[task, benchmark, verdict.value] for verdict in Verdict}
        rows.append({"task": task, "benchmark": benchmark, "family": items[0].family, "n": len(items)} | counts)
    write_rows(args.output, "references", rows, provenance([*args.scores, *args.data], args.spec))
    write_csv(args.output.with_suffix(".csv"), read_table(args.output, "references"))


if __name__ == "__main__":
    run(main)
