"""Lay the shards of a policy's rollouts end to end, in the order of the benchmarks' problems."""

from mtalign.artifacts.responses import Rollouts
from mtalign.cli import add_paths, log, parser, run
from mtalign.data.problem_sets import read_problems
from mtalign.errors import InputError
from mtalign.parquet import provenance, read_tables, write_table


def main() -> None:
    made = add_paths(
        parser(__doc__), shards="rollouts, parquet ...", benchmarks="data sets, parquet ...", output="rollouts, parquet"
    )
    args = made.parse_args()
    columns = read_tables(args.shards, Rollouts).to_pydict()
    places = {
        (path.stem, item.problem.problem_id): (b, place)
        for b, path in enumerate(args.benchmarks)
        for place, item in enumerate(read_problems(path))
    }
    seeds, top_ps = list(dict.fromkeys(columns["seed"])), args.spec["top_p"]

    def rank(row: int) -> tuple[int, ...]:
        benchmark, place = places[columns["benchmark"][row], columns["problem_id"][row]]
        top_p = top_ps.index(columns["top_p"][row])
        return benchmark, top_p, seeds.index(columns["seed"][row]), place, columns["sample"][row]

    order = sorted(range(len(columns["seed"])), key=rank)
    expected = len(places) * len(top_ps) * len(seeds) * args.spec["samples"]
    if len(order) != expected:
        said = f"{args.shards[0].parent}: {len(order)} responses in {len(args.shards)} shards, but {expected} expected"
        raise InputError(f"{said}: delete the shards and run snakemake again")
    merged = {name: [values[i] for i in order] for name, values in columns.items()}
    write_table(args.output, Rollouts, merged, provenance(args.shards, args.spec))
    log.info("%d responses", len(order))


if __name__ == "__main__":
    run(main)
