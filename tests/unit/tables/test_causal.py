"""The causal experiment: a balanced design, a regression that finds what was put in, figures that say what it found."""

import make_table
import numpy as np
import pandas as pd
import pytest
import yaml
from figures import alignment_gain, causal
from mtalign.parquet import read_table, write_rows
from mtalign.presentation import style
from mtalign.study.grid import Study
from tables import causal as causal_table
from tables.causal_cells import Table as CausalCells

from tests.places import REPOSITORY


def merged(*names: str) -> dict:
    """Configs, each laid over those before, as Snakemake does."""

    def over(below: dict, above: dict) -> dict:
        both = {
            key: over(below[key], value) if isinstance(value, dict) and key in below else value
            for key, value in above.items()
        }
        return below | both

    config: dict = {}
    for name in names:
        config = over(config, yaml.safe_load((REPOSITORY / name).read_text()))
    return config


STUDY = Study(merged("config.yaml", "config/causal.yaml"))
CELLS = [(model, task, dials) for model, tasks in STUDY.dials().items() for task, dials in tasks.items()]
LEVELS = sorted({dials["alignment"] for *_, dials in CELLS})


def test_every_setting_meets_every_task_once_each_time_in_another_model():
    settings = [(dials["alignment"], dials["contamination"]) for _, _, dials in CELLS]
    assert len(set(settings)) == 10 and len(CELLS) == 40
    for setting in set(settings):
        mine = [(model, task) for (model, task, _), other in zip(CELLS, settings) if other == setting]
        assert len({task for _, task in mine}) == len({model for model, _ in mine}) == len(mine) == 4
    seeds = [STUDY.config["models"][model]["lab"]["seed"] for model in STUDY.models]
    assert len(set(seeds)) == 10 and STUDY.config["lab"]["leaked_documents"] == "answer"


def test_only_crossed_dials_make_a_causal_study():
    assert STUDY.is_causal()
    assert not Study(merged("config.yaml")).is_causal()
    assert not Study(merged("config.yaml", "config/causal.yaml", "config/real-data.yaml")).is_causal()


def cells_table(alignment: float, contamination: float, both: float, noise: float = 0.02) -> pd.DataFrame:
    """Gains with these effects, a shift for each model and each task."""
    random = np.random.default_rng(0)
    shifts = dict(zip(STUDY.models, random.normal(0, noise, 10)))
    rows = []
    for model, task, dials in CELLS:
        level, leak = LEVELS.index(dials["alignment"]) / 4, dials["contamination"] > 0
        gain = alignment * level + contamination * leak + both * level * leak + shifts[model] + 0.1 * (task == "math")
        rows += [
            {"measure": "format_top_p_1", "benchmark": benchmark, "method": "random", "model": model, "task": task}
            | {"alignment_dial": dials["alignment"], "contamination_dial": dials["contamination"]}
            | {"alignment": level, "contamination": float(leak), "base_accuracy": 0.2}
            | {"gain": gain + random.normal(0, noise)}
            for benchmark in ("own", "fresh")
        ]
    return pd.DataFrame(rows)


def regression(cells: pd.DataFrame, fit: str = "line", outcome: str = "gain") -> list[dict]:
    own = cells[cells.benchmark == "own"]
    return causal_table._regression(own, outcome, causal_table._FITS[fit])


def test_regression_finds_the_effects_that_were_set():
    cells = cells_table(0.4, 0.1, -0.2)
    rows = regression(cells)
    assert [row["term"] for row in rows] == ["alignment", "contamination", "interaction"]
    for row, truth in zip(rows, (0.4, 0.1, -0.2)):
        assert row["ci_low"] < truth < row["ci_high"] and row["ci_high"] - row["ci_low"] < 0.15
    assert rows[0]["n"] == 40 and rows[0]["n_models"] == 10


def test_levels_find_what_no_line_could():
    """Contamination helps at one level alone."""
    cells = cells_table(0.4, 0.0, 0.0)
    cells["gain"] += 0.3 * ((cells.alignment_dial == LEVELS[2]) & (cells.contamination_dial > 0))
    rows = {row["term"]: row for row in regression(cells, "levels")}
    assert list(rows) == [f"contamination at {level:g}" for level in LEVELS]
    for term, row in rows.items():
        assert row["ci_low"] < (0.3 if term.endswith(f" {LEVELS[2]:g}") else 0.0) < row["ci_high"]
    assert rows[f"contamination at {LEVELS[2]:g}"]["p_value"] < 0.001


def test_the_table_has_gain_and_accuracy_by_both_fits(tmp_path, monkeypatch):
    """Where contamination lifts the base model alone, gain falls by as much, and accuracy stays."""
    cells = cells_table(0.4, 0.0, 0.0)
    lift = 0.2 * (cells.contamination_dial > 0)
    cells = cells.assign(base_accuracy=cells.base_accuracy + lift, gain=cells.gain - lift)
    made_of, made = tmp_path / "causal_cells.parquet", tmp_path / "causal.parquet"
    write_rows(made_of, CausalCells, cells.to_dict("records"), {})
    files = ["--causal_cells", str(made_of), "--output", str(made)]
    monkeypatch.setattr("sys.argv", ["make_table.py", "causal", "--spec", "{}", *files])
    make_table.main()
    table = read_table(made, causal_table.Table).to_pandas()
    assert len(table) == 2 * 2 * (3 + 5)  # benchmarks, outcomes, terms
    terms = table[table.benchmark == "own"].set_index(["fit", "outcome", "term"])
    assert terms.coefficient["line", "gain", "contamination"] == pytest.approx(-0.2, abs=0.05)
    assert terms.coefficient["line", "accuracy", "contamination"] == pytest.approx(0.0, abs=0.05)
    assert (table.p_holm >= table.p_value).all() and (table.p_holm > table.p_value).any()


def test_nothing_set_nothing_found():
    rows = regression(cells_table(0.0, 0.0, 0.0))
    assert all(row["ci_low"] < 0 < row["ci_high"] for row in rows)


@pytest.fixture(autouse=True)
def _style() -> None:
    style.use_style()


def test_causal_figure_shows_means_by_level_and_coefficients():
    cells = cells_table(0.4, 0.1, -0.2)
    terms = pd.concat(pd.DataFrame(regression(cells)).assign(outcome=outcome) for outcome in ("gain", "accuracy"))
    terms = terms.assign(measure="format_top_p_1", benchmark="own", method="random", fit="line", p_holm=terms.p_value)
    others = [table.assign(measure="format_top_p_1", gain=0.0) for table in (cells, terms)]
    cells, terms = (table.assign(measure="any_top_p_0.7") for table in (cells, terms))
    figure = causal.draw(*(pd.concat(both) for both in zip(others, (cells, terms))))
    panel, (forest, after) = figure.subfigs[0].axes[0], figure.subfigs[1].axes
    clean = cells[(cells.benchmark == "own") & (cells.contamination_dial == 0)]
    solid = [line for line in panel.lines if line.get_linestyle() == "-" and line.get_marker() == "o"]
    means = clean.groupby("alignment_dial")[["base_accuracy", "gain"]].mean()
    assert solid[0].get_ydata() == pytest.approx(means.sum(axis=1).to_numpy())
    before = next(line for line in panel.lines if line.get_linestyle() == "--")
    assert before.get_ydata() == pytest.approx(means.base_accuracy.to_numpy())
    dots = [line.get_xdata()[0] for axes in (forest, after) for line in axes.lines if line.get_marker() == "o"]
    assert dots == pytest.approx(terms.coefficient.tolist())
    note = figure.subfigs[1].legends[0].get_title().get_text().replace("\n", " ")
    assert "40 cells of 10 models" in note
    title = figure.subfigs[1].get_suptitle().replace("\n", " ")
    assert title == "Alignment decides accuracy after 1 of 1 methods, contamination after 1 (p < .05 after Holm)"
    assert figure.subfigs[0].legends[0].get_title().get_text().startswith("any format, top-p 0.7; ")


def test_alignment_figure_shows_points_fit_and_correlation():
    rows = pd.DataFrame(
        {"alignment_measure": name, "measure": "format_top_p_1", "method": "ttrl", "model": "qwen2", "task": f"t{i}"}
        | {"colour": "gray" if i < 2 else "green", "alignment": 0.2 * i, "gain": 0.1 * i, "fitted": 0.1 * i}
        | {"gain_low": 0.1 * i - 0.05, "gain_high": 0.1 * i + 0.05, "spearman": 1.0, "spearman_low": 0.31}
        | {"spearman_high": 1.0, "threshold_from": 0.0, "threshold_to": 0.2, "n": 4, "n_seeds": 3}
        for name in ("pass@16", "log-likelihood")
        for i in range(4)
    )
    other, rows = rows.assign(gain=9.0, fitted=9.0), rows.assign(measure="any_top_p_0.7")
    figure = alignment_gain.draw(pd.concat([other, rows]))
    assert "gain: any format, top-p 0.7, mean of 3 seeds" in figure.subfigs[0].legends[0].get_title().get_text()
    assert len(figure.subfigs) == 2
    (axes,) = figure.subfigs[0].axes
    assert "= 1.00 (0.31 to 1.00)" in axes.get_title()
    fit = next(line for line in axes.lines if line.get_drawstyle() == "steps-mid")
    assert list(fit.get_ydata()) == pytest.approx([0, 0.1, 0.2, 0.3])
    assert sum(line.get_marker() == "o" for line in axes.lines) == 4
