"""Scores as counts: how many of a problem's samples are correct. Must not know where the scores came from."""

import numpy as np
import pandas as pd


def counts(scores: pd.DataFrame, format_required: bool) -> tuple[np.ndarray, np.ndarray]:
    """Samples and correct samples of each problem, int [problems] each, in order of problem_id.

    Args:
        scores: the "scores" rows of one policy, benchmark and top-p.
        format_required: whether a correct answer in the wrong format counts as wrong.
    """
    correct = scores["verdict"] == "correct"
    if format_required:
        correct &= scores["formatted"]
    grouped = correct.groupby(scores["problem_id"].astype(str)).agg(["size", "sum"])
    return grouped["size"].to_numpy(), grouped["sum"].to_numpy()
