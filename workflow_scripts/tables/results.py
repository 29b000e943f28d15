"""One of the paper's result tables (RQ1 reward signals, TTRL, RQ2 one-shot, RQ3 negatives and positives).

Long form: one row a method (the base model first), model, task, benchmark and measure; mean and standard deviation
(ddof 1; empty for one seed) over seeds, and the mean change from the base model, each run's from its own.
"""

from pathlib import Path

import numpy as np
from mtalign.columns import FLOAT, INT, NAME, Columns
from mtalign.parquet import read_table
from mtalign.vocabulary import BASE, BASE_SEED

from tables.evaluation import Table as Evaluation
from tables.map import read_colours


class Table(Columns):
    """One of the paper's result tables, in long form: mean accuracy over seeds, and the change from the base model."""

    method: NAME
    model: NAME
    task: NAME
    benchmark: NAME
    measure: NAME
    colour: NAME
    accuracy: FLOAT
    """Share of right responses, 0 to 1; mean over seeds."""
    std: FLOAT
    """Standard deviation over seeds (n - 1); empty for one seed."""
    change: FLOAT
    """Accuracy minus the base model's; mean over seeds, each run against its own base model."""
    n_seeds: INT
    n: INT


def rows(parameters: dict, evaluation: Path, map: Path) -> list[dict]:
    """parameters: methods, in the table's order."""
    colours = read_colours(map)
    accuracies = read_table(evaluation, Evaluation).to_pandas()
    order = [BASE, *parameters["methods"]]
    found = []
    keys = ["model", "task", "benchmark", "measure"]
    for key, group in accuracies.groupby(keys, observed=True, sort=False):
        base = group[group["method"] == BASE].set_index("seed")["accuracy"]
        for method in order:
            runs = group[group["method"] == method]
            accuracy = runs["accuracy"].to_numpy()
            before = np.array([base.get(seed, base.get(BASE_SEED)) for seed in runs["seed"]])
            found.append(
                dict(zip(keys, key))
                | {
                    "method": method,
                    "colour": colours[key[0], key[1]],
                    "accuracy": float(accuracy.mean()),
                    "std": float(accuracy.std(ddof=1)) if len(accuracy) > 1 else None,
                    "change": float((accuracy - before).mean()),
                    "n_seeds": len(accuracy),
                    "n": int(runs["n"].sum()),
                }
            )
    return sorted(found, key=lambda row: order.index(row["method"]))
