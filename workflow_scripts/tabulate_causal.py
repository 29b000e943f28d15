"""The table `causal`: what setting alignment, contamination, or both does to the gain of each method.

Least squares over (model, task), with a constant for each task. Alignment is the dial's level, 0 at the lowest and 1
at the highest, in equal steps; contamination is 0 or 1. So "alignment" is its effect, from lowest to highest, without
contamination, "contamination" its effect at the lowest alignment, and "interaction" what both add together. Errors are
clustered by model: each was pretrained from its own seed. p values are corrected after Holm for each measure and
benchmark.
"""

import numpy as np
import pandas as pd
from mtalign.association import regress
from mtalign.command import add_paths, parser, run
from mtalign.inference import holm
from mtalign.io import InputError, provenance, read_table, write_csv, write_rows

_TERMS = ("alignment", "contamination", "interaction")


def main() -> None:
    args = add_paths(parser(__doc__), cells="the table", output="parquet; a csv goes beside it").parse_args()
    cells = read_table(args.cells, "causal_cells").to_pandas()
    rows = []
    for (measure, benchmark), group in cells.groupby(["measure", "benchmark"], observed=True, sort=False):
        mine = [
            {"measure": measure, "benchmark": benchmark, "method": method} | row
            for method, of_method in group.groupby("method", observed=True, sort=False)
            for row in _regression(of_method)
        ]
        for row, p_value in zip(mine, holm([row["p_value"] for row in mine])):
            row["p_holm"] = p_value
        rows += mine
    write_rows(args.output, "causal", rows, provenance([args.cells], args.spec))
    write_csv(args.output.with_suffix(".csv"), read_table(args.output, "causal"))


def _regression(cells: pd.DataFrame) -> list[dict]:
    levels = sorted(cells["alignment_dial"].unique())
    alignment = cells["alignment_dial"].map(levels.index).to_numpy() / (len(levels) - 1)
    contamination = (cells["contamination_dial"] > 0).to_numpy(dtype=float)
    tasks = pd.get_dummies(cells["task"].astype(str)).to_numpy(dtype=float)
    design = np.column_stack([alignment, contamination, alignment * contamination, tasks])
    models = cells["model"].astype(str).tolist()
    try:
        estimates = regress(design, cells["gain"].to_numpy(), models)
    except ValueError as error:
        raise InputError(
            f"the dials cannot be told from the tasks ({error}): set each level on several tasks"
        ) from error
    rows = []
    for term, estimate in zip(_TERMS, estimates):
        low, high = estimate.interval()
        rows.append(
            {
                "term": term,
                "coefficient": estimate.value,
                "ci_low": low,
                "ci_high": high,
                "p_value": estimate.p_value(),
                "n": len(cells),
                "n_models": len(set(models)),
            }
        )
    return rows


if __name__ == "__main__":
    run(main)
