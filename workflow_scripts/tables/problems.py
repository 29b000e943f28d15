"""The table `problems`: accuracy of every policy on every problem, by every measure."""

from pathlib import Path

import pandas as pd
from mtalign.artifacts import OfPolicy
from mtalign.artifacts.responses import Scores
from mtalign.columns import FLOAT, INT, NAME
from mtalign.parquet import read_table
from mtalign.vocabulary import Verdict, measure

from tables.curves import Table as Curves
from tables.map import Table as Map


class Table(OfPolicy):
    """Accuracy of every policy on every problem, by every measure."""

    benchmark: NAME
    measure: NAME
    problem_id: NAME
    accuracy: FLOAT
    n_samples: INT


_KEYS = ["model", "task", "method", "seed", "benchmark", "top_p", "problem_id"]


def rows(parameters: dict, scores: list[Path], elsewhere: list[Path]) -> list[dict]:
    """No parameters. scores: of every policy; elsewhere: of policies on tasks that they did not learn."""
    parts = []
    for path in [*scores, *elsewhere]:
        table = read_table(path, Scores).to_pandas()
        right = table["verdict"] == Verdict.CORRECT
        table = table.assign(any=right, formatted=right & table["formatted"])
        shares = table.groupby(_KEYS, observed=True, sort=False)[["any", "formatted"]]
        means = shares.mean().assign(n_samples=shares.size()).reset_index()
        for format_required, column in ((True, "formatted"), (False, "any")):
            names = means["top_p"].map(lambda top_p, required=format_required: measure(required, top_p))
            parts.append(means.assign(measure=names, accuracy=means[column]))
    return pd.concat(parts, ignore_index=True)[Table.schema().names].to_dict("records")


def read_compared(problems: Path, map: Path, curves: Path) -> list[pd.DataFrame]:
    """What is compared problem by problem, as `outcomes.from_tables` takes it."""
    return [read_table(*pair).to_pandas() for pair in ((problems, Table), (map, Map), (curves, Curves))]
