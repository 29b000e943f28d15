"""The table `evaluation`: accuracy of every policy on every benchmark, by every measure. It is pass@1."""

from pathlib import Path

from mtalign.artifacts import OfPolicy
from mtalign.columns import FLOAT, INT, NAME
from mtalign.parquet import read_table
from mtalign.vocabulary import measure

from tables.passk import Table as Passk


class Table(OfPolicy):
    """Accuracy of every policy on every benchmark, by every measure."""

    benchmark: NAME
    measure: NAME
    accuracy: FLOAT
    n: INT


def rows(parameters: dict, passk: Path) -> list[dict]:
    """No parameters."""
    return [
        row
        | {
            "measure": measure(row["format_required"], row["top_p"]),
            "accuracy": row["pass_at_k"],
            "n": row["n_samples"] * row["n_problems"],
        }
        for row in read_table(passk, Passk).to_pylist()
        if row["k"] == 1
    ]
