"""What the families that read published files share: rows become problems, and broken ones are reported.

Must not know what the rows are about.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from mtalign.errors import SourceError
from mtalign.tasks import Problem

__all__ = ["Place", "from_json", "load", "read", "text", "text_id", "unwrapped"]

_log = logging.getLogger("mtalign")
_PUT = "put the data set there, or correct `path`"
_INSTRUCTION = " Let's think step by step and output the final answer within \\boxed{}."
T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """Where a row stands: its file, and its number from 1; in a .jsonl file that of its line."""

    file: Path
    row: int

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}"


def load(from_row: Callable[[Place, Any], Problem], remedy: str, source: dict) -> list[Problem]:
    """The problems of a source (see `read`); of those with the same problem_id, the first."""
    problems: dict[str, Problem] = {}
    for problem in read(from_row, remedy, source):
        problems.setdefault(problem.problem_id, problem)
    return list(problems.values())


def read(make: Callable[[Place, Any], T], remedy: str, source: dict) -> list[T]:
    """What `make` makes of each row but the broken ones, which are logged.

    Args:
        make: takes a place and what stands there, and raises a SourceError where that is broken.
        remedy: what to do about a row that is no JSON.
        source: {"path": a .jsonl file of rows, a .json file of a list of them or of {"examples": such a list}, a
            .parquet file, or a folder (searched through) of such files, "broken_rows": how many broken rows may be
            left out (optional, 0)}.

    Raises:
        SourceError: there is no such file, or more rows are broken than allowed.
    """
    made, broken = [], []
    for place, row in _rows(Path(source["path"]), remedy):
        try:
            if isinstance(row, SourceError):
                raise row
            made.append(make(place, row))
        except SourceError as error:
            broken.append(str(error))
    if len(broken) > source.get("broken_rows", 0):
        allow = f"or leave such rows out with `broken_rows: {len(broken)}` beside `path` ({len(broken)} broken in all)"
        raise SourceError(f"{broken[0]}, {allow}")
    for message in broken:
        _log.warning("left out: %s", message)
    return made


def text(where: Place | str, row: Any, name: str, remedy: str) -> str:
    """A field of a row.

    Raises:
        SourceError: there is no such field, or it is no text, or blank.
    """
    value = row.get(name) if isinstance(row, dict) else None
    if not isinstance(value, str) or not value.strip():
        raise SourceError(f"{where}: no usable {name}; {remedy}")
    return value


def text_id(family: str, content: str) -> str:
    """The problem_id of a problem in a data set that names none, by what makes it this one."""
    digest = hashlib.blake2b(content.encode(errors="surrogatepass"), digest_size=6).hexdigest()
    return f"{family}-{digest}"


def unwrapped(row: Any) -> Any:
    """A row in verl's schema as {"problem", "answer"}; any other row as it is.

    The problem is what the model is asked, without the instruction that published one-shot files end in, or where the
    row says what that was made of (as ours do), the question.
    """
    match row:
        case {"reward_model": {"ground_truth": answer}, "extra_info": {"question": question}}:
            return {"problem": question, "answer": answer}
        case {"reward_model": {"ground_truth": answer}, "prompt": [*_, {"content": question}]}:
            asked = question.removesuffix(_INSTRUCTION) if isinstance(question, str) else question
            return {"problem": asked, "answer": answer}
    return row


def from_json(where: Place | Path | str, content: str | bytes, remedy: str) -> Any:
    """The value of a JSON text; bytes are UTF-8.

    Raises:
        SourceError: it is none.
    """
    try:
        return json.loads(content.decode() if isinstance(content, bytes) else content)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{where}: not JSON ({error}); {remedy}") from error


def _rows(path: Path, remedy: str) -> Iterator[tuple[Place, Any]]:
    """(place, row); a line that is no JSON comes as the SourceError that says so."""
    files = sorted(file for file in path.rglob("*") if file.suffix in _READERS) if path.is_dir() else [path]
    if not files:
        raise SourceError(f"{path}: no {' or '.join(_READERS)} file; {_PUT}")
    for file in files:
        if file.suffix not in _READERS:
            raise SourceError(f"{file}: not a {' or '.join(_READERS)} file; {_PUT}")
        try:
            numbered = _READERS[file.suffix](file, remedy)
        except (OSError, ValueError) as error:  # pyarrow's too
            raise SourceError(f"{file}: cannot be read ({error}); {_PUT}") from error
        yield from ((Place(file, number), row) for number, row in numbered)


def _lines(file: Path, remedy: str) -> list[tuple[int, Any]]:
    """Blank lines count but hold nothing."""

    def row(number: int, line: str) -> Any:
        try:
            return from_json(Place(file, number), line, remedy)
        except SourceError as error:
            return error

    lines = file.read_text(encoding="utf-8").split("\n")
    return [(number, row(number, line)) for number, line in enumerate(lines, start=1) if line.strip()]


def _list(file: Path, remedy: str) -> list[tuple[int, Any]]:
    content = from_json(file, file.read_text(encoding="utf-8"), remedy)
    rows = content.get("examples") if isinstance(content, dict) else content
    if not isinstance(rows, list):
        raise SourceError(f'{file}: neither a list of rows nor {{"examples": such a list}}; make it one')
    return list(enumerate(rows, start=1))


def _table(file: Path, remedy: str) -> list[tuple[int, Any]]:
    import pyarrow.parquet  # slow, and seldom needed

    with pyarrow.parquet.ParquetFile(file) as table:
        return list(enumerate(table.read().to_pylist(), start=1))


_READERS = {".jsonl": _lines, ".json": _list, ".parquet": _table}
