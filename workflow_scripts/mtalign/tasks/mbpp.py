"""MBPP (arXiv 2108.07732): write a Python function that a sentence and three tests describe; correct passes the tests.

Nothing is drawn: `load` takes its seed only because every family does.
"""

import ast
import json
from typing import Any

from mtalign.errors import SourceError
from mtalign.tasks import Problem
from mtalign.tasks.shared import files
from mtalign.tasks.shared.programs import code, extract, verdict
from mtalign.verification.sandbox.runner import parse
from mtalign.vocabulary import Verdict

__all__ = ["ABILITY", "SPLITS", "extract", "from_row", "load", "verify"]

ABILITY = "code"
SPLITS = {  # by task_id, as published
    "prompt": range(1, 11),
    "test": range(11, 511),
    "validation": range(511, 601),
    "train": range(601, 975),
}
_REMEDY = (
    "mend or remove it: each row is an object with the texts text, code and test_setup_code, a number task_id, and a "
    "list of texts test_list"
)


def load(source: dict, seed: int) -> list[Problem]:
    """The problems of a file, as published.

    Args:
        source: as `files.read` takes it, with "split": one of SPLITS (optional: all), "limit": the first how many
            problems (optional).

    Raises:
        SourceError: as `files.read`.
    """
    problems = files.load(from_row, _REMEDY, source)
    if "split" in source:
        problems = [p for p in problems if int(p.problem_id.removeprefix("mbpp-")) in SPLITS[source["split"]]]
    return problems[: source.get("limit")]


def from_row(where: str, row: Any) -> Problem:
    """The problem of a published row. Its challenge tests are left aside, as in the published evaluation.

    Raises:
        SourceError: the row is broken; `where` is how the message names it.
    """
    question, solution = (files.text(where, row, name, _REMEDY) for name in ("text", "code"))
    number, setup, tests = (row.get(name) for name in ("task_id", "test_setup_code", "test_list"))
    if not (isinstance(tests, list) and tests and all(isinstance(test, str) for test in tests)):
        raise SourceError(f"{where}: no usable test_list; {_REMEDY}")
    if not isinstance(number, int) or not isinstance(setup, str):
        raise SourceError(f"{where}: no usable task_id or test_setup_code; {_REMEDY}")
    shown = "\n".join(tests)
    program = f"{setup}\n{shown}\n"
    try:
        takes = _takes(program, solution)
    except SyntaxError as error:
        raise SourceError(f"{where}: code and tests are no Python ({error}); {_REMEDY}") from error
    return Problem(
        problem_id=f"mbpp-{number}",
        question=f"{question.strip()} Your code should pass these tests:\n\n```python\n{shown}\n```",
        ground_truth=solution,
        extra={"tests": program, "takes": json.dumps(takes)},
    )


def _takes(tests: str, solution: str) -> list[str]:
    """The names that the tests use and the reference solution's top level defines.

    >>> _takes("root = Node(1)\\nassert height(root) == len('a')", "class Node: ...\\ndef height(node): ...")
    ['Node', 'height']
    """
    defined = set()
    for node in parse(solution).body:
        for part in ast.walk(node) if isinstance(node, (ast.Assign, ast.Import, ast.ImportFrom)) else [node]:
            if isinstance(part, (ast.FunctionDef, ast.ClassDef)):
                defined.add(part.name)
            elif isinstance(part, ast.alias):
                defined.add(part.asname or part.name)
            elif isinstance(part, ast.Name):
                defined.add(part.id)
    used = {node.id for node in ast.walk(parse(tests)) if isinstance(node, ast.Name)}
    return sorted(used & defined)


def verify(answer: str, problem: Problem, allow_unisolated: bool = False) -> Verdict:
    """Run the published tests on a program: in the last fence, or bare.

    Raises:
        SandboxError: there is no isolation here (see `runner.run_tests`).
    """
    takes = json.loads(problem.extra["takes"])
    return verdict(answer, [code(answer)], problem.extra["tests"], takes, allow_unisolated=allow_unisolated)
