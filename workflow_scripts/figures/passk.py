"""pass@k of the base models: how much the format and top-p hide of what a model can do.

Must not know the trained policies, nor how pass@k is estimated.
"""

from itertools import cycle

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from mtalign.presentation import style
from mtalign.presentation.result_grid import in_words
from mtalign.vocabulary import in_order, measure, parts

_COLOURS = {False: "#0072B2", True: "#D55E00"}  # format required -> its colour
_LINESTYLES = ("-", "--", "-.", (0, (1, 1)), (0, (6, 2, 1, 2)))  # from the largest top-p down
_FRESH = ("fresh questions, any format, top-p 1", {"color": "black", "linestyle": ":", "linewidth": 0.9})


def _measures(base: pd.DataFrame) -> dict[tuple[bool, float], tuple[str, dict]]:
    """(format required, top-p) -> label and line, the primary measure first."""
    linestyles = dict(zip(sorted(base.top_p.unique(), reverse=True), cycle(_LINESTYLES)))
    names = in_order(measure(required, top_p) for required in _COLOURS for top_p in linestyles)
    return {
        (required, top_p): (in_words(name), {"color": _COLOURS[required], "linestyle": linestyles[top_p]})
        for name, (required, top_p) in zip(names, map(parts, names))
    }


def draw(table: pd.DataFrame) -> Figure:
    """One panel a (model, task) of the base models' rows of the `passk` table."""
    base = table[table.method == "base"]
    models, tasks = style.distinct(base.model), style.distinct(base.task)
    figure = style.new_figure(models, tasks)
    variants, drawn = _measures(base), {}
    for (model, task), axes in style.panels(figure, models, tasks, "samples k", "pass@k").items():
        cell = base[(base.model == model) & (base.task == task)]
        own, fresh = style.own_and_fresh(cell.benchmark)
        lines = {(own, *variant): line for variant, line in variants.items()} | {(fresh, False, 1.0): _FRESH}
        for (benchmark, format_required, top_p), (label, line) in lines.items():
            chosen = (cell.benchmark == benchmark) & (cell.format_required == format_required) & (cell.top_p == top_p)
            if chosen.any():
                rows = cell[chosen].groupby("k")[["pass_at_k", "ci_low", "ci_high"]]
                middle, low, high = rows.mean().pass_at_k, rows.min().ci_low, rows.max().ci_high
                style.ribbon(axes, middle.index, middle, low, high, **line)
                drawn[label] = style.key(label, **line)
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda k, _: f"{k:g}"))
        axes.set(**style.SHARE)
    handles = [drawn[label] for label, _ in [*variants.values(), _FRESH] if label in drawn]
    replications = style.replications(base)
    note = (
        f"lines: mean of {replications} base model(s) a panel; bands: all their 95 % intervals over the problems; "
        f"n = {style.span(base.n_problems)} problems, "
        f"{style.span(base.n_samples)} samples each"
    )
    style.finish(figure, "pass@k of the base models, before RL", note, handles)
    return figure
