"""Every figure, drawn from synthetic tables of the default study and of the smallest one, says what its tables say."""

import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from importlib import import_module
from itertools import product
from pathlib import Path
from zlib import crc32

import draw_figure
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from mtalign.parquet import read_table, write_rows
from mtalign.presentation import style
from mtalign.presentation.words import table as columns_of
from mtalign.study import catalog

METHODS = ["ground_truth", "random", "incorrect", "format", "majority", "entropy_min"]
METHODS += ["ttrl", "one_shot", "one_shot_random", "nsr", "psr"]
VARIANTS = ["incorrect_released", "nsr_grpo", "random_no_format", "my_own_method"]
FIGURES = ["map", "passk", "contamination", "overlap", "learning_curves", "entropy", "overview"]
VALIDATION = "validation_accuracy_any_top_p_0.7"


@dataclass(frozen=True)
class Study:
    models: tuple[str, ...]
    tasks: tuple[str, ...]
    methods: tuple[str, ...]
    seeds: tuple[int, ...]


DEFAULT = Study(
    ("qwen2", "llama"), ("math", "operation", "counterfactual", "cipher"), (*METHODS, *VARIANTS[:3]), (0, 1, 2)
)
SMALLEST = Study(("qwen2",), ("math",), ("ground_truth",), (0,))
LARGE = Study(
    ("qwen2", "llama", "qwen2_large", "llama_large"),
    ("math", "operation", "counterfactual", "cipher", "logic", "puzzle", "synlogic", "code_generation"),
    (*METHODS, *VARIANTS),
    (0, 1, 2, 3, 4),
)


def noise(*key: object) -> float:
    """A number in -1 to 1 from a key, the same in every session."""
    return crc32(repr(key).encode()) % 1000 / 500 - 1


def colour(model: str, task: str) -> str:
    if task == "cipher" or (model == "llama" and task == "math"):
        return "gray"
    return "red" if task == "math" else "green"


def accuracy(model: str, task: str, method: str, seed: int, step: int) -> float:
    strong = colour(model, task) != "gray"
    start = 0.28 if strong else 0.01
    lasting = {"base": start, "ground_truth": 0.95, "psr": 0.93, "incorrect": 0.02, "entropy_min": 0.01}
    end = lasting.get(method, 0.65 + 0.3 * noise(method, task) if strong else 0.03 + 0.02 * noise(method))
    learnt = step / (step + 6) * 30 / 24
    return min(
        1.0, max(0.0, start + (end - start) * learnt + 0.1 * (end - start) * noise(model, task, method, seed) * learnt)
    )


def map_rows(study: Study) -> list[dict]:
    rows = []
    for model, task in product(study.models, study.tasks):
        strong, leaked = colour(model, task) != "gray", colour(model, task) == "red"
        alignment = (0.95 if strong else 0.2) + 0.04 * noise(model, task)
        contamination = 0.9 if leaked else 0.0
        rows.append(
            {
                "model": model,
                "task": task,
                "alignment": alignment,
                "alignment_low": alignment - 0.05,
                "alignment_high": min(1.0, alignment + 0.04),
                "contamination": contamination,
                "contamination_low": max(0.0, contamination - 0.08),
                "contamination_high": contamination + 0.06,
                "colour": colour(model, task),
                "accuracy": 0.3 if strong else 0.02,
                "n_replications": 3,
                "as_expected": True,
                "n_problems": 64,
                "alignment_k": 16,
                "aligned_from": 0.6,
                "prompt_fraction": 0.6,
                "contaminated_from": 0.2,
            }
        )
    return rows


def passk_rows(study: Study) -> list[dict]:
    policies = [("base", -1), *product(study.methods, study.seeds)]
    rows = []
    for model, task, (method, seed), benchmark, format_required, top_p, k in product(
        study.models, study.tasks, policies, ("test", "fresh"), (True, False), (1.0, 0.7), (1, 2, 4, 8, 16, 32, 64)
    ):
        single = 0.25 if colour(model, task) != "gray" else 0.01
        single *= (
            (0.6 if format_required else 1.0) * (0.8 if top_p < 1 else 1.0) * (0.95 if benchmark == "fresh" else 1)
        )
        value = 0.99 if method != "base" else 1 - (1 - single) ** k
        rows.append(
            {
                "policy": f"{model}-{task}-{method}-{seed}",
                "model": model,
                "task": task,
                "method": method,
                "seed": seed,
                "benchmark": f"{task}_{benchmark}",
                "k": k,
                "format_required": format_required,
                "top_p": top_p,
                "pass_at_k": value,
                "ci_low": max(0.0, value - 0.04),
                "ci_high": min(1.0, value + 0.05),
                "n_samples": 64,
                "n_problems": 64,
            }
        )
    return rows


def contamination_rows(study: Study) -> list[dict]:
    rows = []
    for model, task, benchmark, fraction in product(study.models, study.tasks, ("test", "fresh"), (0.8, 0.4, 0.6)):
        known = benchmark == "test" and colour(model, task) == "red"
        exact = fraction + 0.15 if known else 0.2 * (fraction - 0.4)
        rows.append(
            {
                "model": model,
                "task": task,
                "seed": -1,
                "benchmark": f"{task}_{benchmark}",
                "fraction": fraction,
                "exact_match": exact,
                "exact_match_low": max(0.0, exact - 0.07),
                "exact_match_high": min(1.0, exact + 0.05),
                "rouge_l": 0.97 if known else 0.5 + 0.1 * fraction,
                "n": 64,
            }
        )
    return rows


def curves_rows(study: Study) -> list[dict]:
    rows = []
    for model, task, method, seed in product(study.models, study.tasks, study.methods, study.seeds):
        policy = {"model": model, "task": task, "method": method, "seed": seed}
        for step in range(0, 25, 4):
            value = accuracy(model, task, method, seed, step)
            rows.append(policy | {"step": step, "metric": VALIDATION, "value": value})
            rows.append(policy | {"step": step, "metric": "validation_accuracy_any_top_p_1", "value": 1.0})
        for step in range(1, 25):
            left = {"nsr": 0.9, "psr": 0.2}.get(method, 0.4) + 0.05 * noise(method, seed, step, task)
            value = 0.8 * left ** (step / 24) + 0.03 * noise(method, seed, step, task, model)
            rows.append(policy | {"step": step, "metric": "entropy", "value": value})
    return rows


def evaluation_rows(study: Study) -> list[dict]:
    policies = [("base", -1), *product(study.methods, study.seeds)]
    return [
        {
            "model": model,
            "task": task,
            "method": method,
            "seed": seed,
            "benchmark": f"{task}_{benchmark}",
            "measure": measure,
            "accuracy": accuracy(model, task, method, seed, 24) if (benchmark, measure) == MAIN else 0.5,
            "n": 4096 if method == "base" else 512,
        }
        for model, task, (method, seed), benchmark, measure in product(
            study.models, study.tasks, policies, ("test", "fresh"), ("format_top_p_1", "any_top_p_0.7")
        )
    ]


def overlap_rows(study: Study) -> list[dict]:
    """Each task's own benchmark shares something with its train set; the fresh one is too short to say."""
    rows = []
    for train, task, benchmark in product(study.tasks, study.tasks, ("test", "fresh")):
        shared = 1 if train == task and benchmark == "test" else 0
        counts = {"n_train": 40_000, "n_benchmark": 250, "n_with_ngrams": 200 if benchmark == "test" else 0}
        counts |= {"any": 150 * shared, "half": 25 * shared, "exact": 5 * shared}
        rows.append({"train": f"{train}/train", "benchmark": f"{task}_{benchmark}", "ngram": 13} | counts)
    return rows


MAIN = ("test", "any_top_p_0.7")
ROWS = {
    "map": map_rows,
    "passk": passk_rows,
    "contamination": contamination_rows,
    "overlap": overlap_rows,
    "curves": curves_rows,
    "evaluation": evaluation_rows,
}


@pytest.fixture(scope="module", autouse=True)
def _style() -> None:
    style.use_style()


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory):
    """Path of a table of a study, written as the workflow writes it."""
    folder = tmp_path_factory.mktemp("tables")

    def path(study: Study, kind: str) -> Path:
        place = folder / f"{kind}_{len(study.models)}x{len(study.tasks)}x{len(study.methods)}.parquet"
        if not place.exists():
            write_rows(place, columns_of(kind), ROWS[kind](study), {})
        return place

    return path


@pytest.fixture(scope="module")
def drawn(paths):
    """A figure of a study, drawn once."""
    figures = {}

    def get(name: str, study: Study) -> Figure:
        if (name, study) not in figures:
            figures[name, study] = draw(name, tables(paths, name, study))
        return figures[name, study]

    return get


def draw(name: str, frames: list[pd.DataFrame]) -> Figure:
    return import_module(f"figures.{name}").draw(*frames)


def tables(paths, name: str, study: Study) -> list[pd.DataFrame]:
    return [read_table(paths(study, kind), columns_of(kind)).to_pandas() for kind in catalog.FIGURES[name]]


def legends(figure: Figure) -> list[Legend]:
    return figure.legends + [legend for part in figure.subfigs for legend in part.legends]


def note(figure: Figure) -> str:
    return " ".join(legend.get_title().get_text().replace("\n", " ") for legend in legends(figure))


def entries(figure: Figure) -> list[str]:
    return [text.get_text() for legend in legends(figure) for text in legend.get_texts()]


def panel(axes: list[Axes], study: Study, model: str, task: str) -> Axes:
    return axes[study.models.index(model) * len(study.tasks) + study.tasks.index(task)]


def lines_like(axes: Axes, **look: str) -> list[Line2D]:
    return [line for line in axes.lines if all(getattr(line, f"get_{name}")() == look[name] for name in look)]


def only_line(axes: Axes, **look: str) -> Line2D:
    (line,) = lines_like(axes, **look)
    return line


@pytest.mark.parametrize("study", [DEFAULT, SMALLEST], ids=["default", "smallest"])
@pytest.mark.parametrize("name", FIGURES)
def test_all_text_is_readable_and_inside(drawn, name: str, study: Study) -> None:
    figure = drawn(name, study)
    assert figure.get_figwidth() in (style.COLUMN_WIDTH, style.FULL_WIDTH)
    assert min(text.get_fontsize() for text in figure.findobj(Text) if text.get_text()) >= 6.5
    figure.draw_without_rendering()
    extent, edge = figure.get_tightbbox(), 0.01  # inches
    assert min(extent.min) >= -edge
    assert extent.x1 <= figure.get_figwidth() + edge and extent.y1 <= figure.get_figheight() + edge


@pytest.mark.parametrize("name", ["learning_curves", "entropy", "overview"])
def test_note_says_how_many_seeds(drawn, name: str) -> None:
    assert "mean of 3 seeds" in note(drawn(name, DEFAULT))
    assert "lowest to highest seed" in note(drawn(name, DEFAULT))
    assert "one seed, no spread" in note(drawn(name, SMALLEST))
    assert "mean of" not in note(drawn(name, SMALLEST)).replace("mean over the pairs", "")


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("map", ["n = 64 problems"]),
        ("passk", ["n = 64 problems", "64 samples"]),
        ("contamination", ["n = 64 questions"]),
        ("overview", ["n = 512 responses"]),
    ],
)
def test_note_says_n(drawn, name: str, counts: list[str]) -> None:
    assert all(count in note(drawn(name, SMALLEST)) for count in counts)


@pytest.mark.parametrize("top_p", ["0.7", "0.9", "1"])
def test_the_one_measure_shown_is_the_primary_one_and_is_named(paths, top_p: str) -> None:
    """Any format, at the top-p nearest to 0.7 that the study has."""
    wanted = f"any format, top-p {top_p}"
    (curves,) = tables(paths, "learning_curves", SMALLEST)
    name = VALIDATION.replace("0.7", top_p)
    if top_p == "1":
        curves = curves[curves.metric != VALIDATION]
    else:
        curves["metric"] = curves.metric.astype(str).replace(VALIDATION, name)
    figure = draw("learning_curves", [curves])
    assert f"validation accuracy: {wanted};" in note(figure)
    last = curves[(curves.metric == name) & (curves.step == 24)].value.mean()
    assert only_line(figure.subfigs[0].axes[0], **style.method_line("ground_truth")).get_ydata()[-1] == last
    evaluation, pairs = tables(paths, "overview", SMALLEST)
    evaluation["measure"] = evaluation.measure.astype(str).replace("any_top_p_0.7", f"any_top_p_{top_p}")
    (axes,) = draw("overview", [evaluation, pairs]).axes
    assert f"accuracy after RL ({wanted})" in axes.get_xlabel()


def test_overlap_shows_the_shares_of_each_pair(drawn) -> None:
    tasks = len(DEFAULT.tasks)
    for axes, own in zip(drawn("overlap", DEFAULT).axes, ("75.0", "12.5", "2.0"), strict=True):
        cells = np.array([text.get_text() for text in axes.texts]).reshape(2 * tasks, tasks)  # benchmarks x train sets
        fresh = "0" if axes.get_title() == "% that are exact copies" else "–"
        expected = np.full((2 * tasks, tasks), "0", dtype=object)
        expected[1::2] = fresh
        expected[np.arange(tasks) * 2, np.arange(tasks)] = own
        assert (cells == expected).all()
    labels = [text.get_text() for axes in drawn("overlap", DEFAULT).axes for text in axes.findobj(Text)]
    assert "math (40,000)" in labels and "math test (200 of 250)" in labels
    assert "13 consecutive words" in note(drawn("overlap", DEFAULT))


def test_seeds_note_counts_the_seeds_of_each_run() -> None:
    rows = [("qwen2", "math", "random", seed) for seed in (0, 1)] + [
        ("qwen2", "math", "nsr", seed) for seed in (0, 1, 2)
    ]
    runs = pd.DataFrame(rows, columns=["model", "task", "method", "seed"])
    assert style.seeds_note(runs, "lines", "bands") == "lines: mean of 2 to 3 seeds; bands: lowest to highest seed"


# ---------------------------------------------------------------------------------------------------------------- map
def test_map_says_what_it_measures_and_where_thresholds_lie(drawn) -> None:
    (axes,) = drawn("map", DEFAULT).axes
    assert "pass@16" in axes.get_xlabel() and "first 60%" in axes.get_ylabel()
    ends = [line.get_xydata() for line in axes.lines if line.get_linestyle() == "--"]
    assert any((data[:, 0] == 0.6).all() for data in ends) and any((data[:, 1] == 0.2).all() for data in ends)


@pytest.mark.parametrize("study", [DEFAULT, LARGE], ids=["default", "large"])
def test_map_labels_every_point_without_overlap(drawn, study: Study) -> None:
    figure = drawn("map", study)
    figure.draw_without_rendering()
    (axes,) = figure.axes
    labels = [text for text in axes.texts if text.get_text()]
    lines = [line.partition(" × ") for text in labels for line in text.get_text().split("\n")]
    named = Counter()
    for task, _, models in lines:
        named[task] += int(models or 1)
    assert named == {style.readable(task): len(study.models) for task in study.tasks}
    points = [Bbox.from_extents(*xy, *xy).padded(2) for xy in (axes.transData.transform(t.xy) for t in labels)]
    boxes = [Text.get_window_extent(text) for text in labels]
    assert not any(box.count_overlaps(boxes[:i]) or box.count_overlaps(points) for i, box in enumerate(boxes))


def test_map_places_colours_and_marks_the_points(drawn) -> None:
    (axes,) = drawn("map", DEFAULT).axes
    shown = {
        (round(line.get_xdata()[0], 6), line.get_ydata()[0], line.get_color(), line.get_marker())
        for line in axes.lines
        if line.get_linestyle() != "--"  # a threshold
    }
    markers = {"qwen2": "o", "llama": "s"}
    assert shown == {
        (round(row["alignment"], 6), row["contamination"], style.COLOURS[row["colour"]], markers[row["model"]])
        for row in map_rows(DEFAULT)
    }
    assert set(entries(drawn("map", DEFAULT))) == {"Qwen2", "Llama", *style.COLOUR_NAMES.values()}


def test_map_rings_what_is_not_as_expected(paths) -> None:
    (table,) = tables(paths, "map", SMALLEST)
    for missed in (False, True):
        figure = draw("map", [table.assign(as_expected=not missed)])
        rings = [line for line in figure.axes[0].lines if line.get_markerfacecolor() == "none"]
        assert len(rings) == len(table) * missed
        assert ("ringed: not what its dials" in " ".join(note(figure).split())) == missed


def test_map_takes_an_interval_that_misses_its_point_by_rounding(paths) -> None:
    (table,) = tables(paths, "map", SMALLEST)
    draw("map", [table.assign(contamination=0.0, contamination_low=1e-17)])


# -------------------------------------------------------------------------------------------------------------- passk
def test_passk_draws_the_base_model_on_its_own_benchmark(drawn) -> None:
    figure = drawn("passk", DEFAULT)
    rows = pd.DataFrame(passk_rows(DEFAULT)).query("method == 'base' and model == 'llama' and task == 'math'")
    axes = panel(figure.axes, DEFAULT, "llama", "math")
    assert len(axes.lines) == len(entries(figure)) == 5
    wanted = {
        ("#0072B2", "-"): rows.query("benchmark == 'math_test' and not format_required and top_p == 1"),
        ("#D55E00", "--"): rows.query("benchmark == 'math_test' and format_required and top_p == 0.7"),
        ("black", ":"): rows.query("benchmark == 'math_fresh' and not format_required and top_p == 1"),
    }
    for (color, linestyle), data in wanted.items():
        line = only_line(axes, color=color, linestyle=linestyle)
        assert list(line.get_xdata()) == [1, 2, 4, 8, 16, 32, 64]
        assert list(line.get_ydata()) == pytest.approx(list(data.pass_at_k))
    assert axes.get_xscale() == "log"


def test_passk_shows_every_top_p_of_the_study_the_primary_measure_first(paths) -> None:
    (table,) = tables(paths, "passk", SMALLEST)
    assert entries(draw("passk", [table]))[:2] == ["any format, top-p 0.7", "any format, top-p 1"]
    figure = draw("passk", [table.assign(top_p=table.top_p.replace(0.7, 0.9))])
    assert entries(figure)[:4] == [
        "any format, top-p 0.9",
        "any format, top-p 1",
        "format required, top-p 0.9",
        "format required, top-p 1",
    ]
    assert len(figure.axes[0].lines) == len(entries(figure)) == 5


# ------------------------------------------------------------------------------------------------------ contamination
def test_contamination_sets_the_own_benchmark_against_the_fresh_one(drawn) -> None:
    axes = panel(drawn("contamination", DEFAULT).axes, DEFAULT, "qwen2", "math")
    rows = (
        pd.DataFrame(contamination_rows(DEFAULT)).sort_values("fraction").query("model == 'qwen2' and task == 'math'")
    )
    for benchmark, marker in (("math_test", "o"), ("math_fresh", "s")):
        mine = rows[rows.benchmark == benchmark]
        line = only_line(axes, marker=marker)
        assert list(line.get_ydata()) == pytest.approx(list(mine.exact_match))
        (rouge,) = lines_like(axes, linestyle=":", color=line.get_color())
        assert list(rouge.get_ydata()) == pytest.approx(list(mine.rouge_l))
    assert list(axes.get_xticks()) == pytest.approx([40, 60, 80])


def test_contamination_claims_a_control_only_where_there_is_one(drawn, paths) -> None:
    assert "no model has seen" in note(drawn("contamination", SMALLEST))
    (table,) = tables(paths, "contamination", SMALLEST)
    other = table.assign(benchmark=table.benchmark.astype(str).str.replace("math_fresh", "aime24"))
    figure = draw("contamination", [other])
    assert "no model has seen" not in note(figure)
    assert entries(figure) == ["exact match, own benchmark", "ROUGE-L, own benchmark"]


# ---------------------------------------------------------------------------------------------------- learning curves
def test_learning_curves_name_every_method_once_a_block(drawn) -> None:
    figure = drawn("learning_curves", DEFAULT)
    names = entries(figure)
    assert set(names) == {style.readable(name) for name in (*DEFAULT.methods, "base")}
    assert [names.count(name) for name in ("ground truth", "base model", "random reward", "NSR")] == [2, 2, 1, 1]


def test_learning_curves_draw_mean_and_range_of_the_seeds(drawn) -> None:
    figure = drawn("learning_curves", DEFAULT)
    rows = pd.DataFrame(curves_rows(DEFAULT)).query(
        "metric == @VALIDATION and model == 'llama' and task == 'operation'"
    )
    for part, method in zip(figure.subfigs, ("format", "nsr"), strict=True):
        axes = panel(part.axes, DEFAULT, "llama", "operation")
        line = only_line(axes, **style.method_line(method))
        steps = rows[rows.method == method].groupby("step").value
        assert list(line.get_xdata()) == list(range(0, 25, 4))
        assert list(line.get_ydata()) == pytest.approx(list(steps.mean()))
        band = axes.collections[axes.lines.index(line) - 1]  # the first line is the base model's
        assert band.get_datalim(axes.transData).y1 == pytest.approx(steps.max().max())
        assert to_hex(band.get_facecolor()[0]) == style.method_line(method)["color"].lower()
        base = axes.lines[0].get_ydata()
        assert list(base) == pytest.approx([0.28, 0.28])


def test_learning_curves_without_data_methods_have_one_block(drawn) -> None:
    assert len(drawn("learning_curves", SMALLEST).subfigs) == 1
    assert entries(drawn("learning_curves", SMALLEST)) == ["ground truth", "base model"]


# ------------------------------------------------------------------------------------------------------------ entropy
def test_entropy_cuts_nothing_off() -> None:
    """The panels share an axis; the last one's values may be the highest."""
    table = pd.DataFrame(curves_rows(DEFAULT))
    table.loc[table.task == "cipher", "value"] *= 3
    for axes in import_module("figures.entropy").draw(table).axes:
        low, high = axes.get_ylim()
        assert all(low <= value <= high for line in axes.lines for value in line.get_ydata())


def test_entropy_of_a_study_without_them_is_of_its_methods() -> None:
    table = pd.DataFrame(curves_rows(DEFAULT)).query("method in ['random', 'format']")
    assert entries(import_module("figures.entropy").draw(table)) == ["random reward", "format reward"]


def test_entropy_compares_the_three_advantages(drawn) -> None:
    figure = drawn("entropy", DEFAULT)
    assert entries(figure) == ["both signs (DAPO)", "negatives only (NSR)", "positives only (PSR)"]
    rows = pd.DataFrame(curves_rows(DEFAULT)).query(
        "metric == 'entropy' and model == 'qwen2' and task == 'cipher' and method == 'psr'"
    )
    axes = panel(figure.axes, DEFAULT, "qwen2", "cipher")
    line = only_line(axes, color=style.method_line("psr")["color"])
    assert len(axes.lines) == 3
    assert list(line.get_ydata()) == pytest.approx(list(rows.groupby("step").value.mean()))
    assert "nats" in figure.axes[0].get_ylabel()


# ----------------------------------------------------------------------------------------------------------- overview
def test_overview_averages_the_own_benchmarks_of_aligned_and_weak_pairs(drawn) -> None:
    figure = drawn("overview", DEFAULT)
    rows = pd.DataFrame(evaluation_rows(DEFAULT))
    rows = rows[rows.benchmark.str.endswith("_test") & (rows.measure == "any_top_p_0.7")]
    weak = pd.Series([colour(*pair) == "gray" for pair in zip(rows.model, rows.task, strict=True)], rows.index)
    for axes, side, pairs in zip(figure.axes, (rows[~weak], rows[weak]), (5, 3), strict=True):
        means = side.groupby("method").accuracy.mean()
        assert [bar.get_width() for bar in axes.patches] == pytest.approx([means[m] for m in DEFAULT.methods])
        assert f"base model {means['base']:.2f}" in [text.get_text() for text in axes.texts]
        dots = [line for line in axes.lines if line.get_marker() in ("o", "s")]
        assert len(dots) == pairs * len(DEFAULT.methods)
        seeds = side[side.method == "random"].groupby("seed").accuracy.mean()
        whiskers = [line for line in axes.lines if line.get_marker() == "None" and line.get_linestyle() == "-"]
        assert list(whiskers[1].get_xdata()) == pytest.approx([seeds.min(), seeds.max()])
        assert f"{pairs} (model, task) pairs" in axes.get_xlabel()
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == [style.readable(method) for method in DEFAULT.methods]


def test_overview_tells_loss_from_gain(drawn) -> None:
    figure = drawn("overview", DEFAULT)
    key = {patch.get_label(): patch.get_facecolor() for patch in figure.legends[0].get_patches()}
    bars = dict(zip(DEFAULT.methods, (bar.get_facecolor() for bar in figure.axes[0].patches), strict=True))
    assert bars["incorrect"] == bars["entropy_min"] == key["below it"]
    assert bars["ground_truth"] == bars["random"] == key["above the base model"] != key["below it"]


def test_overview_of_one_pair_has_one_side(drawn) -> None:
    (axes,) = drawn("overview", SMALLEST).axes
    assert axes.get_title().strip() == "Aligned"


# -------------------------------------------------------------------------------------------------------------- style
def test_every_method_of_the_study_has_its_own_look() -> None:
    looks = [tuple(style.method_line(method).values()) for method in (*METHODS, *VARIANTS)]
    assert len(set(looks)) == len(looks)


def test_a_method_that_a_user_adds_looks_alike_in_every_figure() -> None:
    assert style.method_line("my_own_method") == {"color": "#6699CC", "linestyle": "-.", "marker": "o"}
    assert style.readable("my_own_method") == "my own method"


@pytest.mark.parametrize(("models", "tasks", "shape"), [(2, 4, (2, 4)), (4, 5, (4, 5)), (3, 8, (8, 3)), (6, 6, (6, 6))])
def test_panels_go_down_where_they_do_not_fit_across(models: int, tasks: int, shape: tuple[int, int]) -> None:
    model_names, task_names = [f"m{i}" for i in range(models)], [f"t{i}" for i in range(tasks)]
    grid = style.panels(style.new_figure(model_names, task_names), model_names, task_names, "x", "y")
    axes = grid["m1", "t2"]
    place = axes.get_subplotspec()
    assert place.get_gridspec().get_geometry() == shape
    assert (place.rowspan.start, place.colspan.start) == ((2, 1) if shape[0] > models else (1, 2))
    row, column = ("t2", "m1") if shape[0] > models else ("m1", "t2")
    everything = list(grid.values())
    titles = {a.get_subplotspec().colspan.start: a.get_title() for a in everything if a.get_title()}
    labels = {a.get_subplotspec().rowspan.start: a.get_ylabel() for a in everything if a.get_ylabel()}
    assert titles[place.colspan.start] == column
    assert labels[place.rowspan.start] == f"{row}\ny"


# -------------------------------------------------------------------------------------------------------- draw_figure
def test_two_draws_give_the_same_bytes(paths, tmp_path: Path) -> None:
    """In two processes that hash strings differently, for a figure that collects names."""
    outputs = []
    for hash_seed in ("1", "2"):
        files = [tmp_path / hash_seed / f"contamination.{kind}" for kind in ("pdf", "png")]
        command = [sys.executable, draw_figure.__file__, "contamination"]
        command += ["--tables", str(paths(SMALLEST, "contamination")), "--output", *map(str, files)]
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        subprocess.run(command, check=True, env=environment)
        outputs.append([file.read_bytes() for file in files])
    assert outputs[0] == outputs[1]
    assert outputs[0][0].startswith(b"%PDF") and outputs[0][1].startswith(b"\x89PNG")
