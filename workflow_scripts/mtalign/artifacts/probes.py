"""What is asked of base models. Must not know how they are made."""

from mtalign.columns import BOOL, FLOAT, INT, NAME, TEXT, Columns


class Completions(Columns):
    """How a base model continues the first part of each benchmark question: one row a question and part."""

    WHERE = "contamination/<model>/<task>.completions.parquet"

    model: NAME
    task: NAME
    seed: INT
    benchmark: NAME
    fraction: FLOAT
    problem_id: TEXT
    shown: TEXT
    """The part that was shown."""
    rest: TEXT
    """The true rest."""
    completion: TEXT
    """The model's greedy continuation, as long as the true rest."""


class Solutions(Columns):
    """Log-likelihood of a right solution of each problem under a base model: one row a problem."""

    WHERE = "probe/<model>/<task>.solutions.parquet"

    model: NAME
    task: NAME
    seed: INT
    benchmark: NAME
    problem_id: TEXT
    logprob: FLOAT
    """Log-probability of the whole solution, in nats."""
    n_tokens: INT
    """Tokens of the solution."""


class Expectations(Columns):
    """Whether base models are what their dials say and the config expects: one row a replication and quantity."""

    WHERE = "tables/expectations.parquet, of one cell probe/<model>/<task>.expectations.parquet"

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
