"""What a study found, cell by cell, as arrays: accuracy by seed and problem, entropy by seed, and the map's verdicts.

From the tables of a study, or from accuracies that someone published. Must not know what is claimed about them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import pandas as pd

from mtalign.statistics.crossed_effects import CellValues
from mtalign.vocabulary import BASE, BASE_SEED

Pair = tuple[str, str]  # model, task

POPULATIONS = {
    "strong": ("red", "green"),
    "weak": ("gray",),
    "red": ("red",),
    "green": ("green",),
    "gray": ("gray",),
    "all": ("red", "green", "gray"),
}


@dataclass(frozen=True)
class Runs:
    """The runs of one cell: their seeds, values [seeds, problems], whose problems they are (`CellValues.blocks`)."""

    seeds: tuple[int, ...]
    values: np.ndarray
    blocks: tuple[tuple[str, int], ...]

    def by_seed(self) -> dict[int, np.ndarray]:
        """Seed -> values [problems]."""
        return dict(zip(self.seeds, self.values))


@dataclass(frozen=True)
class Outcomes:
    """runs: quantity -> (model, task, method) -> its runs. A base model stands under the method `BASE`, a run a
        replication: of the runs' own seeds, or of `BASE_SEED` where there is one for all of them.

    colours: of every pair that the map shows. alignment, contamination: as the map measured them, or empty.
    """

    colours: Mapping[Pair, str]
    runs: Mapping[str, Mapping[tuple[str, str, str], Runs]]
    alignment: Mapping[Pair, float] = field(default_factory=dict)
    contamination: Mapping[Pair, float] = field(default_factory=dict)

    def population(self, name: str) -> list[Pair]:
        """The pairs of a population, in the map's order."""
        return [pair for pair, colour in self.colours.items() if colour in POPULATIONS[name]]

    def scores(self, pair: Pair, method: str, quantity: str = "accuracy") -> CellValues | None:
        """A method's own values on a pair, or None where it was not run there."""
        runs = self.runs.get(quantity, {}).get((*pair, method))
        return None if runs is None else CellValues(runs.values, runs.blocks, runs.seeds, self._replication(pair))

    def difference(self, pair: Pair, method: str, versus: str = BASE, quantity: str = "accuracy") -> CellValues | None:
        """A method's values less another's, problem by problem and seed by seed; None where one was not run.

        A base model that was published is the same for every seed.
        """
        mine, theirs = (self.runs.get(quantity, {}).get((*pair, name)) for name in (method, versus))
        if mine is None or theirs is None:
            return None
        at = {seed: theirs.values[0] for seed in mine.seeds} if theirs.seeds == (BASE_SEED,) else theirs.by_seed()
        rows = {seed: row - at[seed] for seed, row in mine.by_seed().items() if seed in at}
        if not rows:
            return None
        return CellValues(np.array(list(rows.values())), mine.blocks, tuple(rows), self._replication(pair))

    def _replication(self, pair: Pair) -> str | None:
        """`CellValues.replication`: the model, where each seed has its own base model."""
        base = self.runs["accuracy"].get((*pair, BASE))
        return None if base is None or base.seeds == (BASE_SEED,) else pair[0]

    def methods(self) -> list[str]:
        """The methods that were run, in order of appearance."""
        return [name for name in dict.fromkeys(method for *_, method in self.runs["accuracy"]) if name != BASE]


def from_tables(
    problems: pd.DataFrame, pairs: pd.DataFrame, curves: pd.DataFrame, benchmarks: Mapping[str, str], measure: str
) -> Outcomes:
    """The outcomes of a study by one measure, from its tables `problems`, `map` and `curves`.

    Args:
        benchmarks: task -> the benchmark to look at.
    """
    problems = problems[(problems["measure"] == measure) & problems["benchmark"].isin(list(benchmarks.values()))]
    own = problems["benchmark"].astype(str) == problems["task"].astype(str).map(benchmarks)
    accuracy = _runs(problems[own], "accuracy")
    entropy = curves[curves["metric"] == "entropy"]
    last = entropy.groupby(["model", "task", "method", "seed"], observed=True)["step"].transform("max")
    ends = entropy[entropy["step"] == last].assign(benchmark="", problem_id="")
    index = list(zip(pairs["model"].astype(str), pairs["task"].astype(str)))
    return Outcomes(
        colours=dict(zip(index, pairs["colour"].astype(str))),
        runs={
            "accuracy": accuracy,
            "entropy": _runs(ends, "value"),
            "elsewhere": _elsewhere(problems[~own], problems[problems["method"] == BASE], benchmarks),
        },
        alignment=dict(zip(index, pairs["alignment"])),
        contamination=dict(zip(index, pairs["contamination"])),
    )


def _runs(rows: pd.DataFrame, column: str) -> dict[tuple[str, str, str], Runs]:
    found = {}
    for key, group in rows.groupby(["model", "task", "method"], observed=True, sort=False):
        wide = group.pivot(index="seed", columns=["benchmark", "problem_id"], values=column).sort_index(axis=1)
        blocks = tuple(
            (str(name), len(list(same))) for name, same in groupby(wide.columns.get_level_values("benchmark"))
        )
        found[tuple(map(str, key))] = Runs(tuple(wide.index.tolist()), wide.to_numpy(dtype=float), blocks)
    return found


def _elsewhere(rows: pd.DataFrame, base: pd.DataFrame, benchmarks: Mapping[str, str]) -> dict:
    """Accuracy of policies on the problems of other tasks than their own, and of the base models on the same ones."""
    if rows.empty:
        return {}
    found = _runs(rows, "accuracy")
    for model, task, _ in list(found):
        others = [name for other, name in benchmarks.items() if other != task]
        same = base[(base["model"] == model) & base["benchmark"].isin(others)].assign(task=task)
        found |= _runs(same, "accuracy")
    return found


def from_numbers(numbers: Iterable[Mapping[str, str]]) -> Outcomes:
    """The outcomes that published numbers tell: rows of model, task, colour, method and accuracy (in per cent)."""
    colours, accuracy = {}, {}
    for row in numbers:
        colours[row["model"], row["task"]] = row["colour"]
        value = np.array([[float(row["accuracy"]) / 100]])
        seeds = (BASE_SEED if row["method"] == BASE else 0,)
        accuracy[row["model"], row["task"], row["method"]] = Runs(seeds, value, ((row["task"], 1),))
    return Outcomes(colours=colours, runs={"accuracy": accuracy, "entropy": {}})
