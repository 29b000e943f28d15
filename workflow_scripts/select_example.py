"""Rank a cell's training examples for one-shot training, by the accuracy history of its ground_truth runs."""

from mtalign.artifacts.training import Selection, Visits
from mtalign.cli import add_paths, log, parser, run
from mtalign.parquet import provenance, read_table, write_rows
from mtalign.rl.example_order import FEWEST_VISITS, rank_by_deviation


def main() -> None:
    made = add_paths(
        parser(__doc__), visits="accuracy history of the ground_truth runs, parquet", output="ranking, parquet"
    )
    args = made.parse_args()
    history: dict[str, list[float]] = {}
    for row in read_table(args.visits, Visits).to_pylist():
        history.setdefault(row["problem_id"], []).append(row["accuracy"])
    ranked = rank_by_deviation(history)
    write_rows(args.output, Selection, map(vars, ranked), provenance([args.visits], args.spec))
    if ranked[0].visits < FEWEST_VISITS:
        remedy = "train on fewer problems (`limit`, `share`) or for more steps"
        log.warning("no example was visited %d times, so the choice is mostly chance: %s", FEWEST_VISITS, remedy)
    log.info("first of %d examples: %s, standard deviation %.3f", len(ranked), ranked[0].problem_id, ranked[0].std)


if __name__ == "__main__":
    run(main)
