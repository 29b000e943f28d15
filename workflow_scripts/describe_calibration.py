"""Do the lab's dials hold? What was set and what came out, by setting and instruction set, as a page for docs/.

`make calibration` runs it.
"""

import textwrap
from datetime import date
from pathlib import Path

import pandas as pd
import yaml
from mtalign.artifacts.probes import Expectations
from mtalign.parquet import read_table
from mtalign.presentation.pages import page_parser, table, write_page


def main() -> None:
    parser = page_parser(__doc__)
    parser.add_argument("--config", type=Path, required=True, help="the overlay with the models and their dials")
    args = parser.parse_args()
    models = yaml.safe_load(args.config.read_text())["models"]
    runs = {name: read_table(folder / "expectations.parquet", Expectations).to_pandas() for name, folder in args.runs}
    rows = pd.concat([run[run.expect == "dial"].assign(run=name) for name, run in runs.items()], ignore_index=True)
    dials = [models[model]["lab"]["tasks"][task] for model, task in zip(rows.model.astype(str), rows.task.astype(str))]
    rows["alignment"] = [dial["alignment"] for dial in dials]
    rows["contamination"] = [dial["contamination"] for dial in dials]
    pretrainings = rows[["model", "seed"]].drop_duplicates().shape[0]
    intro = (
        f"Made by `describe_calibration.py --config {args.config}` on {date.today()}, on {args.machine}; "
        f"{pretrainings} pretrainings in each run. Alignment: how many of a base model's own responses (any format, "
        "top-p 1) to 512 new questions are right. Contamination: how many of its benchmark's questions it completes "
        "exactly from their first 60 %. Mean (lowest to highest); how many are off by more than max(.01, 15 %) of "
        "alignment, or max(.05, 15 %) of contamination."
    )
    lines = [
        "# What the dials are set to, and what comes out",
        "",
        textwrap.fill(intro, 120),
        "",
        *_table(rows),
        "",
        *_missed(rows),
    ]
    write_page(args.output, lines)


def _table(rows: pd.DataFrame) -> list[str]:
    runs = list(dict.fromkeys(rows.run))
    lines = []
    for (alignment, contamination), setting in rows.groupby(["alignment", "contamination"]):
        for quantity, of_quantity in setting.groupby("quantity", observed=True):
            cells = [_cell(of_quantity[of_quantity.run == run]) for run in runs]
            lines.append([f"{alignment:g}, {contamination:g}", str(quantity), *cells])
    return table(["alignment, contamination set", "measured", *runs], lines)


def _cell(rows: pd.DataFrame) -> str:
    missed = int((~rows.inside).sum())
    off = f"; **{missed} of {len(rows)} off**" if missed else f"; 0 of {len(rows)} off"
    return f"{rows.measured.mean():.3f} ({rows.measured.min():.3f} to {rows.measured.max():.3f}){off}"


def _missed(rows: pd.DataFrame) -> list[str]:
    missed = rows[~rows.inside]
    lines = [f"{len(missed)} of {len(rows)} are off."]
    for row in missed.itertuples():
        lines.append(
            f"- {row.run}: {row.model}, seed {row.seed}, {row.task} (alignment {row.alignment:g}, contamination "
            f"{row.contamination:g}): {row.quantity} {row.measured:.3f}"
        )
    return lines


if __name__ == "__main__":
    main()
