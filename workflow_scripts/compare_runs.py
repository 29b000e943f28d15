"""Do the conclusions hang on one processor? The same study's results from several machines or instruction sets, side by
side, as a page for docs/: verdicts by the primary measure, and mean accuracies that differ.

  compare_runs.py --runs native=results default=elsewhere/results --output docs/machines.md
"""

import argparse
from datetime import date
from pathlib import Path

import pandas as pd
from mtalign.io import read_table, replacing
from mtalign.spec import in_order
from mtalign.style import readable
from mtalign.wide import in_words

_FAR = 0.15  # a difference of mean accuracies that is told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--runs", nargs="+", required=True, help="NAME=results folder, the first compared with all others"
    )
    parser.add_argument("--machine", required=True, help="where they ran, in words")
    parser.add_argument("--output", type=Path, required=True, help="markdown")
    args = parser.parse_args()
    folders = {name: Path(folder) / "tables" for name, folder in (run.split("=", 1) for run in args.runs)}
    claims = {name: _ours(folder / "claims.parquet") for name, folder in folders.items()}
    measure = in_order(next(iter(claims.values())).measure)[0]
    lines = [
        "# The default study on other instructions",
        "",
        f"Made by `compare_runs.py` on {date.today()}, from whole runs of `make all` on {args.machine}.",
        f"Verdicts by the primary measure ({in_words(measure)}); in brackets, the effect with its 95 % interval.",
        "",
        *_verdicts({name: table[table.measure == measure].set_index("claim") for name, table in claims.items()}),
        "",
        *_accuracies({name: _means(folder, measure) for name, folder in folders.items()}),
    ]
    with replacing(args.output) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _ours(path: Path) -> pd.DataFrame:
    """The claims as this study's results judge them; the paper's own numbers have no measure."""
    claims = read_table(path, "claims").to_pandas()
    return claims[claims.results == "ours"]


def _verdicts(runs: dict[str, pd.DataFrame]) -> list[str]:
    """A row a claim, a column a run; then how many agree."""
    first = next(iter(runs.values()))
    rows = [f"| claim | {' | '.join(runs)} |", f"|---|{'---|' * len(runs)}"]
    equal, opposed = 0, 0
    for claim in first.index:
        said = [table.verdict[claim] for table in runs.values()]
        equal += len(set(said)) == 1
        opposed += {"supported", "contradicted"} <= set(said)
        cells = [_cell(table.loc[claim]) for table in runs.values()]
        rows.append(f"| {first.statement[claim]} | {' | '.join(cells)} |")
    return [*rows, "", f"{equal} of {len(first)} verdicts are equal in all runs; {opposed} are opposite in two."]


def _cell(row: pd.Series) -> str:
    if pd.isna(row.effect):
        return row.verdict
    interval = "" if pd.isna(row.ci_low) else f" [{row.ci_low:+.2f}, {row.ci_high:+.2f}]"
    return f"{row.verdict} ({row.effect:+.2f}{interval})"


def _means(folder: Path, measure: str) -> pd.Series:
    """Mean accuracy over seeds of each (model, task, method) on the task's own benchmark."""
    evaluation = read_table(folder / "evaluation.parquet", "evaluation").to_pandas()
    own = evaluation.benchmark.astype(str) == evaluation.task.astype(str) + "_test"
    mine = evaluation[own & (evaluation.measure == measure)]
    return mine.groupby(["model", "task", "method"], observed=True).accuracy.mean()


def _accuracies(runs: dict[str, pd.Series]) -> list[str]:
    table = pd.DataFrame(runs)
    spread = table.max(axis=1) - table.min(axis=1)
    far = int((spread > _FAR).sum())
    lines = [
        f"Of {len(table)} mean accuracies (of base models and methods, over seeds), {far} differ by more than {_FAR}",
        f"between runs; the median difference is {spread.median():.3f}, the largest {spread.max():.2f}.",
    ]
    if not (spread > _FAR).any():
        return lines
    rows = [f"| model, task, method | {' | '.join(runs)} |", f"|---|{'---|' * len(runs)}"]
    for key in spread[spread > _FAR].index:
        rows.append(f"| {', '.join(map(readable, key))} | {' | '.join(f'{x:.2f}' for x in table.loc[key])} |")
    return [*lines, "", *rows]


if __name__ == "__main__":
    main()
