"""The table `released`: methods as the paper describes them beside the variants that its released code runs.

Long form: one row a pair of methods, model, task, benchmark and measure. The difference is released minus described,
seed by seed; its mean, and its standard deviation over seeds (ddof 1; empty for one seed).
"""

from pathlib import Path

from mtalign.columns import FLOAT, INT, NAME, Columns
from mtalign.parquet import read_table

from tables.evaluation import Table as Evaluation
from tables.map import read_colours


class Table(Columns):
    """Methods as described beside the variants that the released code runs."""

    described: NAME
    """Method as the paper describes it."""
    released: NAME
    """The variant that the released code runs."""
    model: NAME
    task: NAME
    benchmark: NAME
    measure: NAME
    colour: NAME
    accuracy_described: FLOAT
    """Accuracy of the method as described, mean over seeds."""
    accuracy_released: FLOAT
    """Accuracy of the released variant, mean over seeds."""
    difference: FLOAT
    """Released minus described, seed by seed; the mean."""
    std: FLOAT
    """Standard deviation of the difference over seeds (n - 1); empty for one seed."""
    n_seeds: INT
    n: INT


def rows(parameters: dict, evaluation: Path, map: Path) -> list[dict]:
    """parameters: pairs, method as described -> the released variant."""
    colours = read_colours(map)
    accuracies = read_table(evaluation, Evaluation).to_pandas()
    keys = ["model", "task", "benchmark", "measure"]
    found = []
    for described, released in parameters["pairs"].items():
        for key, group in accuracies.groupby(keys, observed=True, sort=False):
            before, after = (group[group["method"] == name].set_index("seed") for name in (described, released))
            difference = after["accuracy"] - before["accuracy"]
            found.append(
                dict(zip(keys, key))
                | {
                    "described": described,
                    "released": released,
                    "colour": colours[key[0], key[1]],
                    "accuracy_described": float(before["accuracy"].mean()),
                    "accuracy_released": float(after["accuracy"].mean()),
                    "difference": float(difference.mean()),
                    "std": float(difference.std()) if len(difference) > 1 else None,
                    "n_seeds": len(difference),
                    "n": int(before["n"].sum()),
                }
            )
    return found
