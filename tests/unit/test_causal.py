"""The causal experiment: a balanced design, a regression that finds what was put in, figures that say what it found."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tabulate_causal
import yaml
from figures import alignment_gain, causal
from mtalign import style
from mtalign.spec import Study

REPOSITORY = Path(__file__).parents[2]


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
    levels = sorted({dials["alignment"] for *_, dials in CELLS})
    shifts = dict(zip(STUDY.models, random.normal(0, noise, 10)))
    rows = []
    for model, task, dials in CELLS:
        level, leak = levels.index(dials["alignment"]) / 4, dials["contamination"] > 0
        gain = alignment * level + contamination * leak + both * level * leak + shifts[model] + 0.1 * (task == "math")
        rows += [
            {"measure": "format_top_p_1", "benchmark": benchmark, "method": "random", "model": model, "task": task}
            | {"alignment_dial": dials["alignment"], "contamination_dial": dials["contamination"]}
            | {"alignment": level, "contamination": float(leak), "base_accuracy": 0.2}
            | {"gain": gain + random.normal(0, noise)}
            for benchmark in ("own", "fresh")
        ]
    return pd.DataFrame(rows)


def test_regression_finds_the_effects_that_were_set():
    cells = cells_table(0.4, 0.1, -0.2)
    rows = tabulate_causal._regression(cells[cells.benchmark == "own"])
    assert [row["term"] for row in rows] == ["alignment", "contamination", "interaction"]
    for row, truth in zip(rows, (0.4, 0.1, -0.2)):
        assert row["ci_low"] < truth < row["ci_high"] and row["ci_high"] - row["ci_low"] < 0.15
    assert rows[0]["n"] == 40 and rows[0]["n_models"] == 10


def test_nothing_set_nothing_found():
    rows = tabulate_causal._regression(cells_table(0.0, 0.0, 0.0)[::2])
    assert all(row["ci_low"] < 0 < row["ci_high"] for row in rows)


@pytest.fixture(autouse=True)
def _style() -> None:
    style.use_style()


def test_causal_figure_shows_means_by_level_and_coefficients():
    cells = cells_table(0.4, 0.1, -0.2)
    terms = pd.DataFrame(tabulate_causal._regression(cells[cells.benchmark == "own"]))
    terms = terms.assign(measure="format_top_p_1", benchmark="own", method="random")
    figure = causal.draw(cells, terms)
    panel, forest = figure.subfigs[0].axes[0], figure.subfigs[1].axes[0]
    clean = cells[(cells.benchmark == "own") & (cells.contamination_dial == 0)]
    solid = [line for line in panel.lines if line.get_linestyle() == "-" and line.get_marker() == "o"]
    assert solid[0].get_ydata() == pytest.approx(clean.groupby("alignment_dial").gain.mean().to_numpy())
    dots = [line.get_xdata()[0] for line in forest.lines if line.get_marker() == "o"]
    assert dots == pytest.approx(terms.coefficient.tolist())
    note = figure.subfigs[1].legends[0].get_title().get_text().replace("\n", " ")
    assert "40 cells of 10 models" in note


def test_alignment_figure_shows_points_fit_and_correlation():
    rows = pd.DataFrame(
        {"alignment_measure": name, "measure": "format_top_p_1", "method": "ttrl", "model": "qwen2", "task": f"t{i}"}
        | {"colour": "gray" if i < 2 else "green", "alignment": 0.2 * i, "gain": 0.1 * i, "fitted": 0.1 * i}
        | {"gain_low": 0.1 * i - 0.05, "gain_high": 0.1 * i + 0.05, "spearman": 1.0, "spearman_low": 0.31}
        | {"spearman_high": 1.0, "threshold_from": 0.0, "threshold_to": 0.2, "n": 4, "n_seeds": 3}
        for name in ("pass@16", "log-likelihood")
        for i in range(4)
    )
    figure = alignment_gain.draw(rows)
    assert len(figure.subfigs) == 2
    (axes,) = figure.subfigs[0].axes
    assert "= 1.00 (0.31 to 1.00)" in axes.get_title()
    fit = next(line for line in axes.lines if line.get_drawstyle() == "steps-mid")
    assert list(fit.get_ydata()) == pytest.approx([0, 0.1, 0.2, 0.3])
    assert sum(line.get_marker() == "o" for line in axes.lines) == 4
