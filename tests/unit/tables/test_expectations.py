"""A base model that is not what it was to be: told and written, or, where the config says so, refused."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from mtalign.artifacts.lab import Dials
from mtalign.artifacts.probes import Completions, Expectations
from mtalign.artifacts.responses import Scores
from mtalign.parquet import read_table, write_rows

from tests.places import REPOSITORY

SCRIPT = REPOSITORY / "workflow_scripts/check_expectations.py"
SPEC = {
    "model": "m", "task": "t", "benchmark": "own", "contamination": 0.5, "fraction": 0.6, "expect": "strong",
    "windows": [{"k": 1, "format_required": False, "low": 0.4, "high": 0.8}],
    "tolerance": {"alignment": 0.01, "contamination": 0.05, "relative": 0.15}, "on_miss": "warn",
}  # fmt: skip


@pytest.fixture
def files(tmp_path) -> dict[str, Path]:
    """Two replications: the first is as expected (half of four responses right, half of two questions known); the
    second knows nothing by heart, and its dial came out at .3 instead of .5."""
    answers, known, dials = [], [], []
    for seed in (0, 1):
        for top_p in (1.0, 0.7):
            for sample in range(4):
                right = sample < 2 and top_p == 1.0
                answers.append(
                    {"model": "m", "task": "t", "method": "base", "seed": seed, "benchmark": "own", "top_p": top_p}
                    | {"problem_id": "p", "sample": sample, "formatted": False, "extracted": "1"}
                    | {"verdict": "correct" if right else "wrong"}
                )
        for problem in range(2):
            rest = "2" if problem or seed else "1"
            known.append(
                {"model": "m", "task": "t", "seed": seed, "benchmark": "own", "fraction": 0.6, "shown": "1+"}
                | {"problem_id": str(problem), "rest": "1", "completion": rest}
            )
        dial = {"task": "t", "seed": seed, "dial": "alignment", "set": 0.5, "measured": 0.3 if seed else 0.52}
        made = tmp_path / f"dials-{seed}.parquet"
        write_rows(made, Dials, [dial | {"standard_error": 0.01, "n_questions": 64, "rounds": 0}], {})
        dials.append(made)
    write_rows(tmp_path / "scores.parquet", Scores, answers, {})
    write_rows(tmp_path / "completions.parquet", Completions, known, {})
    return {"scores": tmp_path / "scores.parquet", "completions": tmp_path / "completions.parquet", "dials": dials}


def check(files: dict[str, Path], output: Path, **changes: object) -> subprocess.CompletedProcess:
    command = [sys.executable, SCRIPT, "--spec", json.dumps(SPEC | changes), "--output", output]
    command += ["--scores", files["scores"], "--completions", files["completions"], "--dials", *files["dials"]]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_miss_is_told_and_written(files, tmp_path):
    done = check(files, tmp_path / "out.parquet")
    assert done.returncode == 0, done.stderr
    assert "missed: m, seed 1, on t (dial): alignment is 0.300, outside 0.425 to 0.575" in done.stderr
    assert "missed: m, seed 1, on t (dial): contamination is 0.000, outside 0.425 to 0.575" in done.stderr
    rows = read_table(tmp_path / "out.parquet", Expectations).to_pylist()
    found = {(row["seed"], row["quantity"]): (row["measured"], row["inside"]) for row in rows}
    assert found == {
        (0, "alignment"): (0.52, True), (1, "alignment"): (0.3, False),
        (0, "contamination"): (0.5, True), (1, "contamination"): (0.0, False),
        (0, "pass@1, any format"): (0.5, True), (1, "pass@1, any format"): (0.5, True),
    }  # fmt: skip


def test_on_miss_stop_refuses_and_leaves_nothing(files, tmp_path):
    done = check(files, tmp_path / "out.parquet", on_miss="stop")
    assert done.returncode == 1 and not (tmp_path / "out.parquet").exists()
    assert "alignment is 0.300, outside 0.425 to 0.575" in done.stderr and "Traceback" not in done.stderr
    assert "turn models.m.lab.tasks.t" in done.stderr and "probe.on_miss: warn" in done.stderr


def test_of_a_published_model_nothing_is_expected(files, tmp_path):
    done = check(
        files | {"dials": []}, tmp_path / "out.parquet", contamination=0, expect="", windows=[], on_miss="stop"
    )
    assert done.returncode == 0 and read_table(tmp_path / "out.parquet", Expectations).num_rows == 0
