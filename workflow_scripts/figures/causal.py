"""What setting alignment and contamination does: accuracy by level, with and without contamination; the regression.

Must not know how the dials work, nor how the coefficients were estimated.
"""

import pandas as pd
from matplotlib.figure import Figure, SubFigure
from mtalign.presentation import style
from mtalign.presentation.result_grid import in_words
from mtalign.vocabulary import in_order

_LINES = {  # (benchmark, contaminated) -> its line
    ("own", False): ("not contaminated", {"color": style.COLOURS["green"], "linestyle": "-", "marker": "o"}),
    ("own", True): ("contaminated", {"color": style.COLOURS["red"], "linestyle": "-", "marker": "s"}),
    ("fresh", True): ("contaminated, on fresh questions", {"color": style.COLOURS["red"], "linestyle": ":"}),
}
_BEFORE = {"linestyle": "--", "linewidth": 0.7}  # the base models' line
_OUTCOMES = {"gain": "change of the gain", "accuracy": "change of accuracy after training"}
_TERMS = {  # term -> name, colour
    "alignment": ("alignment, lowest to highest", style.COLOURS["green"]),
    "contamination": ("contamination, at the lowest alignment", style.COLOURS["red"]),
    "interaction": ("both together, beyond their sum", "#0072B2"),
}


def _draw_levels(part: SubFigure, cells: pd.DataFrame, measure: str, methods: list[str]) -> None:
    levels = sorted(cells.alignment_dial.unique())
    for method, axes in style.method_panels(part, methods, "alignment dial", "accuracy").items():
        axes.set_title(style.readable(method), fontsize=style.SMALL)
        for (benchmark, contaminated), (_, line) in _LINES.items():
            mine = cells[
                (cells.method == method)
                & (cells.benchmark == benchmark)
                & ((cells.contamination_dial > 0) == contaminated)
            ]
            places, after = mine.alignment_dial.map(levels.index), mine.base_accuracy + mine.gain
            if benchmark == "own":
                axes.plot(places, after, color=line["color"], marker=".", markersize=2.5, linestyle="", alpha=0.5)
                before = mine.base_accuracy.groupby(places).mean()
                axes.plot(before.index, before, color=line["color"], **_BEFORE)
            means = after.groupby(places).mean()
            axes.plot(means.index, means, **line)
        axes.set_xticks(range(len(levels)), [f"{level:g}" for level in levels])
    n = style.span(cells.groupby(["method", "benchmark", "alignment_dial", "contamination_dial"]).size())
    note = f"{in_words(measure)}; lines: means of {n} pretrained models (one run each); dots: single runs; "
    note += "dial: share of the base model's own responses that are right"
    handles = [style.key(label, **line) for label, line in _LINES.values()]
    handles.append(style.key("the base models, likewise", color=style.FAINT, **_BEFORE))
    style.finish(part, "Accuracy after RL where alignment and contamination are set", note, handles)


def _draw_terms(part: SubFigure, table: pd.DataFrame, methods: list[str]) -> None:
    for axes, (outcome, label) in zip(part.subplots(1, 2, sharey=True), _OUTCOMES.items()):
        axes.axvline(0, color=style.FAINT, linewidth=0.6)
        for shift, (term, (_, colour)) in zip((-0.22, 0, 0.22), _TERMS.items()):
            rows = table[(table.term == term) & (table.outcome == outcome)].set_index("method").loc[methods]
            y = [i + shift for i in range(len(methods))]
            axes.hlines(y, rows.ci_low, rows.ci_high, color=colour, linewidth=0.9)
            axes.plot(rows.coefficient, y, color=colour, marker="o", linestyle="", markersize=3)
        axes.set(
            yticks=range(len(methods)),
            yticklabels=map(style.readable, methods),
            ylim=(len(methods) - 0.5, -0.5),
            xlabel=label,
        )
    note = (
        f"own benchmark; least squares over {style.span(table.n)} cells of {style.span(table.n_models)} models, a "
        "constant for each task; bars: 95 % interval, clustered by model"
    )
    handles = [style.key(name, color=colour, marker="o") for name, colour in _TERMS.values()]
    found = table[(table.outcome == "accuracy") & (table.p_holm < 0.05)].term.value_counts()
    title = (
        f"Alignment decides accuracy after {found.get('alignment', 0)} of {len(methods)} methods, contamination after "
        f"{found.get('contamination', 0)} (p < .05 after Holm)"
    )
    style.finish(part, title, note, handles)


def draw(cells: pd.DataFrame, table: pd.DataFrame) -> Figure:
    """Above, accuracies by level from `causal_cells`; below, the coefficients of `causal`, fitted by a line."""
    measure = in_order(cells.measure)[0]
    cells = cells[cells.measure == measure]
    table = table[(table.measure == measure) & (table.benchmark == "own") & (table.fit == "line")]
    methods = style.distinct(table.method)
    heights = [1.1 + 1.25 * style.method_rows(methods), 1.2 + 0.2 * len(methods)]
    figure = Figure(figsize=(style.FULL_WIDTH, sum(heights)), layout="constrained")
    above, below = figure.subfigures(2, height_ratios=heights)
    _draw_levels(above, cells, measure, methods)
    _draw_terms(below, table, methods)
    return figure
