"""What stages leave for each other, as parquet: the columns of each file. Must not know how a file is made."""

from mtalign.columns import FLOAT, INT, NAME, Columns


class OfPolicy(Columns):
    """Rows of policies; a base model's method is "base"."""

    model: NAME
    task: NAME
    method: NAME
    seed: INT


class OfResponse(OfPolicy):
    """Rows of responses."""

    benchmark: NAME
    top_p: FLOAT
    problem_id: NAME
    sample: INT
