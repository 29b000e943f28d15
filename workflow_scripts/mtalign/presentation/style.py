"""How figures look: sizes, colours, markers, readable names, grids of panels, the legend with its note.

Imports matplotlib and seaborn only. Must not know what a figure shows or how its tables come about.
"""

import textwrap
from collections.abc import Hashable, Iterable, Sequence
from itertools import product
from typing import TYPE_CHECKING
from zlib import crc32

import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

if TYPE_CHECKING:
    from pandas import DataFrame

COLUMN_WIDTH, FULL_WIDTH = 3.35, 6.9  # inches
SMALL, MEDIUM = 6.5, 7.5  # points
FAINT = "#6E6E6E"  # what is not the point: notes, the base model, controls
SHARE = {"ylim": (-0.03, 1.03), "yticks": (0, 0.25, 0.5, 0.75, 1)}  # of an axis that shows a share

#: The map's colours. The green leans to blue and the three differ in lightness, for colour-blind readers.
COLOURS = {"red": "#C8372D", "green": "#2FA084", "gray": "#8C8C8C"}
COLOUR_NAMES = {"red": "aligned, contaminated", "green": "aligned, not contaminated", "gray": "weakly aligned"}

_NAMES = {
    "qwen2": "Qwen2",
    "llama": "Llama",
    "base": "base model",
    "random": "random reward",
    "incorrect": "incorrect reward",
    "format": "format reward",
    "majority": "majority vote",
    "entropy_min": "entropy min.",
    "ttrl": "TTRL",
    "one_shot": "one-shot",
    "one_shot_random": "one-shot, random",
    "nsr": "NSR",
    "psr": "PSR",
    "incorrect_released": "incorrect, released",
    "nsr_grpo": "NSR, GRPO",
    "random_no_format": "random, no format",
}

# A variant keeps the colour of its method and changes the line.
_METHODS = {
    "ground_truth": ("#000000", "-", "o"),
    "random": ("#D55E00", "-", "s"),
    "random_no_format": ("#D55E00", ":", "s"),
    "incorrect": ("#CC79A7", "-", "v"),
    "incorrect_released": ("#CC79A7", ":", "v"),
    "format": ("#E69F00", "--", "^"),
    "majority": ("#56B4E9", "-", "D"),
    "entropy_min": ("#117733", "-.", "X"),
    "ttrl": ("#0072B2", "-", "P"),
    "one_shot": ("#882255", "-", "s"),
    "one_shot_random": ("#E07B91", "--", "D"),
    "nsr": ("#009E73", "-", "v"),
    "nsr_grpo": ("#009E73", ":", "v"),
    "psr": ("#B8860B", "-.", "^"),
}
_SPARE_COLOURS = ("#332288", "#44AA99", "#999933", "#AA4499", "#6699CC", "#A0522D")
_SPARE_LINES = ("-", "--", "-.", ":")
_METHODS_ACROSS = 4
_MARKERS = ("o", "s", "D", "^", "v", "P", "X", "*")


def use_style() -> None:
    """Set matplotlib's defaults: small type, thin lines, embedded fonts, the same bytes for the same data."""
    sizes = dict.fromkeys(("axes.labelsize", "xtick.labelsize", "ytick.labelsize", "legend.fontsize"), SMALL)
    sns.set_theme(
        context="paper",
        style="ticks",
        rc=sizes
        | {
            "font.family": "DejaVu Sans",
            "font.size": SMALL,
            "axes.titlesize": MEDIUM,
            "figure.titlesize": MEDIUM + 0.5,
            "figure.titleweight": "bold",
            "axes.grid": True,
            "axes.spines.right": False,
            "axes.spines.top": False,
            "axes.edgecolor": FAINT,
            "axes.linewidth": 0.6,
            "grid.color": "#E6E6E6",
            "grid.linewidth": 0.5,
            "lines.linewidth": 1.2,
            "lines.markersize": 3.5,
            "xtick.major.size": 2.5,
            "ytick.major.size": 2.5,
            "xtick.major.width": 0.6,
            "ytick.major.width": 0.6,
            "legend.frameon": False,
            "savefig.dpi": 300,
            "text.hinting": "none",  # text is as wide at every resolution
            "pdf.fonttype": 42,
            "svg.hashsalt": "mtalign",
        },
    )


def readable(name: str) -> str:
    """The name for people: `one_shot` -> `one-shot`; a name not known here only loses its underscores."""
    return _NAMES.get(name, name.replace("_", " "))


def method_line(method: str) -> dict[str, str]:
    """Colour, line style and marker of a method, alike in every figure; one not known here gets them from its name."""
    number = crc32(method.encode())
    spare = (_SPARE_COLOURS[number % 6], _SPARE_LINES[number // 6 % 4], _MARKERS[number // 24 % 8])
    return dict(zip(("color", "linestyle", "marker"), _METHODS.get(method, spare), strict=True))


def model_markers(models: Iterable[str]) -> dict[str, str]:
    """A marker for each model, in the study's order."""
    return {model: _MARKERS[i % len(_MARKERS)] for i, model in enumerate(models)}


def distinct(column: Iterable[Hashable]) -> list:
    """The values of a column, in order of appearance: the order of the study."""
    return list(dict.fromkeys(column))


def own_and_fresh(benchmarks: Iterable[str]) -> tuple[str, str | None]:
    """A task's own benchmark, which comes first, and its control `*_fresh`, which no model has seen, if it has one."""
    names = distinct(benchmarks)
    return names[0], next((name for name in names[1:] if name.endswith("_fresh")), None)


def span(values: Iterable[int]) -> str:
    """`64`, or `64 to 250` where the values differ."""
    low, high = min(values), max(values)
    return f"{low}" if low == high else f"{low} to {high}"


def replications(bases: "DataFrame") -> str:
    """How many base models stand behind a (model, task), from rows of base models by seed."""
    return span(bases.groupby(["model", "task"], observed=True).seed.nunique())


def seeds_note(runs: "DataFrame", what: str, spread: str) -> str:
    """What a line or bar is and what its spread, given the runs behind it: one seed has none, and the note says so."""
    n = runs.groupby(["model", "task", "method"], observed=True).seed.nunique()
    if n.max() == 1:
        return f"{what}: one seed, no spread"
    return f"{what}: mean of {span(n)} seeds; {spread}: lowest to highest seed"


def _tasks_go_down(models: list[str], tasks: list[str]) -> bool:
    """Whether tasks, too many to stand side by side, are the rows of a grid and models its columns."""
    return len(tasks) > max(5, len(models))


def new_figure(models: list[str], tasks: list[str], blocks: int = 1) -> Figure:
    """An empty figure with room for `blocks` grids of panels: column width up to two panels a row, else full width."""
    rows, columns = len(models), len(tasks)
    if _tasks_go_down(models, tasks):
        rows, columns = columns, rows
    width = COLUMN_WIDTH if columns <= 2 else FULL_WIDTH
    panel = min(1.9, max(1.05, 0.72 * width / columns))
    return Figure(figsize=(width, blocks * (rows * panel + 0.95)), layout="constrained")


def panels(
    figure: FigureBase, models: list[str], tasks: list[str], xlabel: str, ylabel: str
) -> dict[tuple[str, str], Axes]:
    """A grid of panels with shared axes, one a (model, task), with their names on the grid's edge."""
    flipped = _tasks_go_down(models, tasks)
    down, across = (tasks, models) if flipped else (models, tasks)
    grid = figure.subplots(len(down), len(across), sharex=True, sharey=True, squeeze=False)
    for axes, name in zip(grid[0], across, strict=True):
        axes.set_title(readable(name))
    for axes, name in zip(grid[:, 0], down, strict=True):
        axes.set_ylabel(f"{readable(name)}\n{ylabel}")
    for axes in grid[-1]:
        axes.set_xlabel(xlabel)
    return dict(zip(product(models, tasks), (grid.T if flipped else grid).flat, strict=True))


def method_rows(methods: list[str]) -> int:
    """Rows of the grid that `method_panels` makes."""
    return -(-len(methods) // _METHODS_ACROSS)


def method_panels(figure: FigureBase, methods: list[str], xlabel: str, ylabel: str) -> dict[str, Axes]:
    """A grid of panels with shared axes, one a method, filled row by row."""
    rows, columns = method_rows(methods), min(_METHODS_ACROSS, len(methods))
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for i, axes in enumerate(grid.flat):
        axes.set_visible(i < len(methods))
        if len(methods) - columns <= i < len(methods):  # the lowest of its column
            axes.set_xlabel(xlabel)
            axes.tick_params(labelbottom=True)
    for axes in grid[:, 0]:
        axes.set_ylabel(ylabel)
    return dict(zip(methods, grid.flat))


def ribbon(
    axes: Axes, x: Sequence, middle: Sequence, low: Sequence, high: Sequence, **line: str | float | tuple
) -> None:
    """A line and, behind it in the same colour, the band from low to high."""
    axes.fill_between(x, low, high, color=line["color"], alpha=0.15, linewidth=0)
    axes.plot(x, middle, **line)


def seed_curve(axes: Axes, rows: "DataFrame", **line: str | float | tuple) -> None:
    """The mean of `value` over the seeds at each `step`, and the band from the lowest to the highest seed."""
    axes.xaxis.get_major_locator().set_params(integer=True)
    steps = rows.groupby("step").value
    ribbon(axes, steps.mean().index, steps.mean(), steps.min(), steps.max(), **line)


def key(label: str, **line: str | float | tuple) -> Line2D:
    """One entry of a legend."""
    return Line2D([], [], label=label, **line)


def pair_keys(markers: dict[str, str], colours: Iterable[str]) -> list[Line2D]:
    """The legend of points that are a (model, task): markers of the models, and those of the map's colours in use."""
    used = set(colours)
    keys = [key(readable(model), color="black", marker=marker, linestyle="") for model, marker in markers.items()]
    return keys + [
        key(COLOUR_NAMES[name], color=COLOURS[name], marker="o", linestyle="") for name in COLOURS if name in used
    ]


def patch(label: str, colour: str) -> Patch:
    """One entry of a legend: a filled area."""
    return Patch(facecolor=colour, label=label)


def finish(figure: FigureBase, title: str, note: str, handles: list[Artist]) -> None:
    """The title above; below, the note (what bars and bands mean, how many) and the legend, filled row by row."""
    width = figure.bbox.width / figure.dpi * 72  # points
    letter = 0.57 * SMALL  # the mean width of one
    lengths = [len(handle.get_label()) for handle in handles]

    def wide(columns: int) -> float:
        return sum(max(lengths[i::columns]) * letter + 4.8 * SMALL for i in range(columns))

    columns = max((n for n in range(1, len(handles) + 1) if wide(n) <= width), default=1)
    figure.suptitle(textwrap.fill(title, int(width / letter / 1.5)), x=0.01, ha="left")
    legend = figure.legend(
        handles=[handle for i in range(columns) for handle in handles[i::columns]],
        title=textwrap.fill(note, int(width / letter)),
        loc="outside lower left",
        ncols=columns,
        alignment="left",
        handlelength=2.6,
        columnspacing=1.2,
        borderpad=0.2,
    )
    legend.get_title().set(fontsize=SMALL, color=FAINT)
