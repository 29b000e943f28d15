"""The table `curves`: every metric of every run at every step; step 0 of the validation metrics is its base model."""

from pathlib import Path

from mtalign.artifacts.training import Metrics
from mtalign.parquet import read_table, read_tables
from mtalign.vocabulary import BASE, BASE_SEED, VALIDATION

from tables.evaluation import Table as Evaluation


class Table(Metrics):
    """Every metric of every run at every step; step 0 is its base model."""

    WHERE = "tables/curves.parquet"


def rows(parameters: dict, metrics: list[Path], evaluation: Path) -> list[dict]:
    """parameters: benchmarks, task -> its own. metrics: of every training job."""
    before = [
        row
        for row in read_table(evaluation, Evaluation).to_pylist()
        if row["method"] == BASE and row["benchmark"] == parameters["benchmarks"][row["task"]]
    ]
    after = read_tables(metrics, Metrics).to_pylist()
    runs = dict.fromkeys((row["model"], row["task"], row["method"], row["seed"]) for row in after)
    start = [
        {"model": model, "task": task, "method": method, "seed": seed, "step": 0}
        | {"metric": f"{VALIDATION}{row['measure']}", "value": row["accuracy"]}
        for model, task, method, seed in runs
        for row in before
        if (row["model"], row["task"]) == (model, task) and row["seed"] in (seed, BASE_SEED)
    ]
    return start + after
