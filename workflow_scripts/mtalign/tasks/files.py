"""What the families that read published files share: rows of JSON become problems, and broken ones are reported.

Must not know what the rows are about.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mtalign.tasks import Problem, SourceError

__all__ = ["load", "text", "text_id"]

_log = logging.getLogger("mtalign")


def load(from_row: Callable[[str, Any], Problem], remedy: str, source: dict) -> list[Problem]:
    """The problems of a file; of those with the same problem_id, the first.

    Args:
        from_row: makes a problem of where it stands and what stands there, or raises a SourceError.
        remedy: what to do about a row that is no JSON.
        source: {"path": a .jsonl file of objects, or a .json file of one list of them, "broken_rows": how many broken
            rows may be left out (optional, 0)}.

    Raises:
        SourceError: the file is missing or holds more broken rows than allowed.
    """
    problems: dict[str, Problem] = {}
    broken = []
    for where, row in _rows(Path(source["path"]), remedy):
        try:
            problem = from_row(where, _json(where, row, remedy) if isinstance(row, str) else row)
        except SourceError as error:
            broken.append(str(error))
        else:
            problems.setdefault(problem.problem_id, problem)
    if len(broken) > source.get("broken_rows", 0):
        allow = f"or leave such rows out with `broken_rows: {len(broken)}` beside `path` ({len(broken)} broken in all)"
        raise SourceError(f"{broken[0]}, {allow}")
    for message in broken:
        _log.warning("left out: %s", message)
    return list(problems.values())


def text(where: str, row: Any, name: str, remedy: str) -> str:
    """A field of a row.

    Raises:
        SourceError: there is no such field, or it is no text, or blank.
    """
    value = row.get(name) if isinstance(row, dict) else None
    if not isinstance(value, str) or not value.strip():
        raise SourceError(f"{where}: no usable {name}; {remedy}")
    return value


def text_id(family: str, question: str) -> str:
    """The problem_id of a question in a data set that names none."""
    return f"{family}-{hashlib.blake2b(question.encode(), digest_size=6).hexdigest()}"


def _rows(path: Path, remedy: str) -> Iterator[tuple[str, Any]]:
    """(file and 1-based row, object, or unread line of a .jsonl file, where blank lines count but hold nothing)."""
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: cannot be read ({error}); put the data set there, or correct `path`") from error
    if path.suffix == ".json":
        rows = _json(f"{path}", content, remedy)
        if not isinstance(rows, list):
            raise SourceError(f"{path}: not a list of objects; make it one, or name a file of lines .jsonl")
        yield from ((f"{path}, row {number}", row) for number, row in enumerate(rows, start=1))
    else:
        for number, line in enumerate(content.split("\n"), start=1):
            if line.strip():
                yield f"{path}, row {number}", line


def _json(where: str, content: str, remedy: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{where}: not JSON ({error}); {remedy}") from error
