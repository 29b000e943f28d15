"""A run by verl, as its folder tells it after kills; verl itself is not needed (tests/engines has it)."""

import json
import math
import shutil

import pytest
import yaml

pytest.importorskip("transformers")
from mtalign.engines.verl.run import Run
from mtalign.study.grid import Study
from mtalign.vocabulary import Cell

from tests.places import REPOSITORY

CONFIG = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
CONFIG["training"] |= {"steps": 4, "validate_every": 2, "validation_samples": 1}
CONFIG["sampling"]["top_p"] = [1.0]
SPEC = Study(CONFIG).training_parameters(Cell("qwen2", "math", "nsr"), "0")


def log(run: Run, attempt: int, rows: list[dict], cut: str = "") -> None:
    path = run.folder / "attempts" / f"{attempt:04d}.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + cut)


@pytest.fixture
def run(tmp_path) -> Run:
    """Killed while step 4 was validated, for the second time: checkpoints of 2 and 4, no log of 4."""
    run = Run(tmp_path / "seed-0", SPEC, 0, {"device": "cpu"})
    for step in (1, 2, 3, 4):
        path = run.folder / "visits" / f"{step}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps([{"problem_id": f"p{step}", "accuracy": 0.5}]))
    (run.folder / "validation.json").write_text(json.dumps({"visits": [0, 1]}))
    (run.folder / "validation").mkdir()
    answers = [{"top_p": 1.0, "formatted": 1.0, "correct": float(correct)} for correct in (0, 1)]
    (run.folder / "validation/2.jsonl").write_text("".join(json.dumps(row) + "\n" for row in answers))
    (run.folder / "validation/4.jsonl").write_text(json.dumps(answers[0]) + "\n" + json.dumps(answers[1])[:9])
    log(run, 0, [{"step": 1, "data": {"actor/entropy": 0.1}}, {"step": 2, "data": {"actor/entropy": 0.2}}])
    log(run, 1, [{"step": 2, "data": {"actor/entropy": 0.3, "actor/grad_norm": None}}], cut='{"step": 3, "da')
    for step in (2, 4):
        (run.folder / f"checkpoints/global_step_{step}/actor").mkdir(parents=True)
    (run.folder / "checkpoints/latest_checkpointed_iteration.txt").write_text("4")
    return run


def steps(run: Run) -> list[str]:
    return sorted(path.name for path in (run.folder / "checkpoints").glob("global_step_*"))


def test_of_a_step_that_two_attempts_made_the_last_counts(run):
    (run.folder / "validation/4.jsonl").unlink()
    metrics = {(step, name): value for step, name, value in run.metrics()}
    assert (metrics[1, "entropy"], metrics[2, "entropy"]) == (0.1, 0.3)
    assert math.isnan(metrics[2, "grad_norm"]), "verl writes infinity as null"
    assert metrics[2, "validation_accuracy_any_top_p_1"] == 0.5
    assert {step for step, _ in metrics} == {1, 2}, "a line that a kill cut is no step"


def test_responses_may_hold_any_separator_of_lines(run):
    answers = [
        {"output": "a\u2028b\u2029c\x85d\r\ne", "top_p": 1.0, "formatted": 1.0, "correct": correct}
        for correct in (0.0, 1.0)
    ]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in answers)  # as verl writes it
    (run.folder / "validation/2.jsonl").write_text(text, encoding="utf-8")
    metrics = {(step, name): value for step, name, value in run.metrics()}
    assert metrics[2, "validation_accuracy_any_top_p_1"] == 0.5


@pytest.mark.parametrize(
    "cut", [b'{"output": "so \\\\frac{1}{2}', '{"output": "½'.encode()[:-1], b'{"step": 3, "data": {}}']
)
def test_a_line_may_be_cut_anywhere(run, cut):
    """After a brace, inside a character, before its newline: it is no line."""
    path = run.folder / "validation/2.jsonl"
    path.write_bytes(path.read_bytes() + cut)
    metrics = {(step, name): value for step, name, value in run.metrics()}
    assert metrics[2, "validation_accuracy_any_top_p_1"] == 0.5


def test_a_checkpoint_without_its_steps_log_is_dropped(run):
    run.drop_unrecorded()
    assert (run.folder / "checkpoints/latest_checkpointed_iteration.txt").read_text() == "2"
    assert steps(run) == ["global_step_2"]


@pytest.mark.parametrize("noted", ["", "1", None])
def test_verls_note_of_its_newest_checkpoint_may_be_lost(run, noted):
    """A kill may leave it empty, cut (of "12"), or unwritten: what was recorded decides."""
    tracker = run.folder / "checkpoints/latest_checkpointed_iteration.txt"
    tracker.unlink() if noted is None else tracker.write_text(noted)
    run.drop_unrecorded()
    assert tracker.read_text() == "2"
    assert steps(run) == ["global_step_2"]


def test_nothing_saved_is_nothing_to_drop(run):
    shutil.rmtree(run.folder / "checkpoints")
    run.drop_unrecorded()
    assert not (run.folder / "checkpoints").exists()


def test_a_checkpoint_with_half_a_validation_is_dropped(run):
    log(run, 2, [{"step": 3, "data": {}}, {"step": 4, "data": {}}])
    run.drop_unrecorded()
    assert steps(run) == ["global_step_2"]


def test_the_newest_whole_checkpoint_stays(run):
    log(run, 2, [{"step": 4, "data": {}}])
    (run.folder / "validation/4.jsonl").write_text((run.folder / "validation/2.jsonl").read_text())
    run.drop_unrecorded()
    assert (run.folder / "checkpoints/latest_checkpointed_iteration.txt").read_text() == "4"
    assert steps(run) == ["global_step_4"]


def test_without_any_whole_checkpoint_it_starts_anew(run):
    (run.folder / "validation/2.jsonl").unlink()
    run.drop_unrecorded()
    assert steps(run) == [] and not (run.folder / "checkpoints/latest_checkpointed_iteration.txt").exists()
