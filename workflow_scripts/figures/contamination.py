"""Contamination: shown the first part of a benchmark question, does the base model know the rest?

The fresh questions are the control: what a model completes there it did not learn by heart. Must not know the
threshold from which the map calls a task contaminated.
"""

import pandas as pd
from matplotlib.figure import Figure
from mtalign.presentation import style

_OWN, _FRESH = "own benchmark", "fresh questions"
_LOOKS = {_OWN: {"color": "#C8372D", "marker": "o"}, _FRESH: {"color": style.FAINT, "marker": "s"}}


def draw(table: pd.DataFrame) -> Figure:
    """One panel a (model, task) of the `contamination` table."""
    models, tasks = style.distinct(table.model), style.distinct(table.task)
    figure = style.new_figure(models, tasks)
    keys = {}
    grid = style.panels(figure, models, tasks, "question shown [%]", "exact match, ROUGE-L")
    for (model, task), axes in grid.items():
        cell = table[(table.model == model) & (table.task == task)]
        for name, benchmark, shift in zip(_LOOKS, style.own_and_fresh(cell.benchmark), (-1, 1), strict=True):
            chosen = cell[cell.benchmark == benchmark]
            if chosen.empty:
                continue
            of_fraction = chosen.groupby("fraction")
            rows = of_fraction[["exact_match", "rouge_l"]].mean().reset_index()
            exact_line, rouge_line = _LOOKS[name], _LOOKS[name] | {"marker": "", "linestyle": ":"}
            x = 100 * rows.fraction + shift
            axes.vlines(
                x,
                of_fraction.exact_match_low.min(),
                of_fraction.exact_match_high.max(),
                exact_line["color"],
                linewidth=0.8,
            )
            axes.plot(x, rows.exact_match, **exact_line)
            axes.plot(x, rows.rouge_l, **rouge_line)
            keys[f"exact match, {name}"], keys[f"ROUGE-L, {name}"] = exact_line, rouge_line
        axes.set(xticks=sorted(100 * table.fraction.unique()), **style.SHARE)
        axes.margins(x=0.15)
    replications = style.replications(table)
    note = f"mean of {replications} base model(s) a panel; bars: all their 95 % intervals of exact match "
    note += f"over the questions; n = {style.span(table.n)} questions"
    if f"exact match, {_FRESH}" in keys:
        note += "; fresh questions are a control: no model has seen them"
    handles = [style.key(label, **line) for label, line in keys.items()]
    style.finish(figure, "Which benchmarks the models know by heart", note, handles)
    return figure
