"""The columns of a table: a class that annotates them, in order, each with an Arrow type and, below it, a sentence.

The sentences are docstrings, which no hash of a job's code counts; `mtalign.presentation.words` reads them. Of a column
without one, mtalign/artifacts/glossary.py says what it means. Must not know any table.
"""

from functools import cache
from inspect import get_annotations

import pyarrow as pa

TEXT, INT, FLOAT, BOOL = pa.string(), pa.int32(), pa.float64(), pa.bool_()
NAME = pa.dictionary(pa.int32(), pa.string())  # a text that many rows share


class Columns:
    """The base of all: a subclass has its base's columns, then its own."""

    WHERE = ""  # in the results folder; where it is empty, in tables/

    @classmethod
    @cache
    def schema(cls) -> pa.Schema:
        """As Arrow has it; a column that a subclass annotates again keeps its place."""
        fields: dict[str, pa.DataType] = {}
        for part in reversed(cls.__mro__):
            fields |= get_annotations(part)
        return pa.schema(fields.items())

    @classmethod
    def kind(cls) -> str:
        """What it is called in messages: tables/<name>.py has the Table of that name."""
        return cls.__name__.lower() if cls.__name__ != "Table" else cls.__module__.rpartition(".")[2]
