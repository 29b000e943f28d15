"""BIG-Bench Hard (arXiv 2210.09261): 27 tasks with short answers, compared as BIG-Bench Extra Hard's evaluator does.

bbeh.py shares everything here. Nothing is drawn, and nothing that a model wrote is run.
"""

import json
import re
from collections import Counter
from dataclasses import replace
from functools import partial
from typing import Any

from mtalign.errors import SourceError
from mtalign.tasks import Problem
from mtalign.tasks.shared import files
from mtalign.verification.responses import after_think
from mtalign.vocabulary import Verdict

__all__ = ["ABILITY", "JUDGED_IN_PROCESS", "TASKS", "extract", "from_row", "load", "load_problems", "problem", "verify"]

ABILITY, JUDGED_IN_PROCESS = "logic", True
TASKS = (
    "boolean_expressions",
    "causal_judgement",
    "date_understanding",
    "disambiguation_qa",
    "dyck_languages",
    "formal_fallacies",
    "geometric_shapes",
    "hyperbaton",
    "logical_deduction_five_objects",
    "logical_deduction_seven_objects",
    "logical_deduction_three_objects",
    "movie_recommendation",
    "multistep_arithmetic_two",
    "navigate",
    "object_counting",
    "penguins_in_a_table",
    "reasoning_about_colored_objects",
    "ruin_names",
    "salient_translation_error_detection",
    "snarks",
    "sports_understanding",
    "temporal_sequences",
    "tracking_shuffled_objects_five_objects",
    "tracking_shuffled_objects_seven_objects",
    "tracking_shuffled_objects_three_objects",
    "web_of_lies",
    "word_sorting",
)
_NO_TASK = re.compile(r"(data|task|train|test|validation)(-\d+-of-\d+)?")  # file names that say nothing of a task
_MARKER = re.compile(r"The (?:final )?answer is\b:?")
_REMEDY = 'mend or remove it: each row is an object with a text "input" and a text "target"'


# ------------------------------------------------------------------------------------------------------------- loading
def load_problems(family: str, source: dict, seed: int) -> list[Problem]:
    """The problems of a source. Rows are all kept, as the benchmark counts them; some differ in their target alone, and
    a few in nothing.

    Args:
        family: the first part of each problem_id.
        source: as `files.read` takes it, with "task": only this one (optional), "limit": the first how many problems
            (optional). A row's task is what it says, else what its file is called, or where that is a name such as
            data.json or test-00000-of-00001.parquet, its folder.

    Raises:
        SourceError: as `files.read`, or there is no such task.
    """
    seen: Counter[str] = Counter()

    def make(place: files.Place, row: Any) -> Problem:
        folder, name = place.file.absolute().parent.name, place.file.stem
        made = problem(family, place, row, folder if _NO_TASK.fullmatch(name) else name)
        seen[made.problem_id] += 1
        count = seen[made.problem_id]
        return made if count == 1 else replace(made, problem_id=f"{made.problem_id}-{count}")

    problems = files.read(make, _REMEDY, source)
    if (wanted := source.get("task")) is not None:
        there_is = ", ".join(sorted({made.extra["task"] for made in problems}))
        problems = [made for made in problems if made.extra["task"] == wanted]
        if not problems:
            raise SourceError(f"{source['path']}: no task {wanted!r}; set `task` to one of {there_is}, or leave it out")
    return problems[: source.get("limit")]


load = partial(load_problems, "bbh")


def from_row(where: str, row: Any) -> Problem:
    """The problem of one published row with its `task`, one of TASKS.

    Raises:
        SourceError: the row is broken; `where` is how the message names it.
    """
    task = files.text(where, row, "task", _REMEDY)
    if task not in TASKS:
        raise SourceError(f"{where}: no task {task!r}; set `task` to one of {', '.join(TASKS)}")
    return problem("bbh", where, row, task)


def problem(family: str, where: files.Place | str, row: Any, task: str) -> Problem:
    """The problem of a row that is about a task, unless it says another.

    Raises:
        SourceError: the row is broken; `where` is how the message names it.
    """
    question, target = (files.text(where, row, name, _REMEDY) for name in ("input", "target"))
    return Problem(
        problem_id=files.text_id(family, json.dumps([question, target])),
        question=question,
        ground_truth=target,
        extra={"task": row["task"] if isinstance(row.get("task"), str) else task},
    )


# -------------------------------------------------------------------------------------------------------- verification
def extract(response: str) -> str | None:
    """What follows the last "The answer is" or "The final answer is" (colon or not), else all of the response.

    >>> extract("The answer is yes. No: The final answer is: **no**.")
    '**no**.'
    """
    return _after_marker(after_think(response)) or None


def verify(answer: str, problem: Problem) -> Verdict:
    """Whether an answer and the target are the same but for the freedoms of the benchmark's evaluator.

    Never raises. An empty answer is UNPARSED, unless the target is `[]`, which it is but for the brackets.
    """
    given, target = _normalised(answer), problem.ground_truth.strip().lower().replace(", ", ",")
    if _same(given, target):
        return Verdict.CORRECT
    return Verdict.WRONG if given else Verdict.UNPARSED


def _after_marker(text: str) -> str:
    markers = list(_MARKER.finditer(text))
    return text[markers[-1].end() if markers else 0 :].strip()


def _normalised(answer: str) -> str:
    text = _after_marker(answer).removesuffix(".")
    if text.startswith("$") and text.endswith("$"):
        text = text[1:-1]
    for command in ("boxed{", "text{", "texttt{"):
        if command in text and text.endswith("}"):
            text = text[:-1].partition(command)[2]
    text = text.lower().replace(", ", ",").replace("**", "")
    return text.partition("\n")[0].strip().removesuffix(".")


def _same(given: str, target: str) -> bool:
    pairs = ((given, target), (target, given))
    return (
        given == target
        or any(len(left) == 1 and right == f"({left})" for left, right in pairs)
        or _same_number(given, target)
        or given.replace("'", "") == target.replace("'", "")
        or any(right == f"[{left}]" for left, right in pairs)
        or given.removesuffix("?") == target.removesuffix("?")
    )


def _same_number(given: str, target: str) -> bool:
    try:
        return float(target) == float(given)
    except ValueError:
        return False
