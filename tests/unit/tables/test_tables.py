"""From scores to tables, where a lab model has two replications and a published one has one base model."""

import json
from importlib import import_module
from itertools import chain, product
from pathlib import Path

import make_table
import numpy as np
import pandas as pd
import pytest
from mtalign.artifacts.data import Data
from mtalign.artifacts.probes import Completions, Expectations
from mtalign.artifacts.responses import Rollouts, Scores
from mtalign.artifacts.training import Metrics
from mtalign.parquet import read_table, write_rows
from mtalign.statistics.crossed_effects import CellValues, mean
from scipy.stats import binomtest
from tables.curves import Table as Curves

PROBLEMS = 8
RIGHT = {  # model -> method -> seed -> right responses, of four, to problems 0, 1, ...
    "lab": {
        "base": {0: [4, 0, 0, 0, 0, 0, 0, 2], 1: [4, 4, 2, 0, 0, 0, 0, 0]},
        "random": {0: [4] * 8, 1: [4, 4, 4, 4, 0, 0, 0, 0]},
    },
    "hub": {"base": {-1: [4, 2, 0, 0, 0, 0, 0, 0]}, "random": {0: [4] * 8, 1: [2] * 8}},
}
KNOWN = {"lab": {0: 6, 1: 3}, "hub": {-1: 2}}  # questions known by heart
OWN = {"math": "math_test"}


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Runs a table's command line in a folder, and reads what it wrote."""

    def run(name: str, spec: dict, **inputs: Path | list[Path]) -> pd.DataFrame:
        output = tmp_path / f"{name}.parquet"
        files = [
            [f"--{kind}", *map(str, paths if isinstance(paths, list) else [paths])] for kind, paths in inputs.items()
        ]
        flags = ["--spec", json.dumps(spec), *chain.from_iterable(files), "--output", str(output)]
        monkeypatch.setattr("sys.argv", ["make_table.py", name, *flags])
        make_table.main()
        return read_table(output, import_module(f"tables.{name}").Table).to_pandas()

    return run


@pytest.fixture
def scores(tmp_path) -> dict[tuple[str, str], Path]:
    """(model, method) -> its scores: top-p 1 as in RIGHT; every second right response is in the wrong format."""
    paths = {}
    for model, method in product(RIGHT, ("base", "random")):
        rows = [
            {"model": model, "task": "math", "method": method, "seed": seed, "benchmark": "math_test", "top_p": 1.0}
            | {"problem_id": f"p{problem}", "sample": sample, "extracted": "", "formatted": sample % 2 == 0}
            | {"verdict": "correct" if sample < right else "wrong"}
            for seed, answers in RIGHT[model][method].items()
            for problem, right in enumerate(answers)
            for sample in range(4)
        ]
        paths[model, method] = tmp_path / f"{model}_{method}.parquet"
        write_rows(paths[model, method], Scores, rows, {})
    return paths


@pytest.fixture
def completions(tmp_path) -> list[Path]:
    paths = []
    for model, seeds in KNOWN.items():
        rows = [
            {"model": model, "task": "math", "seed": seed, "benchmark": "math_test", "fraction": fraction}
            | {"problem_id": f"p{problem}", "shown": "1+", "rest": "2"}
            | {"completion": "2" if problem < known and fraction == 0.6 else "3"}
            for seed, known in seeds.items()
            for fraction in (0.4, 0.6)
            for problem in range(PROBLEMS)
        ]
        paths.append(tmp_path / f"{model}_completions.parquet")
        write_rows(paths[-1], Completions, rows, {})
    return paths


@pytest.fixture
def expectations(tmp_path) -> Path:
    """The published model is what was expected; of the lab's, one replication is not."""
    row = {"task": "math", "quantity": "alignment", "expect": "dial", "low": 0.2, "high": 0.3}
    rows = [
        {"model": model, "seed": seed, "measured": value, "inside": value < 0.3} | row
        for model, seed, value in (("lab", 0, 0.25), ("lab", 1, 0.4), ("hub", -1, 0.25))
    ]
    write_rows(tmp_path / "expectations.parquet", Expectations, rows, {})
    return tmp_path / "expectations.parquet"


MAP = {"benchmarks": OWN, "seed": 0, "resamples": 200, "alignment_k": 4, "contamination_fraction": 0.6}
MAP |= {"colours": {"alignment": 0.3, "contamination": 0.2}}


def wilson(known: int) -> tuple[float, float]:
    return binomtest(known, PROBLEMS).proportion_ci(method="wilson")


def test_the_map_is_over_replications(made, scores, completions, expectations):
    bases = [scores[model, "base"] for model in RIGHT]
    lab, hub = made("map", MAP, scores=bases, completions=completions, expectations=expectations).to_dict("records")
    solved = np.array([[right > 0 for right in answers] for answers in RIGHT["lab"]["base"].values()], dtype=float)
    known = np.array([[problem < known for problem in range(PROBLEMS)] for known in KNOWN["lab"].values()], dtype=float)
    for name, values in (("alignment", solved), ("contamination", known)):
        low, high = mean([CellValues(values, (("own", PROBLEMS),))]).interval()
        assert lab[name] == values.mean()
        assert (lab[f"{name}_low"], lab[f"{name}_high"]) == pytest.approx((max(0.0, low), min(1.0, high)))
    assert (lab["accuracy"], lab["n_replications"], lab["n_problems"], lab["colour"]) == (0.25, 2, PROBLEMS, "red")
    assert (hub["alignment"], hub["accuracy"], hub["n_replications"], hub["colour"]) == (0.25, 6 / 32, 1, "gray")
    assert (lab["as_expected"], hub["as_expected"]) == (False, True)
    assert 0 <= hub["alignment_low"] < 0.25 < hub["alignment_high"] <= 0.75
    assert (hub["contamination_low"], hub["contamination_high"]) == pytest.approx(wilson(2))


def test_replications_that_all_know_nothing_are_not_certain(made, scores, completions, expectations, monkeypatch):
    rows = read_table(completions[0], Completions).to_pandas().assign(completion="3").to_dict("records")
    write_rows(completions[0], Completions, rows, {})
    (lab,) = made("map", MAP, scores=scores["lab", "base"], completions=completions, expectations=expectations).to_dict(
        "records"
    )
    assert (lab["contamination"], lab["contamination_low"]) == (0.0, 0.0)
    assert lab["contamination_high"] == pytest.approx(wilson(0)[1])


def test_contamination_has_a_row_a_replication(made, completions):
    table = made("contamination", {}, completions=completions)
    at = table[table.fraction == 0.6].set_index(["model", "seed"])
    assert at.exact_match.to_dict() == {("lab", 0): 0.75, ("lab", 1): 0.375, ("hub", -1): 0.25}
    assert (at.exact_match_low["lab", 0], at.exact_match_high["lab", 0]) == pytest.approx(wilson(6))


def test_every_run_starts_from_its_own_base_model(made, scores, completions, expectations, tmp_path):
    """pass@k a row a replication; then its accuracies, results paired by seed, and curves."""
    bases = [scores[model, "base"] for model in RIGHT]
    made("map", MAP, scores=bases, completions=completions, expectations=expectations)
    passk = made("passk", {"seed": 0, "resamples": 50}, scores=list(scores.values()))
    policies = set(passk.policy.astype(str))
    assert policies == {"base", "base/seed-0", "base/seed-1", "random/seed-0", "random/seed-1"}
    made("evaluation", {}, passk=tmp_path / "passk.parquet")

    evaluation, pairs = (tmp_path / f"{name}.parquet" for name in ("evaluation", "map"))
    results = made("results", {"methods": ["random"]}, evaluation=evaluation, map=pairs)
    rows = results[results.measure == "any_top_p_1"].set_index(["model", "method"])
    base = [6 / 32, 10 / 32]
    assert rows.accuracy["lab", "base"] == 0.25 and rows["std"]["lab", "base"] == pytest.approx(np.std(base, ddof=1))
    assert (rows.n_seeds["lab", "base"], rows.n_seeds["hub", "base"]) == (2, 1)
    assert np.isnan(rows["std"]["hub", "base"]) and rows.change["hub", "base"] == rows.change["lab", "base"] == 0
    assert rows.change["lab", "random"] == pytest.approx(0.75 - 0.25)
    assert rows.change["hub", "random"] == pytest.approx(0.75 - 6 / 32)

    metrics = tmp_path / "metrics.parquet"
    steps = [
        {"model": model, "task": "math", "method": "random", "seed": seed, "step": 1, "metric": "reward", "value": 1.0}
        for model in RIGHT
        for seed in (0, 1)
    ]
    write_rows(metrics, Metrics, steps, {})
    curves = made("curves", {"benchmarks": OWN}, metrics=metrics, evaluation=evaluation)
    start = curves[(curves.step == 0) & (curves.metric == "validation_accuracy_any_top_p_1")]
    assert start.set_index(["model", "seed"])["value"].to_dict() == {
        ("lab", 0): base[0],
        ("lab", 1): base[1],
        ("hub", 0): 6 / 32,
        ("hub", 1): 6 / 32,
    }


def test_effects_are_paired_by_replication(made, scores, completions, expectations, tmp_path):
    bases = [scores[model, "base"] for model in RIGHT]
    made("map", MAP, scores=bases, completions=completions, expectations=expectations)
    made("problems", {}, scores=list(scores.values()))
    write_rows(tmp_path / "curves.parquet", Curves, [], {})
    inputs = {name: tmp_path / f"{name}.parquet" for name in ("problems", "map", "curves")}
    spec = {"benchmarks": OWN, "measures": ["any_top_p_1"], "seed": 0, "resamples": 50}
    effects = made("effects", spec, **inputs).set_index(["population", "model"])
    gains = np.array([RIGHT["lab"]["random"][seed] for seed in (0, 1)]) / 4
    gains -= np.array([RIGHT["lab"]["base"][seed] for seed in (0, 1)]) / 4
    expected = mean([CellValues(gains, (("own", PROBLEMS),))])
    assert effects.difference["cell", "lab"] == pytest.approx(expected.value)
    assert effects.p_value["cell", "lab"] == pytest.approx(expected.p_value())
    assert effects.n_seeds["cell", "lab"] == 2

    dials = {model: {"math": {"alignment": 0.2, "contamination": 0.5}} for model in RIGHT}
    spec = {"benchmarks": {"own": OWN}, "measures": ["any_top_p_1"], "dials": dials}
    cells = made("causal_cells", spec, **inputs).set_index("model")
    assert (cells.contamination_dial["lab"], cells.base_accuracy["lab"]) == (0.5, 0.25)
    assert cells.gain["lab"] == pytest.approx(expected.value)


def test_samples_show_the_first_replication(made, scores, tmp_path):
    shared = {"response": "?", "tokens": [1], "logprob": -1.0, "finish_reason": "stop"}
    rollouts = []
    for path in (scores["lab", "base"], scores["lab", "random"]):
        rows = read_table(path, Scores).to_pandas().drop(columns=["formatted", "extracted", "verdict"])
        rollouts.append(tmp_path / f"{path.stem}_rollouts.parquet")
        write_rows(rollouts[-1], Rollouts, [row | shared for row in rows.to_dict("records")], {})
    problem = {"data_source": "math/math_test", "prompt": [{"role": "user", "content": "1+1"}], "ability": "math"}
    problem |= {"reward_model": {"style": "rule", "ground_truth": "2"}, "problem_id": "p0"}
    problem |= {
        "extra_info": {"split": "test", "index": 0, "question": "1+1", "family": "random_calculation", "extra": "{}"}
    }
    write_rows(tmp_path / "math_test.parquet", Data, [problem], {})
    spec = {"problems": 1, "characters": 100, "methods": {"random": {"reward": "random", "format_factor": True}}}
    judged = [scores["lab", "base"], scores["lab", "random"]]
    benchmarks = tmp_path / "math_test.parquet"
    table = made("samples", spec, rollouts=rollouts, scores=judged, benchmarks=benchmarks)
    assert table[["method", "seed", "n"]].to_records(index=False).tolist() == [
        ("random", -1, 4),
        ("random", 0, 4),
        ("random", 1, 4),
    ]
