"""A training step's metrics by name, the same whichever engine trains. Must not know engines."""

import numpy as np

from mtalign.vocabulary import VALIDATION, measure


def rollout_metrics(
    rewards: list[np.ndarray], formatted: list[np.ndarray], correct: list[np.ndarray], lengths: list[np.ndarray]
) -> dict[str, float]:
    """Means over all generated responses of a step; each argument is [groups][N], lengths in tokens."""
    formats, answers, tokens = np.concatenate(formatted), np.concatenate(correct), np.concatenate(lengths)
    return {
        "reward": float(np.concatenate(rewards).mean()),
        f"train_accuracy_{measure(True, 1.0)}": float((formats & answers).mean()),
        f"train_accuracy_{measure(False, 1.0)}": float(answers.mean()),
        "format_rate": float(formats.mean()),
        "response_length": float(tokens.mean()),
        "zero_variance_share": float(np.mean([not varies(group) for group in rewards])),
        "tokens_generated": int(tokens.sum()),
    }


def validation_metrics(formatted: np.ndarray, correct: np.ndarray, top_p: float) -> dict[str, float]:
    """Accuracies of a validation at one top-p, over bool [responses]."""
    return {
        f"{VALIDATION}{measure(False, top_p)}": float(correct.mean()),
        f"{VALIDATION}{measure(True, top_p)}": float((correct & formatted).mean()),
    }


def varies(rewards: np.ndarray) -> bool:
    """Whether a group's rewards differ (a standard deviation of equal numbers need not come out as 0)."""
    return bool(np.ptp(rewards) > 0)
