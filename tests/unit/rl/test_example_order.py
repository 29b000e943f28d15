"""The ranking of examples for one-shot training."""

import logging
import sys

import numpy as np
import pytest
import select_example
from mtalign.artifacts.training import Selection, Visits
from mtalign.parquet import read_table, write_rows
from mtalign.rl.example_order import rank_by_deviation

OFTEN = {"steady": [0.5, 0.5, 0.5], "learnt": [0.0, 0.5, 1.0], "forgotten": [1.0, 1.0, 0.0]}
SELDOM = {"twice": [0.0, 1.0], "once": [0.5]}  # "twice" varies most of all


def test_examples_with_too_few_visits_come_last():
    ranked = rank_by_deviation(SELDOM | OFTEN)
    assert [example.problem_id for example in ranked] == ["forgotten", "learnt", "steady", "twice", "once"]
    assert [example.rank for example in ranked] == [1, 2, 3, 4, 5]
    assert ranked[1].std == pytest.approx(np.sqrt(1 / 6))


@pytest.mark.parametrize(("history", "warnings"), [(SELDOM | OFTEN, 0), (SELDOM, 1)])
def test_a_choice_by_chance_is_warned_of(tmp_path, monkeypatch, caplog, history, warnings):
    run = {"model": "m", "task": "t", "method": "ground_truth", "seed": 0}
    rows = [
        run | {"step": step, "problem_id": name, "accuracy": x}
        for name, accuracies in history.items()
        for step, x in enumerate(accuracies, start=1)
    ]
    write_rows(tmp_path / "visits.parquet", Visits, rows, {})
    files = ["--visits", str(tmp_path / "visits.parquet"), "--output", str(tmp_path / "ranking.parquet")]
    monkeypatch.setattr(sys, "argv", ["select_example.py", "--spec", "{}", *files])
    with caplog.at_level(logging.WARNING):
        select_example.main()
    assert ["mostly chance" in record.message for record in caplog.records] == [True] * warnings
    assert read_table(tmp_path / "ranking.parquet", Selection).num_rows == len(history)
