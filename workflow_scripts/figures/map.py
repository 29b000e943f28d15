"""The map: alignment of each base model with each task, against how much of its benchmark it knows by heart.

Colour is the map's verdict, shape the model, bars the intervals, dashed lines the thresholds between the colours. Must
not know how either was measured.
"""

from collections import Counter
from math import hypot

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from mtalign.presentation import style

_PLACES = [(x, y) for x in range(-120, 121, 4) for y in range(-120, 121, 4)]  # of a label, in points from its point
_WHITE = {"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 0.5}
_LABEL = {"textcoords": "offset points", "ha": "center", "va": "center", "bbox": _WHITE, "zorder": 4}
_POINT = {"markersize": 5, "markeredgecolor": "white", "markeredgewidth": 0.4}
_MISSED = {
    "marker": "o",
    "markersize": 8.5,
    "markerfacecolor": "none",
    "markeredgecolor": "black",
    "markeredgewidth": 0.8,
    "clip_on": False,
}
_THRESHOLD = {"color": style.FAINT, "linestyle": (0, (4, 3)), "linewidth": 0.6}
_LINE = {"arrowstyle": "-", "color": style.FAINT, "linewidth": 0.4, "shrinkA": 0, "shrinkB": 0}


def _bars(axes: Axes, row: tuple) -> list[Bbox]:
    """The pixels that a point, its two intervals and its ring cover."""
    ends = [
        [(row.alignment_low, row.contamination), (row.alignment_high, row.contamination)],
        [(row.alignment, row.contamination_low), (row.alignment, row.contamination_high)],
    ]
    reach = axes.figure.dpi / (24 if row.as_expected else 14)
    return [Bbox(axes.transData.transform(pair)).padded(reach) for pair in ends]


def _nearest(place: tuple[float, float], width: float, height: float) -> tuple[float, float]:
    """Where a line from the point (0, 0) meets the box of this size around a place."""
    x, y = place
    return min(max(0.0, x - width / 2), x + width / 2), min(max(0.0, y - height / 2), y + height / 2)


def _together(axes: Axes, points: pd.DataFrame) -> list[list]:
    """The points, those that cover each other in one list, if the map says the same of them."""
    nearer = 5 * axes.figure.dpi / 72  # pixels
    groups: list[list] = []
    for row in points.itertuples():
        place = axes.transData.transform((row.alignment, row.contamination))
        for group in groups:
            first = axes.transData.transform((group[0].alignment, group[0].contamination))
            if group[0].colour == row.colour and hypot(*(place - first)) < nearer:
                group.append(row)
                break
        else:
            groups.append([row])
    return groups


def _label(group: list) -> str:
    """The group's tasks, one a line, with the number of models that share the place."""
    models = Counter(row.task for row in group)
    return "\n".join(style.readable(task) + (f" × {n}" if n > 1 else "") for task, n in models.items())


def _write_labels(axes: Axes, points: pd.DataFrame) -> None:
    """Write each group's tasks at the nearest place inside the axes that covers no point, bar or other label."""
    axes.figure.draw_without_rendering()  # settles the layout, so that pixels stay
    pixel = axes.figure.dpi / 72
    inside = axes.get_window_extent()
    taken = [box for row in points.itertuples() for box in _bars(axes, row)]
    for group in _together(axes, points):
        at = (group[0].alignment, group[0].contamination)
        text = axes.annotate(_label(group), at, (0, 0), color=style.COLOURS[group[0].colour], **_LABEL)
        here = text.get_window_extent()
        size = (here.width / pixel, here.height / pixel)
        for place in sorted(_PLACES, key=lambda place: hypot(*_nearest(place, *size))):
            box = here.translated(place[0] * pixel, place[1] * pixel)
            if inside.contains(*box.min) and inside.contains(*box.max) and not box.count_overlaps(taken):
                break
        taken.append(box)
        text.set_position(place)
        axes.annotate("", at, _nearest(place, *size), textcoords="offset points", arrowprops=_LINE)


def draw(table: pd.DataFrame) -> Figure:
    """One point a (model, task) of the `map` table."""
    width = style.COLUMN_WIDTH if len(table) <= 12 else style.FULL_WIDTH
    figure = Figure(figsize=(width, 3.2 if len(table) <= 12 else 5), layout="constrained")
    axes = figure.subplots()
    markers = style.model_markers(style.distinct(table.model))
    for row in table.itertuples():
        look = {"color": style.COLOURS[row.colour], "alpha": 0.8}
        axes.hlines(row.contamination, row.alignment_low, row.alignment_high, linewidth=0.8, **look)
        axes.vlines(row.alignment, row.contamination_low, row.contamination_high, linewidth=0.8, **look)
        axes.plot(row.alignment, row.contamination, marker=markers[row.model], **_POINT, **look)
        if not row.as_expected:
            axes.plot(row.alignment, row.contamination, **_MISSED)
    axes.axvline(table.aligned_from.iloc[0], **_THRESHOLD)
    axes.plot([table.aligned_from.iloc[0], 1.04], [table.contaminated_from.iloc[0]] * 2, **_THRESHOLD)
    axes.set(
        xlim=(-0.04, 1.04),
        ylim=(-0.04, 1.04),
        xlabel=f"alignment: pass@{table.alignment_k.iloc[0]} of the base model, any format, top-p 1",
        ylabel=f"contamination: questions completed\nexactly from their first {table.prompt_fraction.iloc[0]:.0%}",
    )
    n = f"n = {style.span(table.n_problems)} problems a task"
    replications = style.span(table.n_replications)
    note = (
        f"mean of {replications} base model(s), bars: 95 % intervals; dashed: thresholds; ×: models in one place; {n}"
    )
    if not table.as_expected.all():
        note += "; ringed: not what its dials, or the config's `expect`, say"
    style.finish(figure, "Alignment against contamination", note, style.pair_keys(markers, table.colour))
    _write_labels(axes, table)
    return figure
