"""The claim at a glance: accuracy before and after RL by every method, where the base model is aligned and where not.

Must not know how alignment was measured, nor what a method does.
"""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from mtalign.presentation import style
from mtalign.presentation.result_grid import in_words
from mtalign.vocabulary import in_order

_SIDES = {"Aligned": ("red", "green"), "Weakly aligned": ("gray",)}
_GAIN, _LOSS = "#A9CBE8", "#F5CBA7"
_DOT = {"markersize": 3.2, "markeredgecolor": "white", "markeredgewidth": 0.3, "clip_on": False}


def _own_rows(evaluation: pd.DataFrame, model: str, task: str) -> pd.DataFrame:
    """The accuracies of a (model, task) on the task's own benchmark."""
    mine = (evaluation.model == model) & (evaluation.task == task)
    return evaluation[mine & (evaluation.benchmark == style.own_and_fresh(evaluation[mine].benchmark)[0])]


def _draw_side(axes: Axes, rows: pd.DataFrame, measure: str, methods: list[str], markers: dict[str, str]) -> None:
    """A bar a method: mean over the pairs; whisker over the seeds; a dot a pair; the base model as a dashed line."""
    of_pairs = rows[rows.method == "base"].groupby(["model", "task"], observed=True).accuracy.mean()
    base = of_pairs.mean()
    for y, method in enumerate(methods):
        mine = rows[rows.method == method]
        seeds = mine.groupby("seed").accuracy.mean()
        mean = seeds.mean()
        axes.barh(y, mean, height=0.72, color=_GAIN if mean >= base else _LOSS)
        axes.plot([seeds.min(), seeds.max()], [y - 0.17] * 2, color="black", linewidth=0.9)
        for (model, _, colour), pair in mine.groupby(["model", "task", "colour"], sort=False):
            axes.plot(pair.accuracy.mean(), y + 0.13, color=style.COLOURS[colour], marker=markers[model], **_DOT)
        axes.text(1.04, y, f"{mean:.2f}", va="center")
    axes.text(1.04, -0.75, "mean", va="bottom")
    axes.axvline(base, color="black", linestyle="--", linewidth=0.9)
    axes.text(base, -0.75, f"base model {base:.2f}", ha="left" if base < 0.5 else "right", va="bottom")
    axes.grid(visible=False, axis="y")
    n = len(rows[["model", "task"]].drop_duplicates())
    axes.set(
        xlim=(0, 1),
        xlabel=f"accuracy after RL ({in_words(measure)})\n{n} (model, task) pair{'s' * (n > 1)}",
        ylim=(len(methods) - 0.4, -0.6),
        yticks=range(len(methods)),
        yticklabels=map(style.readable, methods),
    )


def draw(evaluation: pd.DataFrame, pairs: pd.DataFrame) -> Figure:
    """Bars from the `evaluation` table (own benchmarks, primary measure), split by the colours of the `map` table."""
    measure = in_order(evaluation.measure)[0]
    evaluation = evaluation[evaluation.measure == measure]
    rows = pd.concat(
        _own_rows(evaluation, pair.model, pair.task).assign(colour=pair.colour) for pair in pairs.itertuples()
    )
    trained = rows[rows.method != "base"]
    methods = style.distinct(trained.method)
    markers = style.model_markers(style.distinct(rows.model))
    sides = {name: rows[rows.colour.isin(colours)] for name, colours in _SIDES.items()}
    sides = {name: side for name, side in sides.items() if not side.empty}
    width = style.FULL_WIDTH if len(sides) > 1 else style.COLUMN_WIDTH
    figure = Figure(figsize=(width, 1.7 + 0.19 * len(methods)), layout="constrained")
    columns = figure.subplots(1, len(sides), sharey=True, squeeze=False)[0]
    for axes, (name, side) in zip(columns, sides.items(), strict=True):
        axes.set_title(f"{name}\n")  # the second line is the base model's
        _draw_side(axes, side, measure, methods, markers)
    handles = style.pair_keys(markers, rows.colour)
    handles += [style.patch("above the base model", _GAIN), style.patch("below it", _LOSS)]
    note = (
        f"bars: mean over the pairs; dots: single pairs; {style.seeds_note(trained, 'both', 'whiskers')}; "
        f"n = {style.span(trained.n)} responses a policy"
    )
    style.finish(figure, "What RL with each method does to accuracy", note, handles)
    return figure
