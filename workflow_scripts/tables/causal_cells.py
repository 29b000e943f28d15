"""The table `causal_cells`: where the lab set a base model's two dials for a task, and what each method then gained.

Means over replications; a gain is each run's, from its own base model. Own benchmark: the one that leaks where the
contamination dial says so. Fresh: the task's second, which never leaks.
"""

from pathlib import Path

from mtalign.columns import FLOAT, NAME, Columns
from mtalign.statistics.study_results import from_tables
from mtalign.vocabulary import BASE

from tables.problems import read_compared


class Table(Columns):
    """The causal experiment's cells: dials, what came of them, gain."""

    measure: NAME
    benchmark: NAME
    """own: the benchmark that may have leaked; fresh: like questions that did not."""
    method: NAME
    model: NAME
    task: NAME
    alignment_dial: FLOAT
    """Share of own responses that were to be right."""
    contamination_dial: FLOAT
    """Share of its benchmark's questions that were to be known by heart."""
    alignment: FLOAT
    contamination: FLOAT
    base_accuracy: FLOAT
    """Accuracy of the base model, mean over replications."""
    gain: FLOAT


def rows(parameters: dict, problems: Path, map: Path, curves: Path) -> list[dict]:
    """parameters: measures, benchmarks ("own" or "fresh" -> task -> its name), dials (model -> task -> both)."""
    tables = read_compared(problems, map, curves)
    return [
        {
            "measure": measure,
            "benchmark": benchmark,
            "method": method,
            "model": pair[0],
            "task": pair[1],
            "alignment_dial": float(dials["alignment"]),
            "contamination_dial": float(dials["contamination"]),
            "alignment": outcomes.alignment[pair],
            "contamination": outcomes.contamination[pair],
            "base_accuracy": float(outcomes.scores(pair, BASE).values.mean()),
            "gain": float(gain.values.mean()),
        }
        for measure in parameters["measures"]
        for benchmark, names in parameters["benchmarks"].items()
        for outcomes in [from_tables(*tables, names, measure)]
        for method in outcomes.methods()
        for pair in outcomes.colours
        for dials in [parameters["dials"][pair[0]][pair[1]]]
        if (gain := outcomes.difference(pair, method)) is not None
    ]
