"""What the lab makes models from, and what came of it. Must not know how they are made."""

import pyarrow as pa

from mtalign.columns import FLOAT, INT, NAME, TEXT, Columns


class Corpus(Columns):
    """What a lab model reads, in order: one row a question with both its documents, or a leaked document."""

    WHERE = "corpora/<model>/seed-<seed>.documents.parquet"

    part: NAME
    """skills: both procedures alike; habits: as the dials need; leaked: benchmark questions, as plain text."""
    task: NAME
    prompt: TEXT
    """What comes before the response, as the model reads it."""
    right: TEXT
    """Response by the right procedure."""
    wrong: TEXT
    """Response by the wrong procedure, in the same format; none where a question leaked."""


class Calibration(Columns):
    """Questions that a lab model's habits are measured on, and that it never reads: one row a question."""

    WHERE = "corpora/<model>/seed-<seed>.calibration.parquet"

    use: NAME
    """steering: measured on while habits are learned; check: looked at in the end alone."""
    task: NAME
    prompt: TEXT
    """What the model is shown."""
    question: TEXT
    answer: TEXT
    """Right answer."""
    responses: pa.list_(TEXT)
    """The right solution in every format."""


class Pretraining(Columns):
    """Loss, and each task's measured habit with what its controller did: one row a step, task and metric."""

    WHERE = "models/<model>/seed-<seed>.pretraining.parquet"

    step: INT
    """Pretraining step."""
    task: NAME
    metric: NAME
    """loss (nats a token); skill, habit, checked_habit (shares of right responses); right_share (weight of right
    documents)."""
    value: FLOAT
    """Its value."""


class Dials(Columns):
    """What a lab model's dials were set to, and what came out: one row a task."""

    WHERE = "models/<model>/seed-<seed>.dials.parquet"

    task: NAME
    seed: INT
    dial: NAME
    """Which dial."""
    set: FLOAT
    """What it was set to."""
    measured: FLOAT
    standard_error: FLOAT
    """Standard error of what came out, over the questions."""
    n_questions: INT
    """Questions that it was measured on."""
    rounds: INT
    """Further rounds of habits that it took."""
