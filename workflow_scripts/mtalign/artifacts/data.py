"""Data sets. Must not know how they are made."""

import pyarrow as pa

from mtalign.columns import INT, TEXT, Columns


class Data(Columns):
    """A data set, in verl's schema: one row a problem."""

    WHERE = "data/<task>/<set>.parquet"

    data_source: TEXT
    """Task and data set."""
    prompt: pa.list_(pa.struct([("role", TEXT), ("content", TEXT)]))
    """The messages that a model is shown."""
    ability: TEXT
    """Kind of skill, as verl names it."""
    reward_model: pa.struct([("style", TEXT), ("ground_truth", TEXT)])
    """Gold answer, where verl looks for it."""
    extra_info: pa.struct([("split", TEXT), ("index", INT), ("question", TEXT), ("family", TEXT), ("extra", TEXT)])
    """Split, row, bare question, and what else the family knows (JSON)."""
    problem_id: TEXT
