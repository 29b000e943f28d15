"""pass@k of the base models: how much the format and top-p hide of what a model can do.

Must not know the trained policies, nor how pass@k is estimated.
"""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from mtalign import style

TABLES = ("passk",)

_ANY, _FORMAT = "#0072B2", "#D55E00"
_LINES = {  # (format required, top-p) -> its line
    (False, 1.0): ("any format, top-p 1", {"color": _ANY, "linestyle": "-"}),
    (False, 0.7): ("any format, top-p 0.7", {"color": _ANY, "linestyle": "--"}),
    (True, 1.0): ("format required, top-p 1", {"color": _FORMAT, "linestyle": "-"}),
    (True, 0.7): ("format required, top-p 0.7", {"color": _FORMAT, "linestyle": "--"}),
}
_FRESH = ("fresh questions, any format, top-p 1", {"color": "black", "linestyle": ":", "linewidth": 0.9})


def draw(table: pd.DataFrame) -> Figure:
    """One panel a (model, task) of the base models' rows of the `passk` table."""
    base = table[table.method == "base"]
    models, tasks = style.distinct(base.model), style.distinct(base.task)
    figure = style.new_figure(models, tasks)
    drawn = {}
    for (model, task), axes in style.panels(figure, models, tasks, "samples k", "pass@k").items():
        cell = base[(base.model == model) & (base.task == task)]
        own, fresh = style.own_and_fresh(cell.benchmark)
        lines = {(own, *variant): line for variant, line in _LINES.items()} | {(fresh, False, 1.0): _FRESH}
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
    handles = [drawn[label] for label, _ in [*_LINES.values(), _FRESH] if label in drawn]
    replications = style.span(base.groupby(["model", "task"], observed=True).seed.nunique())
    note = (
        f"lines: mean of {replications} base model(s) a panel; bands: all their 95 % intervals over the problems; "
        f"n = {style.span(base.n_problems)} problems, "
        f"{style.span(base.n_samples)} samples each"
    )
    style.finish(figure, "pass@k of the base models, before RL", note, handles)
    return figure
