"""How much of each benchmark stands in each train set: a heat map of shares, for three strengths of overlap.

Must not know how overlap was counted.
"""

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from mtalign.presentation import style

# Column of the table -> its title, and the column that it is a share of.
_STRENGTHS = {
    "any": ("share any passage", "n_with_ngrams"),
    "half": ("share half or more", "n_with_ngrams"),
    "exact": ("are exact copies", "n_benchmark"),
}
_DARK = 0.5  # shares above this have white numbers


def _panel(axes: Axes, shares: pd.DataFrame) -> None:
    """One panel: a row a benchmark, a column a train set; a dash where no item is long enough to be compared."""
    colours = matplotlib.colormaps["Blues"].with_extremes(bad="#F2F2F2")
    axes.pcolormesh(shares.to_numpy(), cmap=colours, vmin=0, vmax=1, edgecolors="white", linewidth=1)
    for y, row in enumerate(shares.to_numpy()):
        for x, share in enumerate(row):
            text = "–" if pd.isna(share) else f"{100 * share:.1f}" if 0 < share < 0.995 else f"{100 * share:.0f}"
            colour = "white" if share > _DARK else style.FAINT if not share > 0 else "black"
            axes.text(x + 0.5, y + 0.5, text, ha="center", va="center", color=colour, fontsize=style.SMALL)
    axes.grid(False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.invert_yaxis()


def draw(table: pd.DataFrame) -> Figure:
    """One cell a (train set, benchmark) of the `overlap` table, in one panel a strength."""
    trains = table.drop_duplicates("train").set_index("train").n_train
    benchmarks = table.drop_duplicates("benchmark").set_index("benchmark")
    height = 0.19 * len(benchmarks) + 1.5
    figure = Figure(figsize=(style.FULL_WIDTH, height), layout="constrained")
    panels = figure.subplots(1, len(_STRENGTHS), sharey=True)
    for axes, (column, (title, of)) in zip(panels, _STRENGTHS.items()):
        shares = table.assign(share=table[column] / table[of].where(table[of] > 0))
        shares = shares.pivot(index="benchmark", columns="train", values="share")
        _panel(axes, shares.loc[benchmarks.index, trains.index].astype(float))
        names = [f"{style.readable(name.removesuffix('/train'))} ({n:,})" for name, n in trains.items()]
        axes.set_xticks([i + 0.5 for i in range(len(names))], names, rotation=35, ha="right", rotation_mode="anchor")
        axes.set_title(f"% that {title}")
    names = [f"{style.readable(b.Index)} ({b.n_with_ngrams:,} of {b.n_benchmark:,})" for b in benchmarks.itertuples()]
    panels[0].set_yticks([i + 0.5 for i in range(len(names))], names)
    panels[1].set_xlabel("train set (problems)")
    panels[0].set_ylabel("benchmark\n(long enough of all)")
    passage = f"passage: {table.ngram.iloc[0]} consecutive words"
    note = f"{passage}; first two panels: of the items that hold one; last: of all items; –: none holds one"
    style.finish(figure, "How much of each benchmark stands in each train set", note, [])
    return figure
