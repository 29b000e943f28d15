"""The table `map`: each base model's alignment with each task, its contamination, and the colour that follows.

Both are means over the base model's replications, with intervals that count replications and problems. Of a single one,
as of a published model, the intervals are over the problems: of alignment by bootstrap, of contamination Wilson's.

red: aligned and contaminated; green: aligned only; gray: not aligned (whatever the contamination), as in the paper.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import scipy  # which imports stats at its first use
from mtalign.artifacts.probes import Completions
from mtalign.artifacts.responses import Scores
from mtalign.columns import BOOL, FLOAT, INT, NAME, Columns
from mtalign.parquet import read_table, read_tables
from mtalign.probes.prefix_completion import exact
from mtalign.randomness import generator
from mtalign.statistics.bootstrap import bootstrap_mean
from mtalign.statistics.crossed_effects import CellMean, CellValues, mean
from mtalign.statistics.passk import pass_at_k
from mtalign.statistics.verdict_counts import counts

from tables.expectations import Table as Expectations


class Table(Columns):
    """Each base model's alignment with each task, its contamination, and the colour: means over its replications."""

    model: NAME
    task: NAME
    alignment: FLOAT
    alignment_low: FLOAT
    """Lower end of its 95 % interval over replications and problems; of a single one, by bootstrap."""
    alignment_high: FLOAT
    """Upper end."""
    contamination: FLOAT
    contamination_low: FLOAT
    """Lower end of its 95 % interval over replications and questions; of a single one, Wilson's."""
    contamination_high: FLOAT
    """Upper end."""
    colour: NAME
    accuracy: FLOAT
    """Share of the base model's responses that are right, any format, top-p 1; mean over replications."""
    n_replications: INT
    """Base models behind the row, each from its own corpus and pretraining; 1 of a published one."""
    n_problems: INT
    as_expected: BOOL
    """Whether all of the table `expectations` is met in the cell."""
    alignment_k: INT
    """The k of alignment."""
    aligned_from: FLOAT
    """Alignment from which on a task counts as aligned."""
    prompt_fraction: FLOAT
    """Share of a question that is shown when contamination is measured."""
    contaminated_from: FLOAT
    """Contamination from which on a benchmark counts as contaminated."""


def rows(parameters: dict, scores: list[Path], completions: list[Path], expectations: Path) -> list[dict]:
    """parameters: benchmarks (task -> its own), alignment_k, contamination_fraction, colours (the thresholds), and the
    bootstrap's seed and resamples. scores, completions: of every base model."""
    completed = read_tables(completions, Completions).to_pandas()
    known = completed[completed["fraction"] == parameters["contamination_fraction"]]
    missed = {
        (row["model"], row["task"]) for row in read_table(expectations, Expectations).to_pylist() if not row["inside"]
    }
    found = []
    for path in scores:
        table = read_table(path, Scores).to_pandas()
        model, task = table[["model", "task"]].astype(str).iloc[0]
        benchmark = parameters["benchmarks"][task]
        own = table[(table["benchmark"] == benchmark) & (table["top_p"] == 1.0)]
        asked = known[(known["model"] == model) & (known["task"] == task) & (known["benchmark"] == benchmark)]
        found.append(
            {"model": model, "task": task}
            | (measured := _alignment(own, parameters) | _contamination(asked))
            | {
                "colour": _colour(measured["alignment"], measured["contamination"], parameters["colours"]),
                "as_expected": (model, task) not in missed,
                "alignment_k": parameters["alignment_k"],
                "aligned_from": parameters["colours"]["alignment"],
                "prompt_fraction": parameters["contamination_fraction"],
                "contaminated_from": parameters["colours"]["contamination"],
            }
        )
    return found


def read_colours(map: Path) -> dict[tuple[str, str], str]:
    """(model, task) -> its colour, from the table."""
    return {(row["model"], row["task"]): row["colour"] for row in read_table(map, Table).to_pylist()}


def _alignment(scores: pd.DataFrame, parameters: dict) -> dict:
    """From a base model's scores: pass@k, its interval, and the share of responses that are right, in any format."""
    answers = [counts(mine, format_required=False) for _, mine in scores.groupby("seed")]
    solved = np.array(
        [pass_at_k(n, correct, parameters["alignment_k"]) for n, correct in answers]
    )  # [replications, problems]
    if len(solved) > 1:
        low, high = _interval(_mean(solved))
    else:
        key = scores[["model", "task"]].astype(str).iloc[0]
        rng = generator("bootstrap", parameters["seed"], "map", *key)
        low, high = bootstrap_mean(solved[0], rng, parameters["resamples"])
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


def _mean(values: np.ndarray) -> CellMean:
    """The mean of shares [replications, problems] of one base model."""
    return mean([CellValues(values, (("own", values.shape[1]),))])


def _interval(share: CellMean) -> tuple[float, float]:
    low, high = share.interval()
    return max(0.0, low), min(1.0, high)


def _colour(alignment: float, contamination: float, thresholds: dict) -> str:
    if alignment < thresholds["alignment"]:
        return "gray"
    return "red" if contamination >= thresholds["contamination"] else "green"
