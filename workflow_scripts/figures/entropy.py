"""Entropy during training: does learning from negatives only (NSR) keep it up, where positives only (PSR) use it up?

Must not know how the advantages differ.
"""

import pandas as pd
from matplotlib.figure import Figure
from mtalign.presentation import style

_SHOWN = {"ground_truth": "both signs (DAPO)", "nsr": "negatives only (NSR)", "psr": "positives only (PSR)"}


def draw(table: pd.DataFrame) -> Figure:
    """One panel a (model, task) of the `curves` table, with the three methods as far as the study has them, or all."""
    table = table[table.metric == "entropy"]
    models, tasks = style.distinct(table.model), style.distinct(table.task)
    all_methods = style.distinct(table.method)
    methods = [method for method in _SHOWN if method in all_methods] or all_methods
    table = table[table.method.isin(methods)]
    lines = {method: style.method_line(method) | {"marker": ""} for method in methods}
    figure = style.new_figure(models, tasks)
    for (model, task), axes in style.panels(figure, models, tasks, "training step", "entropy [nats/token]").items():
        here = (table.model == model) & (table.task == task)
        for method, line in lines.items():
            style.seed_curve(axes, table[here & (table.method == method)], **line)
    axes.set_ylim(0, 1.05 * table.value.max())  # after all panels are drawn, which share it
    handles = [style.key(_SHOWN.get(method, style.readable(method)), **line) for method, line in lines.items()]
    note = style.seeds_note(table, "lines", "bands")
    style.finish(figure, "Entropy of the policy during RL", note, handles)
    return figure
