"""The table `causal`: what setting alignment, contamination, or both does to each method's gain, and to its accuracy.

Least squares over (model, task), with a constant for each task. Alignment is the dial's level, 0 at the lowest and 1
at the highest, in equal steps; contamination is 0 or 1. Two fits:

line    a straight line in alignment. "alignment" is its effect, from lowest to highest, without contamination,
        "contamination" its effect at the lowest alignment, and "interaction" what both add together
levels  a constant for each level, so that no line is assumed: "contamination at 0.25" is its effect at that level

A gain falls where contamination lifts the base model, so accuracy after training stands beside it. Errors are clustered
by model: its cells, which are means over its replications, share their pretraining. p values are corrected after Holm
over the methods and terms of a fit, for each outcome, measure and benchmark.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from mtalign.columns import FLOAT, INT, NAME, Columns
from mtalign.errors import InputError
from mtalign.parquet import read_table
from mtalign.statistics.association import regress
from mtalign.statistics.estimates import holm

from tables.causal_cells import Table as CausalCells


class Table(Columns):
    """The causal experiment's regressions of gain and of accuracy on both dials."""

    measure: NAME
    benchmark: NAME
    """As in causal_cells."""
    outcome: NAME
    """gain: accuracy minus the base model's; accuracy: after training."""
    fit: NAME
    """line: straight in alignment's level; levels: a constant for each level."""
    method: NAME
    term: NAME
    """alignment, lowest to highest level; contamination, at the lowest; interaction: what both add together."""
    coefficient: FLOAT
    """Least squares' estimate: change of the outcome."""
    ci_low: FLOAT
    """Lower end of its 95 % interval, errors clustered by model."""
    ci_high: FLOAT
    """Upper end."""
    p_value: FLOAT
    """p-value, two-sided, not corrected."""
    p_holm: FLOAT
    n: INT
    """Number of cells."""
    n_models: INT
    """Number of pretrained models."""


def rows(parameters: dict, causal_cells: Path) -> list[dict]:
    """No parameters."""
    table = read_table(causal_cells, CausalCells).to_pandas()
    table = table.assign(accuracy=table["base_accuracy"] + table["gain"])
    found = []
    for (measure, benchmark), group in table.groupby(["measure", "benchmark"], observed=True, sort=False):
        for outcome in ("gain", "accuracy"):
            for fit, design in _FITS.items():
                key = {"measure": measure, "benchmark": benchmark, "outcome": outcome, "fit": fit}
                family = [
                    key | {"method": method} | row
                    for method, of_method in group.groupby("method", observed=True, sort=False)
                    for row in _regression(of_method, outcome, design)
                ]
                for row, p_value in zip(family, holm([row["p_value"] for row in family])):
                    row["p_holm"] = p_value
                found += family
    return found


_Design = tuple[dict[str, np.ndarray], list[np.ndarray]]  # a column for each term, and those of no interest


def _line(levels: list[float], at: np.ndarray, leaked: np.ndarray) -> _Design:
    alignment = at / (len(levels) - 1)
    return {"alignment": alignment, "contamination": leaked, "interaction": alignment * leaked}, []


def _levels(levels: list[float], at: np.ndarray, leaked: np.ndarray) -> _Design:
    here = [(at == i).astype(float) for i in range(len(levels))]
    terms = {f"contamination at {level:g}": leaked * column for level, column in zip(levels, here)}
    return terms, here[1:]  # the tasks' constants hold the first


_FITS = {"line": _line, "levels": _levels}


def _regression(cells: pd.DataFrame, outcome: str, design: Callable[..., _Design]) -> list[dict]:
    levels = sorted(cells["alignment_dial"].unique())
    leaked = (cells["contamination_dial"] > 0).to_numpy(dtype=float)
    terms, others = design(levels, cells["alignment_dial"].map(levels.index).to_numpy(), leaked)
    tasks = pd.get_dummies(cells["task"].astype(str)).to_numpy(dtype=float)
    models = cells["model"].astype(str).tolist()
    try:
        estimates = regress(np.column_stack([*terms.values(), *others, tasks]), cells[outcome].to_numpy(), models)
    except ValueError as error:
        raise InputError(
            f"the dials cannot be told from the tasks ({error}): set each level on several tasks"
        ) from error
    rows = []
    for term, estimate in zip(terms, estimates):
        low, high = estimate.interval()
        rows.append(
            {
                "term": term,
                "coefficient": estimate.value,
                "ci_low": low,
                "ci_high": high,
                "p_value": estimate.p_value(),
                "n": len(cells),
                "n_models": len(set(models)),
            }
        )
    return rows
