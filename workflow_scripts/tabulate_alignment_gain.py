"""The table `alignment_gain`: how each method's gain goes with the base model's alignment, as a continuous cause.

Two measures of alignment, over all replications of a base model: pass@k, as on the map, and the mean log-likelihood
(nats a token) of right solutions. For each method, over all (model, task): Spearman's correlation with its interval, a
monotone fit (isotonic regression), and between which two alignments the fit comes above what counts as an effect.
"""

import numpy as np
from mtalign.association import crossing, isotonic, spearman, spearman_interval
from mtalign.command import add_paths, parser, run
from mtalign.io import provenance, read_table, read_tables, write_csv, write_rows
from mtalign.spec import BASE

_EFFECT = 0.05  # as in config/claims.yaml


def main() -> None:
    made = add_paths(
        parser(__doc__),
        effects="the table",
        map="the table",
        solutions="every base model's, parquet ...",
        output="parquet; a csv goes beside it",
    )
    args = made.parse_args()
    pairs = {(row["model"], row["task"]): row for row in read_table(args.map, "map").to_pylist()}
    alignments = {
        f"pass@{next(iter(pairs.values()))['alignment_k']}": {pair: row["alignment"] for pair, row in pairs.items()},
        "log-likelihood": _log_likelihoods(args.solutions, args.spec["benchmarks"]),
    }
    effects = read_table(args.effects, "effects").to_pandas()
    effects = effects[(effects["population"] == "cell") & (effects["versus"] == BASE)]
    rows = []
    for (measure, method), cells in effects.groupby(["measure", "method"], observed=True, sort=False):
        for name, alignment in alignments.items():
            known = [cell for cell in cells.itertuples() if (cell.model, cell.task) in alignment]
            key = {"alignment_measure": name, "measure": measure, "method": method}
            rows += [key | row for row in _rows(known, alignment, pairs)] if known else []
    inputs = [args.effects, args.map, *args.solutions]
    write_rows(args.output, "alignment_gain", rows, provenance(inputs, args.spec))
    write_csv(args.output.with_suffix(".csv"), read_table(args.output, "alignment_gain"))


def _log_likelihoods(paths: list, benchmarks: dict[str, str]) -> dict[tuple[str, str], float]:
    """Mean log-likelihood, nats a token, of the solutions of each pair's own benchmark."""
    solutions = read_tables(paths, "solutions").to_pandas()
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


if __name__ == "__main__":
    run(main)
