"""The table `effects`: each method's accuracy and its difference from the base model and from RL with correct rewards.

For each (model, task) and for the populations of the map's colours, by each measure: intervals that count seeds (of a
lab model, its pretraining too) and problems, p values corrected after Holm over the table, the smallest difference that
this study would find (power .8), and rliable's interquartile mean and probability of improvement, with their bootstrap
intervals.
"""

import math

import numpy as np
from mtalign.command import add_paths, parser, run
from mtalign.crossed import mean
from mtalign.inference import holm
from mtalign.io import provenance, read_table, write_csv, write_rows
from mtalign.outcomes import POPULATIONS, Outcomes, Pair, from_tables
from mtalign.randomness import generator
from mtalign.robust import interquartile_mean, probability_of_improvement
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
    tables = [read_table(path, path.stem).to_pandas() for path in (args.problems, args.map, args.curves)]
    rows = []
    for measure in args.spec["measures"]:
        rng = generator("bootstrap", args.spec["seed"], "effects", measure)
        outcomes = from_tables(*tables, args.spec["benchmarks"], measure)
        mine = [
            {"measure": measure, "population": name, "model": model, "task": task, "method": method, "versus": versus}
            | row
            for name, model, task, pairs in _groups(outcomes)
            for versus in (BASE, "ground_truth")
            for method in outcomes.methods()
            if method != versus and (row := _effect(outcomes, pairs, method, versus, rng, args.spec["resamples"]))
        ]
        for row, p_value in zip(mine, holm([row["p_value"] for row in mine])):
            row["p_holm"] = p_value
        rows += mine
    paths = [args.problems, args.map, args.curves]
    write_rows(args.output, "effects", rows, provenance(paths, args.spec))
    write_csv(args.output.with_suffix(".csv"), read_table(args.output, "effects"))


def _groups(outcomes: Outcomes) -> list[tuple[str, str, str, list[Pair]]]:
    """(population, model, task, its pairs); a single pair belongs to the population "cell"."""
    populations = [(name, "", "", outcomes.population(name)) for name in POPULATIONS if name != "gray"]
    return [group for group in populations if group[3]] + [("cell", *pair, [pair]) for pair in outcomes.colours]


def _effect(
    outcomes: Outcomes, pairs: list[Pair], method: str, versus: str, rng: np.random.Generator, resamples: int
) -> dict | None:
    """The row of a method, or None where it or the other one was not run on all these pairs."""
    differences = [outcomes.difference(pair, method, versus) for pair in pairs]
    if None in differences:
        return None
    cells, others = ([outcomes.scores(pair, name) for pair in pairs] for name in (method, versus))
    accuracy, difference = mean(cells), mean(differences)
    runs, other_runs = ([cell.values.mean(axis=1) for cell in group] for group in (cells, others))
    replications = [cell.replication for cell in cells]
    middle = interquartile_mean(runs, replications, rng, resamples)
    improvement = probability_of_improvement(runs, other_runs, replications, rng, resamples)
    (low, high), (ci_low, ci_high) = accuracy.interval(), difference.interval()
    return {
        "accuracy": accuracy.value,
        "accuracy_low": _finite(low),
        "accuracy_high": _finite(high),
        "difference": difference.value,
        "ci_low": _finite(ci_low),
        "ci_high": _finite(ci_high),
        "p_value": difference.p_value(),
        "detectable": _finite(difference.detectable()),
        "interquartile_mean": middle.value,
        "interquartile_low": middle.low,
        "interquartile_high": middle.high,
        "improvement_probability": improvement.value,
        "improvement_low": improvement.low,
        "improvement_high": improvement.high,
        "n": len(pairs),
        "n_seeds": difference.seeds,
        "n_problems": differences[0].values.shape[1],
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


if __name__ == "__main__":
    run(main)
