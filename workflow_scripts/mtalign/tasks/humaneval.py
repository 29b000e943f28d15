"""HumanEval (arXiv 2107.03374): complete a Python function; an answer is correct when it passes the hidden tests.

Nothing is drawn: `load` takes its seed only because every family does.
"""

import re
from textwrap import dedent, indent
from typing import Any

from mtalign.errors import SourceError
from mtalign.tasks import Problem
from mtalign.tasks.shared import files
from mtalign.tasks.shared.programs import code, extract, verdict
from mtalign.verification.sandbox.runner import parse
from mtalign.vocabulary import Verdict

__all__ = ["ABILITY", "extract", "from_row", "load", "verify"]

ABILITY = "code"
_FIELDS = ("task_id", "prompt", "entry_point", "canonical_solution", "test")
_REMEDY = f"mend or remove it: each row is an object with the texts {', '.join(_FIELDS)}"
_BODY = re.compile(r"(?:[ \t]*\n|[ \t]+\S[^\n]*(?:\n|\Z))+")


def load(source: dict, seed: int) -> list[Problem]:
    """The problems of a file, as published.

    Args:
        source: as `files.read` takes it, with "limit": the first how many problems (optional).

    Raises:
        SourceError: as `files.read`.
    """
    return files.load(from_row, _REMEDY, source)[: source.get("limit")]


def from_row(where: str, row: Any) -> Problem:
    """The problem of a published row.

    Raises:
        SourceError: the row is broken; `where` is how the message names it.
    """
    task_id, prompt, entry_point, solution, test = (files.text(where, row, name, _REMEDY) for name in _FIELDS)
    try:
        parse(prompt + test)
    except SyntaxError as error:
        raise SourceError(f"{where}: prompt and test are no Python ({error}); {_REMEDY}") from error
    return Problem(
        problem_id=f"humaneval-{task_id.rpartition('/')[2]}",
        question=f"Complete this Python function. Answer with the whole function.\n\n```python\n{prompt.strip()}\n```",
        ground_truth=solution,
        extra={"prompt": prompt, "entry_point": entry_point, "test": test},
    )


def verify(answer: str, problem: Problem, allow_unisolated: bool = False) -> Verdict:
    """Run the published tests on a whole function, or on the rest of the prompt's: in the last fence, or bare.

    The prompt's imports and helpers are there, as in the published evaluation; the tests see the prompt's own.

    Raises:
        SandboxError: there is no isolation here (see `runner.run_tests`).
    """
    prompt, entry_point, test = (problem.extra[name] for name in ("prompt", "entry_point", "test"))
    fixed = "import random\nrandom.seed(0)\n" if "random" in test else ""
    tests = f"{fixed}{test}\n\ncheck({entry_point})\n"
    return verdict(answer, _readings(prompt, code(answer)), tests, [entry_point], prompt, allow_unisolated)


def _readings(prompt: str, text: str) -> list[str]:
    """Programs that an answer may mean: it continues the prompt, or redefines its function, or stands alone.

    A continuation may have lost its indentation, or its first line's, or run on after the function (where the
    published evaluation stops sampling).
    """
    body = _BODY.match(text)
    readings = [text, indent(dedent(text), "    "), f"    {text}", body[0] if body else ""]
    return [*(prompt + reading for reading in readings if reading.strip()), text]
