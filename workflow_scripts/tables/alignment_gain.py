"""The table `alignment_gain`: how each method's gain goes with the base model's alignment, as a continuous cause.

Two measures of alignment, over all replications of a base model: pass@k, as on the map, and the mean log-likelihood
(nats a token) of right solutions. For each method, over all (model, task): Spearman's correlation with its interval, a
monotone fit (isotonic regression), and between which two alignments the fit comes above what counts as an effect.
"""

from pathlib import Path

import numpy as np
from mtalign.artifacts.probes import Solutions
from mtalign.columns import FLOAT, INT, NAME, Columns
from mtalign.parquet import read_table, read_tables
from mtalign.statistics.association import crossing, isotonic, spearman, spearman_interval
from mtalign.vocabulary import BASE

from tables.effects import Table as Effects
from tables.map import Table as Map


class Table(Columns):
    """Each method's gain against the base model's alignment: one row a method, measure and (model, task)."""

    alignment_measure: NAME
    """How alignment is measured: pass@k, or log-likelihood of right solutions (nats a token)."""
    measure: NAME
    method: NAME
    model: NAME
    task: NAME
    colour: NAME
    alignment: FLOAT
    """The base model's alignment, by that measure, over all its replications."""
    gain: FLOAT
    gain_low: FLOAT
    """Lower end of its 95 % interval over seeds and problems."""
    gain_high: FLOAT
    """Upper end."""
    fitted: FLOAT
    """The monotone fit's gain at this alignment."""
    spearman: FLOAT
    """Rank correlation of gain and alignment over all (model, task) pairs."""
    spearman_low: FLOAT
    """Lower end of its 95 % interval, as if all pairs were independent: a model's are not quite."""
    spearman_high: FLOAT
    """Upper end."""
    threshold_from: FLOAT
    """The fit comes above what counts as an effect between this alignment,"""
    threshold_to: FLOAT
    """and this one."""
    n: INT
    """Number of (model, task) pairs."""
    n_seeds: INT


_EFFECT = 0.05  # as in config/claims.yaml


def rows(parameters: dict, effects: Path, map: Path, solutions: list[Path]) -> list[dict]:
    """parameters: benchmarks, task -> its own benchmark. solutions: every base model's."""
    pairs = {(row["model"], row["task"]): row for row in read_table(map, Map).to_pylist()}
    alignments = {
        f"pass@{next(iter(pairs.values()))['alignment_k']}": {pair: row["alignment"] for pair, row in pairs.items()},
        "log-likelihood": _log_likelihoods(solutions, parameters["benchmarks"]),
    }
    gains = read_table(effects, Effects).to_pandas()
    gains = gains[(gains["population"] == "cell") & (gains["versus"] == BASE)]
    found = []
    for (measure, method), cells in gains.groupby(["measure", "method"], observed=True, sort=False):
        for name, alignment in alignments.items():
            known = [cell for cell in cells.itertuples() if (cell.model, cell.task) in alignment]
            key = {"alignment_measure": name, "measure": measure, "method": method}
            found += [key | row for row in _rows(known, alignment, pairs)] if known else []
    return found


def _log_likelihoods(paths: list, benchmarks: dict[str, str]) -> dict[tuple[str, str], float]:
    """Mean log-likelihood, nats a token, of the solutions of each pair's own benchmark."""
    solutions = read_tables(paths, Solutions).to_pandas()
    own = solutions[solutions["benchmark"].astype(str) == solutions["task"].astype(str).map(benchmarks)]
    sums = own.groupby(["model", "task"], observed=True)[["logprob", "n_tokens"]].sum()
    return (sums["logprob"] / sums["n_tokens"]).to_dict()


def _rows(cells: list, alignment: dict, pairs: dict) -> list[dict]:
    x = np.array([alignment[cell.model, cell.task] for cell in cells])
    gains = np.array([cell.difference for cell in cells])
    rho = spearman(x, gains) if len(cells) > 1 else None
    low, high = spearman_interval(rho, len(cells)) if len(cells) > 3 else (None, None)
    fitted = isotonic(x, gains)
    threshold_from, threshold_to = crossing(x, fitted, _EFFECT)
    shared = {"spearman": rho, "spearman_low": low, "spearman_high": high, "n": len(cells)}
    shared |= {"threshold_from": threshold_from, "threshold_to": threshold_to}
    return [
        {
            "model": cell.model,
            "task": cell.task,
            "colour": pairs[cell.model, cell.task]["colour"],
            "alignment": float(at),
            "gain": cell.difference,
            "gain_low": cell.ci_low,
            "gain_high": cell.ci_high,
            "fitted": float(fit),
            "n_seeds": cell.n_seeds,
        }
        | shared
        for cell, at, fit in zip(cells, x, fitted)
    ]
