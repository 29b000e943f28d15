"""What a training job leaves. Must not know how they are made."""

from mtalign.artifacts import OfPolicy
from mtalign.columns import FLOAT, INT, NAME, TEXT, Columns


class Metrics(OfPolicy):
    """What a training job measured: one row a run, step and metric."""

    WHERE = "runs/<model>/<task>/<method>/seeds-<seeds>/metrics.parquet"

    step: INT
    metric: NAME
    value: FLOAT


class Visits(OfPolicy):
    """Accuracy on each training problem whenever a run met it: one row a visit."""

    WHERE = "runs/<model>/<task>/<method>/seeds-<seeds>/visits.parquet"

    step: INT
    problem_id: NAME
    accuracy: FLOAT
    """Share of right responses in the problem's group."""


class Selection(Columns):
    """The training problems, ranked for one-shot RL: one row a problem, the chosen one first."""

    WHERE = "selection/<model>/<task>.parquet"

    problem_id: TEXT
    rank: INT
    """Place in the ranking, from 1."""
    std: FLOAT
    """Standard deviation of the problem's accuracies over its visits."""
    mean: FLOAT
    """Mean of these accuracies."""
    visits: INT
    """Number of visits."""
