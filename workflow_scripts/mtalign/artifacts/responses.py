"""Responses, and the verdicts on them. Must not know how they are made."""

import pyarrow as pa

from mtalign.artifacts import OfResponse
from mtalign.columns import BOOL, FLOAT, INT, NAME, TEXT


class Rollouts(OfResponse):
    """Responses sampled from a base model, or from the trained policies of one job: one row a response."""

    WHERE = "rollouts/<model>/<task>/base.parquet, rollouts/<model>/<task>/<method>/seeds-<seeds>.parquet"

    response: TEXT
    """The text that was sampled."""
    tokens: pa.list_(INT)
    """Its token ids."""
    logprob: FLOAT
    """Log-probability of the response under the policy, nats, summed over its tokens."""
    finish_reason: NAME
    """stop: it ended by itself; length: it was cut."""


class Scores(OfResponse):
    """What is said of each response: one row a response, in the rollouts' order."""

    WHERE = "scores/..., as rollouts/"

    formatted: BOOL
    extracted: TEXT
    verdict: NAME
