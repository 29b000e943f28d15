"""The table `effects`: each method's accuracy and its difference from the base model and from RL with correct rewards.

For each (model, task) and for the populations of the map's colours, by each measure: intervals that count seeds (of a
lab model, its pretraining too) and problems, p values corrected after Holm over the table, the smallest difference that
this study would find (power .8), and rliable's interquartile mean and probability of improvement, with their bootstrap
intervals.
"""

import math
from pathlib import Path

import numpy as np
from mtalign.columns import FLOAT, INT, NAME, Columns
from mtalign.randomness import generator
from mtalign.statistics.crossed_effects import mean
from mtalign.statistics.estimates import holm
from mtalign.statistics.rliable_summaries import interquartile_mean, probability_of_improvement
from mtalign.statistics.study_results import POPULATIONS, Outcomes, Pair, from_tables
from mtalign.vocabulary import BASE

from tables.problems import read_compared


class Table(Columns):
    """What each method does, against the base model and others: differences paired by seed and problem."""

    measure: NAME
    population: NAME
    model: NAME
    task: NAME
    method: NAME
    versus: NAME
    """What the method is compared with: a method, or `base`."""
    accuracy: FLOAT
    accuracy_low: FLOAT
    """Lower end of its 95 % interval over seeds and problems; cells of a lab model share its seeds."""
    accuracy_high: FLOAT
    """Upper end."""
    difference: FLOAT
    """The method's accuracy minus that of `versus`, paired by seed and problem."""
    ci_low: FLOAT
    """Lower end of the difference's 95 % interval, over seeds and problems as accuracy's."""
    ci_high: FLOAT
    """Upper end."""
    p_value: FLOAT
    """p-value of the difference, two-sided, not corrected."""
    p_holm: FLOAT
    detectable: FLOAT
    """Smallest difference that would be found with power 0.8."""
    interquartile_mean: FLOAT
    """Mean of the middle half of the (cell, seed) accuracies, as rliable defines it."""
    interquartile_low: FLOAT
    """Its 95 % interval, by rliable's bootstrap over the runs of each cell, of a lab model over its seeds: narrow with
    few seeds."""
    interquartile_high: FLOAT
    """The upper end of that interval."""
    improvement_probability: FLOAT
    """Probability that a run of the method beats one of `versus`, over the cells."""
    improvement_low: FLOAT
    """Its 95 % interval, by rliable's bootstrap over the runs of each cell, of a lab model over its seeds: narrow with
    few seeds."""
    improvement_high: FLOAT
    """The upper end of that interval."""
    n: INT
    """Number of (model, task) pairs."""
    n_seeds: INT
    n_problems: INT
    """Problems a pair."""


def rows(parameters: dict, problems: Path, map: Path, curves: Path) -> list[dict]:
    """parameters: measures, benchmarks (task -> its own), and of the bootstrap seed and resamples."""
    tables = read_compared(problems, map, curves)
    found = []
    for measure in parameters["measures"]:
        rng = generator("bootstrap", parameters["seed"], "effects", measure)
        outcomes = from_tables(*tables, parameters["benchmarks"], measure)
        family = [
            {"measure": measure, "population": name, "model": model, "task": task, "method": method, "versus": versus}
            | row
            for name, model, task, pairs in _groups(outcomes)
            for versus in (BASE, "ground_truth")
            for method in outcomes.methods()
            if method != versus and (row := _effect(outcomes, pairs, method, versus, rng, parameters["resamples"]))
        ]
        for row, p_value in zip(family, holm([row["p_value"] for row in family])):
            row["p_holm"] = p_value
        found += family
    return found


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
