"""The table `passk`: unbiased pass@k of every policy on every benchmark, with bootstrap intervals over problems."""

from pathlib import Path

import numpy as np
from mtalign.artifacts.responses import Scores
from mtalign.columns import BOOL, FLOAT, INT, NAME, Columns
from mtalign.parquet import read_table
from mtalign.randomness import generator
from mtalign.statistics.bootstrap import bootstrap_mean
from mtalign.statistics.passk import pass_at_k, powers_of_two
from mtalign.statistics.verdict_counts import counts
from mtalign.vocabulary import BASE_SEED


class Table(Columns):
    """pass@k of every policy, each base model too, with bootstrap intervals over the problems."""

    policy: NAME
    """Method and seed; without the seed, a published base model."""
    model: NAME
    task: NAME
    method: NAME
    seed: INT
    benchmark: NAME
    k: INT
    """Number of responses of which one must be right."""
    format_required: BOOL
    """Whether a right answer in the wrong format counts as wrong."""
    top_p: FLOAT
    pass_at_k: FLOAT
    """Unbiased pass@k, 0 to 1, mean over the problems."""
    ci_low: FLOAT
    """Lower end of its 95 % bootstrap interval over the problems: of this one policy, seeds are not counted."""
    ci_high: FLOAT
    """Upper end."""
    n_samples: INT
    n_problems: INT


def rows(parameters: dict, scores: list[Path]) -> list[dict]:
    """parameters: seed and resamples of the bootstrap. scores: of every policy."""
    found = []
    for path in scores:
        table = read_table(path, Scores).to_pandas()
        keys = ["model", "task", "method", "seed", "benchmark", "top_p"]
        for key, group in table.groupby(keys, observed=True, sort=False):
            for format_required in (True, False):
                found += _pass_at_all_k(
                    dict(zip(keys, key)), *counts(group, format_required), format_required, parameters
                )
    return found


def _pass_at_all_k(key: dict, n: np.ndarray, correct: np.ndarray, format_required: bool, spec: dict) -> list[dict]:
    samples = int(n.min())
    ks = powers_of_two(samples)
    values = np.stack([pass_at_k(n, correct, k) for k in ks], axis=1)
    rng = generator("bootstrap", spec["seed"], *map(str, key.values()), format_required)
    low, high = bootstrap_mean(values, rng, spec["resamples"])
    policy = key["method"] if key["seed"] == BASE_SEED else f"{key['method']}/seed-{key['seed']}"
    shared = {"policy": policy, "format_required": format_required, "n_samples": samples, "n_problems": len(n)} | key
    return [
        shared | {"k": k, "pass_at_k": value, "ci_low": a, "ci_high": b}
        for k, value, a, b in zip(ks, values.mean(axis=0).tolist(), low.tolist(), high.tolist())
    ]
