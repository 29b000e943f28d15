"""Is a base model what its dials and the config's `expect` say? One row a replication and quantity, met or missed.

A miss is told, and marked wherever the model is shown; with `probe: {on_miss: stop}` it ends the job instead, nothing
is written, and the message says what to do.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from mtalign.artifacts.lab import Dials
from mtalign.artifacts.probes import Completions, Expectations
from mtalign.artifacts.responses import Scores
from mtalign.cli import add_paths, log, parser, run
from mtalign.errors import InputError
from mtalign.parquet import provenance, read_table, read_tables, write_rows
from mtalign.presentation.misses import told
from mtalign.probes.prefix_completion import exact
from mtalign.statistics.passk import pass_at_k
from mtalign.statistics.verdict_counts import counts


def main() -> None:
    made = add_paths(
        parser(__doc__),
        scores="the base model's scores, parquet",
        completions="the base model's completed questions, parquet",
        output="expectations, parquet",
    )
    made.add_argument(
        "--dials", type=Path, nargs="*", default=[], help="of each replication that the lab made, parquet"
    )
    args = made.parse_args()
    spec = args.spec
    scores = read_table(args.scores, Scores).to_pandas()
    scores = scores[(scores["benchmark"] == spec["benchmark"]) & (scores["top_p"] == 1.0)]
    completions = read_table(args.completions, Completions).to_pandas()
    completions = completions[
        (completions["benchmark"] == spec["benchmark"]) & (completions["fraction"] == spec["fraction"])
    ]
    rows = [*_alignment(args.dials, spec), *_contamination(completions, spec), *_windows(scores, spec)]
    rows = [
        {"model": spec["model"], "task": spec["task"], "inside": row["low"] <= row["measured"] <= row["high"]} | row
        for row in rows
    ]
    missed = [told(row) for row in rows if not row["inside"]]
    remedy = (
        f"turn models.{spec['model']}.lab.tasks.{spec['task']}, raise lab.questions, or change what `expect`, "
        "probe.windows or probe.tolerance say"
    )
    if missed and spec["on_miss"] == "stop":
        raise InputError("\n".join([*missed, f"{remedy}; probe.on_miss: warn goes on all the same"]))
    for line in missed:
        log.warning("missed: %s", line)
    write_rows(args.output, Expectations, rows, provenance([args.scores, args.completions, *args.dials], spec))
    log.info("%d of %d expectations met", len(rows) - len(missed), len(rows))


def _alignment(paths: list[Path], spec: dict) -> list[dict]:
    """The dial of alignment, by what pretraining measured on questions of its own."""
    rows = read_tables(paths, Dials).to_pylist() if paths else []
    return [
        {"seed": row["seed"], "quantity": "alignment", "expect": "dial", "measured": row["measured"]}
        | _around(row["set"], spec["tolerance"]["alignment"], spec)
        for row in rows
        if row["task"] == spec["task"]
    ]


def _contamination(completions: pd.DataFrame, spec: dict) -> list[dict]:
    """The dial of contamination, where it is set: how many questions of the own benchmark are completed exactly."""
    if not spec["contamination"]:
        return []
    known = exact(completions).groupby(completions["seed"], sort=False).mean()
    return [
        {"seed": int(seed), "quantity": "contamination", "expect": "dial", "measured": float(share)}
        | _around(spec["contamination"], spec["tolerance"]["contamination"], spec)
        for seed, share in known.items()
    ]


def _around(dial: float, absolute: float, spec: dict) -> dict:
    reach = max(absolute, spec["tolerance"]["relative"] * dial)
    return {"low": dial - reach, "high": dial + reach}


def _windows(scores: pd.DataFrame, spec: dict) -> list[dict]:
    """What `expect` demands: pass@k on the own benchmark at top-p 1."""
    rows = []
    for seed, mine in scores.groupby("seed", sort=False):
        for window in spec["windows"]:
            n, correct = counts(mine, window["format_required"])
            quantity = f"pass@{window['k']}, {'format required' if window['format_required'] else 'any format'}"
            rows.append(
                {"seed": int(seed), "quantity": quantity, "expect": spec["expect"]}
                | {"low": window["low"], "high": window["high"]}
                | {"measured": float(np.mean(pass_at_k(n, correct, window["k"])))}
            )
    return rows


if __name__ == "__main__":
    run(main)
