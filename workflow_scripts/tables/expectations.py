"""The table `expectations`: what base models were to be, by their dials and by `expect`, and what they are."""

from pathlib import Path

from mtalign.artifacts.probes import Expectations as Table
from mtalign.parquet import read_tables


def rows(parameters: dict, expectations: list[Path]) -> list[dict]:
    """No parameters; expectations: of every cell."""
    return read_tables(expectations, Table).to_pylist()
