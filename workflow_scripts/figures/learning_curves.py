"""Validation accuracy during training, of every method: first the other rewards, then other data and advantages.

Ground truth and the base model stand in every panel, to compare with. Must not know what a method does; which of the
two blocks it belongs to is listed here.
"""

import pandas as pd
from matplotlib.figure import Figure
from mtalign.presentation import style
from mtalign.presentation.result_grid import in_words
from mtalign.vocabulary import VALIDATION, primary_validation

_REFERENCE = "ground_truth"
_DATA_OR_ADVANTAGE = {"ttrl", "one_shot", "one_shot_random", "nsr", "psr", "nsr_grpo"}
_BASE_LINE = {"color": style.FAINT, "linestyle": (0, (4, 3)), "linewidth": 0.8}


def _line(method: str) -> dict[str, str | float]:
    return style.method_line(method) | {"markersize": 2.5, "linewidth": 1.7 if method == _REFERENCE else 1.0}


def draw(table: pd.DataFrame) -> Figure:
    """Two blocks of panels, one panel a (model, task), from the `curves` table."""
    metric = primary_validation(table.metric)
    table = table[table.metric == metric]
    models, tasks, methods = (style.distinct(table[name]) for name in ("model", "task", "method"))
    blocks = {
        "Rewards": [m for m in methods if m not in _DATA_OR_ADVANTAGE | {_REFERENCE}],
        "Data and advantages": [m for m in methods if m in _DATA_OR_ADVANTAGE],
    }
    blocks = {name: members for name, members in blocks.items() if members} or {"Ground truth": []}
    figure = style.new_figure(models, tasks, len(blocks))
    note = (
        f"validation accuracy: {in_words(metric.removeprefix(VALIDATION))}; {style.seeds_note(table, 'lines', 'bands')}"
    )
    for part, (name, members) in zip(figure.subfigures(len(blocks), squeeze=False).flat, blocks.items(), strict=True):
        shown = [*(m for m in methods if m == _REFERENCE), *members]
        for (model, task), axes in style.panels(part, models, tasks, "training step", "accuracy").items():
            here = (table.model == model) & (table.task == task)
            axes.axhline(table[here & (table.step == 0)].value.mean(), **_BASE_LINE)
            for method in shown:
                style.seed_curve(axes, table[here & (table.method == method)], **_line(method))
            axes.set(**style.SHARE)
        handles = [style.key(style.readable(method), **_line(method)) for method in shown]
        handles.append(style.key("base model", **_BASE_LINE))
        style.finish(part, f"{name}: accuracy during RL", note, handles)
    return figure
