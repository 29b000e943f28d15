"""The table `expectations`: what base models were to be, by their dials and by `expect`, and what they are."""

from pathlib import Path

from mtalign.artifacts.probes import Expectations
from mtalign.columns import BOOL, FLOAT, INT, NAME, Columns
from mtalign.parquet import read_tables


class Table(Columns):
    """Whether base models are what their dials say and the config expects: one row a replication and quantity."""

    model: NAME
    task: NAME
    seed: INT
    quantity: NAME
    """What was measured: alignment or contamination as a dial has them, or pass@k."""
    expect: NAME
    """Who says so: a dial, or the config's `expect` (strong, middle or weak)."""
    low: FLOAT
    """Smallest value allowed."""
    high: FLOAT
    """Largest value allowed."""
    measured: FLOAT
    inside: BOOL
    """Whether the value is allowed."""


def rows(parameters: dict, expectations: list[Path]) -> list[dict]:
    """No parameters; expectations: of every cell."""
    return read_tables(expectations, Expectations).to_pylist()
