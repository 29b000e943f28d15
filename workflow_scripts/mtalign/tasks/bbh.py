"""BIG-Bench Hard (arXiv 2210.09261): 27 tasks with short answers, compared as BIG-Bench Extra Hard's evaluator does.

bbeh.py shares everything here. Nothing is drawn, and nothing that a model wrote is run.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from mtalign.answers import THINK_CLOSE
from mtalign.tasks import Problem, SourceError, Verdict, usable

__all__ = ["ABILITY", "extract", "from_row", "load", "load_problems", "verify"]

ABILITY = "logic"
_MARKER = re.compile(r"The (?:final )?answer is\b:?")
_REMEDY = 'mend or remove it: each row is an object with a text "input" and a text "target"'


# ------------------------------------------------------------------------------------------------------------- loading
def load_problems(family: str, source: dict, seed: int) -> list[Problem]:
    """The problems of a file, or of each file of a folder.

    Rows are all kept, as the benchmark counts them; some differ in their target alone, and a few in nothing.

    Args:
        family: the first part of each problem_id.
        source: {"path": a .json file of {"examples": rows} or of rows, a .jsonl file of rows, or a folder (searched
            through) of such files, "task": only this one (optional), "limit": the first how many problems (optional),
            "broken_rows": how many broken rows may be left out (optional, 0)}. A row's task is what it says, else what
            its file, or the folder of a data.json or task.json, is called.

    Raises:
        SourceError: there is no such file or task, or more rows are broken than allowed.
    """
    seen: Counter[str] = Counter()

    def make(where: str, task_and_row: tuple[str, Any]) -> Problem:
        task, row = task_and_row
        problem = from_row(where, _json(where, row) if isinstance(row, str) else row, task, family)
        seen[problem.problem_id] += 1
        count = seen[problem.problem_id]
        return problem if count == 1 else replace(problem, problem_id=f"{problem.problem_id}-{count}")

    problems = usable(_rows(Path(source["path"])), make, source)
    if (wanted := source.get("task")) is not None:
        there_is = ", ".join(sorted({problem.extra["task"] for problem in problems}))
        problems = [problem for problem in problems if problem.extra["task"] == wanted]
        if not problems:
            raise SourceError(f"{source['path']}: no task {wanted!r}; set `task` to one of {there_is}, or leave it out")
    return problems[: source.get("limit")]


load = partial(load_problems, "bbh")


def from_row(where: str, row: Any, task: str, family: str = "bbh") -> Problem:
    """The problem of one published row.

    Args:
        where: what an error says of the row's place.
        task: the row's task, unless the row says it.

    Raises:
        SourceError: the row is broken.
    """
    for name in ("input", "target"):
        if not isinstance(row, dict) or not isinstance(row.get(name), str) or not row[name].strip():
            raise SourceError(f"{where}: no usable {name}; {_REMEDY}")
    if isinstance(row.get("task"), str):
        task = row["task"]
    content = json.dumps([row["input"], row["target"]]).encode()
    return Problem(
        problem_id=f"{family}-{hashlib.blake2b(content, digest_size=6).hexdigest()}",
        question=row["input"],
        ground_truth=row["target"],
        extra={"task": task},
    )


def _rows(path: Path) -> Iterator[tuple[str, tuple[str, Any]]]:
    """(file and 1-based row, (its file's task, row, or unread line of a .jsonl file))."""
    files = sorted(file for file in path.rglob("*") if file.suffix in (".json", ".jsonl")) if path.is_dir() else [path]
    if not files:
        raise SourceError(f"{path}: no .json or .jsonl file; put the data set there, or correct `path`")
    for file in files:
        task = file.absolute().parent.name if file.stem in ("data", "task") else file.stem
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SourceError(f"{file}: cannot be read ({error}); put the data set there, or correct `path`") from error
        rows = text.split("\n") if file.suffix == ".jsonl" else _examples(file, text)
        for number, row in enumerate(rows, start=1):
            if file.suffix != ".jsonl" or row.strip():
                yield f"{file}, row {number}", (task, row)


def _examples(file: Path, text: str) -> list:
    content = _json(f"{file}", text)
    rows = content.get("examples") if isinstance(content, dict) else content
    if not isinstance(rows, list):
        raise SourceError(f'{file}: neither a list of rows nor {{"examples": such a list}}; make it one')
    return rows


def _json(where: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{where}: not JSON ({error}); {_REMEDY}") from error


# -------------------------------------------------------------------------------------------------------- verification
def extract(response: str) -> str | None:
    """What follows the last "The answer is" or "The final answer is" (colon or not), else all of the response.

    >>> extract("The answer is yes. No: The final answer is: **no**.")
    '**no**.'
    """
    return _after_marker(response.rpartition(THINK_CLOSE)[2]) or None


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
