"""What setting alignment and contamination does to RL's gains, by the primary measure, as a page for docs/.

`make causal` runs it.
"""

import textwrap
from datetime import date

import pandas as pd
from mtalign.parquet import read_table
from mtalign.presentation.pages import page_parser, table, write_page
from mtalign.presentation.result_grid import in_words
from mtalign.presentation.style import readable
from mtalign.vocabulary import in_order
from tables.causal import Table as Causal
from tables.causal_cells import Table as CausalCells

_EFFECTS = {"alignment": "alignment alone", "contamination": "contamination alone", "interaction": "both, beyond"}


def main() -> None:
    args = page_parser(__doc__).parse_args()
    ((_, folder),) = args.runs
    cells = read_table(folder / "causal_cells.parquet", CausalCells).to_pandas()
    effects = read_table(folder / "causal.parquet", Causal).to_pandas()
    measure = in_order(cells.measure)[0]
    cells, effects = (rows[rows.measure == measure] for rows in (cells, effects))
    own = effects[effects.benchmark == "own"]
    levels = sorted(cells.alignment_dial.unique())
    models, tasks = cells.model.nunique(), cells.task.nunique()
    intro = (
        f"Made by `make causal` on {date.today()}, on {args.machine}. {models} models, each pretrained from a seed of "
        f"its own; each of the {2 * len(levels)} settings on {tasks} tasks, each time in another model. Accuracy: "
        f"{in_words(measure)}, on the task's own benchmark. Least squares over the cells, a constant for each task, "
        "95 % intervals clustered by model; bold: p < .05 after Holm over the methods and terms of a fit. "
        "`results-causal/tables/causal` has every measure, and fresh questions."
    )
    lines = ["# What causes the gains", "", textwrap.fill(intro, 120), ""]
    lines += ["![Accuracy after RL by level of alignment, with and without contamination](causal.png)", ""]
    lines += [f"## Changes of the gain (alignment: from {levels[0]:g} to {levels[-1]:g})", ""]
    lines += [*_effects(own[(own.outcome == "gain") & (own.fit == "line")], _EFFECTS), ""]
    at_levels = {f"contamination at {level:g}": f"at {level:g}" for level in levels}
    for outcome, title in (("gain", "the gain"), ("accuracy", "accuracy after RL")):
        lines += [f"## What contamination changes of {title}, at each level of alignment", ""]
        lines += [*_effects(own[(own.outcome == outcome) & (own.fit == "levels")], at_levels), ""]
    lines += ["## The base models' accuracy", "", *_bases(cells)]
    write_page(args.output, lines)


def _effects(rows: pd.DataFrame, terms: dict[str, str]) -> list[str]:
    """A row a method, a column a term."""
    lines = []
    for method, of_method in rows.groupby("method", observed=True, sort=False):
        by_term = of_method.set_index("term").loc[list(terms)]
        lines.append([readable(str(method)), *map(_cell, by_term.itertuples())])
    return table(["method", *terms.values()], lines)


def _cell(row: tuple) -> str:
    mark = "**" if row.p_holm < 0.05 else ""
    return f"{mark}{row.coefficient:+.2f}{mark} [{row.ci_low:+.2f}, {row.ci_high:+.2f}]"


def _bases(cells: pd.DataFrame) -> list[str]:
    cells = cells[cells.method == cells.method.iloc[0]]  # the same before any method
    columns = [("own", False), ("own", True), ("fresh", True)]
    lines = []
    for level, of_level in cells.groupby("alignment_dial"):
        means = of_level.groupby(["benchmark", of_level.contamination_dial > 0], observed=True).base_accuracy.mean()
        lines.append([f"{level:g}", *(f"{means[column]:.2f}" for column in columns)])
    return table(["alignment", "not contaminated", "contaminated", "contaminated, on fresh questions"], lines)


if __name__ == "__main__":
    main()
