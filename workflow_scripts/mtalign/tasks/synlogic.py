"""SynLogic (arXiv 2505.19641, MiniMaxAI/SynLogic): puzzles of 35 tasks from files, each judged by its task's rule.

A row's puzzle is the JSON text `extra_info.game_data_str`, its task `data_source`, in the validation files with `val/`
before it. Nothing is drawn: `load` takes its seed only because every family does. The rules: synlogic_rules/.
"""

import json
from typing import Any

from mtalign.errors import SourceError
from mtalign.tasks import Problem
from mtalign.tasks.shared import files
from mtalign.tasks.synlogic_rules import RULES
from mtalign.verification.responses import after_think
from mtalign.vocabulary import Verdict

__all__ = ["ABILITY", "extract", "from_row", "load", "verify"]

ABILITY = "logic"
_LONGEST = 100_000  # characters of an answer
_VALIDATION = "val/"
_REMEDY = "mend or remove it: a row is as MiniMaxAI/SynLogic publishes it"


def load(source: dict, seed: int) -> list[Problem]:
    """The problems of a source; of rows with the same task and question, the first.

    Args:
        source: as `files.read` takes it, with "limit": the first how many problems (optional).

    Raises:
        SourceError: as `files.read`.
    """
    return files.load(from_row, _REMEDY, source)[: source.get("limit")]


def from_row(where: files.Place | str, row: Any) -> Problem:
    """The problem of a published row, with what its task's rule needs to judge answers.

    Args:
        row: data_source, and extra_info with game_data_str, or where that is null, original_question and
            original_answer.

    Raises:
        SourceError: the row is broken, or of a task that has no rule; `where` is how the message names it.
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
    return Problem(
        problem_id=files.text_id(f"synlogic-{task}", f"{task}\n{question}"),
        question=question,
        ground_truth=_shown(puzzle["answer"]) if puzzle.get("answer") is not None else "",
        extra={"task": task, "instance": json.dumps(instance, ensure_ascii=False, sort_keys=True)},
    )


def _puzzle(where: files.Place | str, extra: dict) -> dict[str, Any]:
    """The published puzzle: its question and answer beside its metadata."""
    text = extra.get("game_data_str")
    if text is None:
        stated = {name: extra.get(f"original_{name}") for name in ("question", "answer")}
        return {name: value for name, value in stated.items() if value is not None}
    game = files.from_json(f"{where}: game_data_str", text, _REMEDY) if isinstance(text, str) else text
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
    return after_think(response).strip() or None


def verify(answer: str, problem: Problem) -> Verdict:
    """Whether an answer is right by its puzzle's rule; UNPARSED where nothing in it has the task's format.

    Never raises, and ends in milliseconds; in `operation`, which math-verify decides, in seconds, maybe as a TIMEOUT.
    """
    if len(answer) > _LONGEST:
        return Verdict.UNPARSED
    return RULES[problem.extra["task"]].verdict(answer, json.loads(problem.extra["instance"]))
