"""The table `passk`: unbiased pass@k of every policy on every benchmark, with bootstrap intervals over problems."""

import numpy as np
from mtalign.command import add_paths, parser, run
from mtalign.io import provenance, read_table, write_csv, write_rows
from mtalign.passk import pass_at_k, powers_of_two
from mtalign.randomness import generator
from mtalign.scores import counts
from mtalign.spec import BASE_SEED
from mtalign.stats import bootstrap_mean


def main() -> None:
    args = add_paths(
        parser(__doc__), scores="every policy's scores, parquet ...", output="parquet; a csv goes beside it"
    ).parse_args()
    rows = []
    for path in args.scores:
        table = read_table(path, "scores").to_pandas()
        keys = ["model", "task", "method", "seed", "benchmark", "top_p"]
        for key, scores in table.groupby(keys, observed=True, sort=False):
            for format_required in (True, False):
                rows += _pass_at_all_k(
                    dict(zip(keys, key)), *counts(scores, format_required), format_required, args.spec
                )
    write_rows(args.output, "passk", rows, provenance(args.scores, args.spec))
    write_csv(args.output.with_suffix(".csv"), read_table(args.output, "passk"))


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


if __name__ == "__main__":
    run(main)
