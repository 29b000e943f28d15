"""Do the conclusions hang on one processor? The same study's results from several machines or instruction sets, side by
side, as a page for docs/: verdicts by the primary measure, and mean accuracies that differ.

  compare_runs.py --runs native=results default=elsewhere/results --output docs/machines.md
"""

from datetime import date
from pathlib import Path

import pandas as pd
from mtalign.parquet import read_table
from mtalign.presentation.pages import page_parser, table, write_page
from mtalign.presentation.result_grid import in_words
from mtalign.presentation.style import own_and_fresh, readable
from mtalign.statistics.claims import CONTRADICTED, SUPPORTED
from mtalign.vocabulary import in_order
from tables.claims import Table as Claims
from tables.evaluation import Table as Evaluation

_FAR = 0.15  # a difference of mean accuracies that is told


def main() -> None:
    args = page_parser(__doc__).parse_args()
    folders = dict(args.runs)
    claims = {name: _ours(folder / "claims.parquet") for name, folder in folders.items()}
    measure = in_order(next(iter(claims.values())).measure)[0]
    lines = [
        "# The default study on other instructions",
        "",
        f"Made by `compare_runs.py` on {date.today()}, from whole runs of `make all` on {args.machine}.",
        f"Verdicts by the primary measure ({in_words(measure)}); in brackets, the effect with its 95 % interval.",
        "",
        *_verdicts({name: run[run.measure == measure].set_index("claim") for name, run in claims.items()}),
        "",
        *_accuracies({name: _means(folder, measure) for name, folder in folders.items()}),
    ]
    write_page(args.output, lines)


def _ours(path: Path) -> pd.DataFrame:
    """The claims as this study's results judge them; the paper's own numbers have no measure."""
    claims = read_table(path, Claims).to_pandas()
    return claims[claims.results == "ours"]


def _verdicts(runs: dict[str, pd.DataFrame]) -> list[str]:
    """A row a claim, a column a run; then how many agree."""
    first = next(iter(runs.values()))
    said = [{run.verdict[claim] for run in runs.values()} for claim in first.index]
    equal = sum(len(verdicts) == 1 for verdicts in said)
    opposed = sum({SUPPORTED, CONTRADICTED} <= verdicts for verdicts in said)
    rows = [[first.statement[claim], *(_cell(run.loc[claim]) for run in runs.values())] for claim in first.index]
    told = f"{equal} of {len(first)} verdicts are equal in all runs; {opposed} are opposite in two."
    return [*table(["claim", *runs], rows), "", told]


def _cell(row: pd.Series) -> str:
    if pd.isna(row.effect):
        return row.verdict
    interval = "" if pd.isna(row.ci_low) else f" [{row.ci_low:+.2f}, {row.ci_high:+.2f}]"
    return f"{row.verdict} ({row.effect:+.2f}{interval})"


def _means(folder: Path, measure: str) -> pd.Series:
    """Mean accuracy over seeds of each (model, task, method) on the task's own benchmark."""
    evaluation = read_table(folder / "evaluation.parquet", Evaluation).to_pandas()
    own = evaluation.groupby("task", observed=True).benchmark.agg(lambda names: own_and_fresh(names)[0])
    on_own = evaluation.benchmark.astype(str) == evaluation.task.astype(str).map(own.to_dict())
    mine = evaluation[on_own & (evaluation.measure == measure)]
    return mine.groupby(["model", "task", "method"], observed=True).accuracy.mean()


def _accuracies(runs: dict[str, pd.Series]) -> list[str]:
    means = pd.DataFrame(runs)
    spread = means.max(axis=1) - means.min(axis=1)
    far = means[spread > _FAR]
    lines = [
        f"Of {len(means)} mean accuracies (of base models and methods, over seeds), {len(far)} differ by more than",
        f"{_FAR} between runs; the median difference is {spread.median():.3f}, the largest {spread.max():.2f}.",
    ]
    if far.empty:
        return lines
    rows = [[", ".join(map(readable, key)), *(f"{x:.2f}" for x in far.loc[key])] for key in far.index]
    return [*lines, "", *table(["model, task, method", *runs], rows)]


if __name__ == "__main__":
    main()
