"""The words that a study is told in: base models and references, verdicts, measures, cells. Imports nothing of ours."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

BASE = "base"  # the "method" of a policy that no method trained
BASE_SEED = -1
REFERENCE = "reference"  # the "model" whose responses are the reference answers
VALIDATION = "validation_accuracy_"  # the name of a metric: this and a measure


class Verdict(StrEnum):
    """What a verifier says of an answer."""

    CORRECT = "correct"
    WRONG = "wrong"
    UNPARSED = "unparsed"
    TIMEOUT = "timeout"


def measure(format_required: bool, top_p: float) -> str:
    """The name of a way to measure accuracy: must the format be right, and how was the response sampled?

    >>> measure(True, 0.7)
    'format_top_p_0.7'
    """
    return f"{'format' if format_required else 'any'}_top_p_{top_p:g}"


def parts(measure: str) -> tuple[bool, float]:
    """The inverse of `measure`: must the format be right, and the top-p.

    >>> parts("format_top_p_0.7")
    (True, 0.7)
    """
    form, _, top_p = measure.partition("_top_p_")
    return form == "format", float(top_p)


def in_order(measures: Iterable[str]) -> list[str]:
    """Distinct measures, the primary one first: any format, at the top-p nearest to 0.7. So the paper's released code
    validates: it samples at top-p 0.7 and demands no format. The others follow, those that demand a format last.

    >>> in_order(["format_top_p_1", "any_top_p_1", "any_top_p_0.7"])
    ['any_top_p_0.7', 'any_top_p_1', 'format_top_p_1']
    """

    def distance(measure: str) -> tuple[bool, float]:
        format_required, top_p = parts(measure)
        return format_required, abs(top_p - 0.7)

    return sorted(dict.fromkeys(measures), key=distance)


def primary_validation(metrics: Iterable[str]) -> str:
    """Of the metrics of a training's curves, the validation by the primary measure."""
    validated = (name.removeprefix(VALIDATION) for name in metrics if name.startswith(VALIDATION))
    return VALIDATION + in_order(validated)[0]


@dataclass(frozen=True)
class Cell:
    """A model on a task with a method; with a seed it is a run."""

    model: str
    task: str
    method: str
