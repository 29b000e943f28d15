"""Gain against alignment as a continuous quantity, a panel a method: points with intervals, a monotone fit, Spearman.

Must not know how alignment, gain or fit were computed.
"""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from mtalign.presentation import style
from mtalign.presentation.result_grid import in_words
from mtalign.vocabulary import in_order

_XLABELS = {"log-likelihood": "nats a token"}
_TITLES = {"log-likelihood": "log-likelihood of right solutions"}
_POINT = {"markersize": 4, "markeredgecolor": "white", "markeredgewidth": 0.3, "linestyle": "", "zorder": 3}
_FIT = {"color": "black", "linewidth": 0.9, "drawstyle": "steps-mid", "zorder": 2}


def _draw_panel(axes: Axes, rows: pd.DataFrame, markers: dict[str, str]) -> None:
    axes.axhline(0, color=style.FAINT, linewidth=0.6)
    curve = rows.sort_values("alignment")
    axes.plot(curve.alignment, curve.fitted, **_FIT)
    for row in rows.itertuples():
        look = {"color": style.COLOURS[row.colour]}
        axes.vlines(row.alignment, row.gain_low, row.gain_high, linewidth=0.7, alpha=0.7, **look)
        axes.plot(row.alignment, row.gain, marker=markers[row.model], **_POINT, **look)
    first = rows.iloc[0]
    rho = "" if pd.isna(first.spearman) else f"\n$\\rho$ = {first.spearman:.2f}"
    if not pd.isna(first.spearman_low):
        rho += f" ({first.spearman_low:.2f} to {first.spearman_high:.2f})"
    axes.set_title(f"{style.readable(first.method)}{rho}", fontsize=style.SMALL)


def draw(table: pd.DataFrame) -> Figure:
    """A block of panels for each measure of alignment in the `alignment_gain` table."""
    measure = in_order(table.measure)[0]
    table = table[table.measure == measure]
    names, methods = style.distinct(table.alignment_measure), style.distinct(table.method)
    markers = style.model_markers(style.distinct(table.model))
    height = 1.1 + 1.25 * style.method_rows(methods)
    figure = Figure(figsize=(style.FULL_WIDTH, len(names) * height), layout="constrained")
    for part, name in zip(figure.subfigures(len(names), squeeze=False).flat, names, strict=True):
        block = table[table.alignment_measure == name]
        panels = style.method_panels(part, methods, _XLABELS.get(name, name), "gain in accuracy")
        for method, axes in panels.items():
            _draw_panel(axes, block[block.method == method], markers)
            axes.set_ylim(max(-1.05, block.gain.min() - 0.25), min(1.05, block.gain.max() + 0.2))
        n_seeds = style.span(block.n_seeds)
        note = (
            f"gain: {in_words(measure)}, mean of {n_seeds} seed{'s' * (n_seeds != '1')}; bars: 95 % interval over "
            "seeds and problems, cut at the panel's edge; line: isotonic fit; brackets: 95 % interval of Spearman's "
            f"rho; n = {style.span(block.n)} (model, task) pairs"
        )
        style.finish(
            part, f"Gain against alignment: {_TITLES.get(name, name)}", note, style.pair_keys(markers, block.colour)
        )
    return figure
