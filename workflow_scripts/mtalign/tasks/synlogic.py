"""SynLogic (arXiv 2505.19641, MiniMaxAI/SynLogic): puzzles of 35 tasks from files, each judged by its task's rule.

A row's puzzle is the JSON text `extra_info.game_data_str`, its task `data_source`, in the validation files with `val/`
before it. Nothing is drawn: `load` takes its seed only because every family does. The rules: synlogic_rules/.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mtalign.answers import THINK_CLOSE
from mtalign.tasks import Problem, SourceError, Verdict
from mtalign.tasks.synlogic_rules import RULES

__all__ = ["ABILITY", "extract", "load", "problem_of", "verify"]

ABILITY = "logic"
_LONGEST = 100_000  # characters of an answer
_VALIDATION = "val/"
_REMEDY = "mend or remove it: a row is as MiniMaxAI/SynLogic publishes it"


def load(source: dict, seed: int) -> list[Problem]:
    """The problems of a file; of rows with the same task and question, the first.

    Args:
        source: {"path": a .jsonl or .parquet file of published rows, "limit": the first how many problems (optional)}.

    Raises:
        SourceError: the file is missing or holds a broken row.
    """
    problems: dict[str, Problem] = {}
    for where, row in _rows(Path(source["path"])):
        problem = problem_of(row, where)
        problems.setdefault(problem.problem_id, problem)
    return list(problems.values())[: source.get("limit")]


def _rows(path: Path) -> Iterator[tuple[str, Any]]:
    """(file and 1-based row, row); in a .jsonl file a row is a line, and blank lines count but hold nothing."""
    try:
        if path.suffix == ".parquet":
            import pyarrow.parquet

            table = pyarrow.parquet.read_table(path).to_pylist()
            yield from ((f"{path}, row {number}", row) for number, row in enumerate(table, start=1))
            return
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:  # of pyarrow too
        raise SourceError(f"{path}: cannot be read ({error}); put the data set there, or correct `path`") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            where = f"{path}, row {number}"
            yield where, _json(where, "", line)


def _json(where: str, what: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{where}: {what}not JSON ({error}); {_REMEDY}") from error


def problem_of(row: Any, where: str) -> Problem:
    """A published row as a problem, with what its task's rule needs to judge answers.

    Args:
        row: data_source, and extra_info with game_data_str, or where that is null, original_question and
            original_answer.
        where: the row's place, for the message.

    Raises:
        SourceError: the row is broken, or of a task that has no rule.
    """

    def broken(what: str) -> SourceError:
        return SourceError(f"{where}: {what}; {_REMEDY}")

    task, extra = (row.get(name) if isinstance(row, dict) else None for name in ("data_source", "extra_info"))
    if not isinstance(task, str) or not isinstance(extra, dict):
        raise broken("no usable data_source and extra_info")
    task = task.removeprefix(_VALIDATION)
    if task not in RULES:
        raise broken(f"no such task: {task!r}; there is {', '.join(sorted(RULES))}")
    puzzle = _puzzle(where, extra)
    question = puzzle.get("question")
    if not isinstance(question, str) or not question.strip():
        raise broken(f"{task} has no usable question")
    try:
        instance = RULES[task].instance(puzzle)
    except ValueError as error:
        raise broken(f"{task} has {error}") from error
    digest = hashlib.blake2b(f"{task}\n{question}".encode(), digest_size=6).hexdigest()
    return Problem(
        problem_id=f"synlogic-{task}-{digest}",
        question=question,
        ground_truth=_shown(puzzle["answer"]) if puzzle.get("answer") is not None else "",
        extra={"task": task, "instance": json.dumps(instance, ensure_ascii=False, sort_keys=True)},
    )


def _puzzle(where: str, extra: dict) -> dict[str, Any]:
    """The published puzzle: its question and answer beside its metadata."""
    text = extra.get("game_data_str")
    if text is None:
        stated = {name: extra.get(f"original_{name}") for name in ("question", "answer")}
        return {name: value for name, value in stated.items() if value is not None}
    game = _json(where, "game_data_str: ", text) if isinstance(text, str) else text
    if not isinstance(game, dict) or not isinstance(game.get("metadata") or {}, dict):
        raise SourceError(f"{where}: game_data_str is no object; {_REMEDY}")
    return (game.get("metadata") or {}) | {name: game[name] for name in ("question", "answer") if name in game}


def _shown(answer: Any) -> str:
    return answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)


def extract(response: str) -> str | None:
    """What follows the thinking, or None where nothing does.

    >>> extract("<think>4?</think> So [[1 2,2 1]].")
    'So [[1 2,2 1]].'
    """
    return response.rpartition(THINK_CLOSE)[2].strip() or None


def verify(answer: str, problem: Problem) -> Verdict:
    """Whether an answer is right by its puzzle's rule; UNPARSED where nothing in it has the task's format.

    Never raises, and ends in milliseconds; in `operation`, which math-verify decides, in seconds, maybe as a TIMEOUT.
    """
    if len(answer) > _LONGEST:
        return Verdict.UNPARSED
    return RULES[problem.extra["task"]].verdict(answer, json.loads(problem.extra["instance"]))
