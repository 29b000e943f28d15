"""The table `map`: each base model's alignment with each task, its contamination, and the colour that follows.

Both are means over the base model's replications, with intervals that count replications and problems. Of a single one,
as of a published model, the intervals are over the problems: of alignment by bootstrap, of contamination Wilson's.

red: aligned and contaminated; green: aligned only; gray: not aligned (whatever the contamination), as in the paper.
"""

import numpy as np
import pandas as pd
import scipy  # which imports stats at its first use
from mtalign.command import add_paths, parser, run
from mtalign.completions import exact
from mtalign.crossed import Mean, Scores, mean
from mtalign.io import provenance, read_table, read_tables, write_csv, write_rows
from mtalign.passk import pass_at_k
from mtalign.randomness import generator
from mtalign.scores import counts
from mtalign.stats import bootstrap_mean


def main() -> None:
    made = add_paths(
        parser(__doc__),
        scores="every base model's, parquet ...",
        completions="every base model's, parquet ...",
        expectations="the table",
        output="parquet; a csv goes beside it",
    )
    args = made.parse_args()
    spec = args.spec
    completions = read_tables(args.completions, "completions").to_pandas()
    known = completions[completions["fraction"] == spec["contamination_fraction"]]
    missed = {
        (row["model"], row["task"])
        for row in read_table(args.expectations, "expectations").to_pylist()
        if not row["inside"]
    }
    rows = []
    for path in args.scores:
        scores = read_table(path, "scores").to_pandas()
        model, task = scores[["model", "task"]].astype(str).iloc[0]
        benchmark = spec["benchmarks"][task]
        own = scores[(scores["benchmark"] == benchmark) & (scores["top_p"] == 1.0)]
        asked = known[(known["model"] == model) & (known["task"] == task) & (known["benchmark"] == benchmark)]
        rows.append(
            {"model": model, "task": task}
            | (measured := _alignment(own, spec) | _contamination(asked))
            | {
                "colour": _colour(measured["alignment"], measured["contamination"], spec["colours"]),
                "as_expected": (model, task) not in missed,
                "alignment_k": spec["alignment_k"],
                "aligned_from": spec["colours"]["alignment"],
                "prompt_fraction": spec["contamination_fraction"],
                "contaminated_from": spec["colours"]["contamination"],
            }
        )
    inputs = [*args.scores, *args.completions, args.expectations]
    write_rows(args.output, "map", rows, provenance(inputs, spec))
    write_csv(args.output.with_suffix(".csv"), read_table(args.output, "map"))


def _alignment(scores: pd.DataFrame, spec: dict) -> dict:
    """From a base model's scores: pass@k, its interval, and the share of responses that are right, in any format."""
    answers = [counts(mine, format_required=False) for _, mine in scores.groupby("seed")]
    solved = np.array(
        [pass_at_k(n, correct, spec["alignment_k"]) for n, correct in answers]
    )  # [replications, problems]
    if len(solved) > 1:
        low, high = _interval(_mean(solved))
    else:
        key = scores[["model", "task"]].astype(str).iloc[0]
        low, high = bootstrap_mean(solved[0], generator("bootstrap", spec["seed"], "map", *key), spec["resamples"])
    return {
        "alignment": float(solved.mean()),
        "alignment_low": float(low),
        "alignment_high": float(high),
        "accuracy": float(np.mean([correct.sum() / n.sum() for n, correct in answers])),
        "n_replications": solved.shape[0],
        "n_problems": solved.shape[1],
    }


def _contamination(completions: pd.DataFrame) -> dict:
    """The share of questions completed exactly, and its interval."""
    known = (
        completions.assign(exact=exact(completions).astype(float))
        .pivot(index="seed", columns="problem_id", values="exact")
        .to_numpy()
    )
    found = _mean(known)
    if len(known) > 1 and found.se:
        low, high = _interval(found)
    else:  # where replications agree in all or none, Wilson's keeps a width
        low, high = scipy.stats.binomtest(round(known[0].sum()), known.shape[1]).proportion_ci(method="wilson")
    return {"contamination": found.value, "contamination_low": low, "contamination_high": high}


def _mean(values: np.ndarray) -> Mean:
    """The mean of shares [replications, problems] of one base model."""
    return mean([Scores(values, (("own", values.shape[1]),))])


def _interval(share: Mean) -> tuple[float, float]:
    low, high = share.interval()
    return max(0.0, low), min(1.0, high)


def _colour(alignment: float, contamination: float, thresholds: dict) -> str:
    if alignment < thresholds["alignment"]:
        return "gray"
    return "red" if contamination >= thresholds["contamination"] else "green"


if __name__ == "__main__":
    run(main)
