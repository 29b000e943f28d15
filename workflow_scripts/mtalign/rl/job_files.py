"""What a training job reads and leaves, whichever engine trains: its options, its ranking, its curves.

Must not know engines.
"""

import argparse
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from mtalign.artifacts.training import Metrics, Selection, Visits
from mtalign.cli import add_paths
from mtalign.parquet import read_table, write_rows


def add_training_files(made: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Add the options of a training job."""
    made.add_argument("--selection", type=Path, help="ranking of the training examples, parquet (one_selected only)")
    made.add_argument("--allow-unisolated", action="store_true", help="run code where no isolation works")
    return add_paths(
        made,
        models="the base model of each run, in the seeds' order: Hugging Face folders ...",
        train="data set to train on, parquet",
        validation="the task's own benchmark, parquet",
        checkpoints="folder for checkpoints; kept until the end",
        policies="folder for the trained policies, seed-N/ each",
        metrics="parquet",
        visits="accuracy history of the training examples, parquet",
    )


def read_ranking(selection: Path | None) -> list[dict]:
    """The rows of "selection", first place first; none where nothing is selected."""
    return read_table(selection, Selection).to_pylist() if selection else []


def checkpoint_name(made_by: dict) -> str:
    """A name by all that made a checkpoint, so that a changed setting never goes on from another setting's."""
    return hashlib.sha256(json.dumps(made_by, sort_keys=True).encode()).hexdigest()


def write_curves(args: argparse.Namespace, metrics: Iterable[tuple], visits: Iterable[tuple], made_by: dict) -> None:
    """Write what training recorded.

    Args:
        metrics: (seed, step, metric, value)
        visits: (seed, step, problem_id, accuracy)
    """
    policy = {name: args.spec[name] for name in ("model", "task", "method")}
    for path, kind, rows, *names in (
        (args.metrics, Metrics, metrics, "seed", "step", "metric", "value"),
        (args.visits, Visits, visits, "seed", "step", "problem_id", "accuracy"),
    ):
        write_rows(path, kind, [policy | dict(zip(names, row)) for row in rows], made_by)
