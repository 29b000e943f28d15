"""What every file and column of a study is, in words: results/README.md and the report are made of this.

The words are docstrings of the classes that name the columns. Must not read a result.
"""

import ast
import inspect
from functools import cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import pyarrow as pa

from mtalign.artifacts.glossary import Glossary
from mtalign.columns import Columns

SCRIPTS = Path(__file__).parents[2]
_ARTIFACTS = ("data", "lab", "responses", "training", "probes")  # in the order of the stages


@cache
def kinds() -> list[type[Columns]]:
    """Every artifact in the order of the stages, then every table."""
    artifacts = [import_module(f"mtalign.artifacts.{name}") for name in _ARTIFACTS]
    found = [value for module in artifacts for value in vars(module).values() if _is_defined_in(value, module)]
    found += [table(path.stem) for path in sorted((SCRIPTS / "tables").glob("[!_]*.py"))]
    return list(dict.fromkeys(found))  # the table of what base models were to be is an artifact


def _is_defined_in(value: object, module: object) -> bool:
    return isinstance(value, type) and issubclass(value, Columns) and value.__module__ == module.__name__


def table_kind(name: str) -> str:
    """What a table of results/tables is: itself, or one of the config's result tables."""
    return name if (SCRIPTS / "tables" / f"{name}.py").exists() else "results"


def table(name: str) -> type[Columns]:
    """The columns of a table of results/tables."""
    return import_module(f"tables.{table_kind(name)}").Table


def where(kind: type[Columns]) -> str:
    """Where an artifact lies in the results folder."""
    return kind.WHERE or f"tables/{kind.kind()}.parquet"


@cache
def words(kind: type[Columns]) -> dict[str, str]:
    """Column -> what it holds.

    Raises:
        KeyError: of a column, neither its table nor the glossary says so.
    """
    own = {name: text for part in reversed(kind.__mro__[:-1]) for name, text in _sentences(part).items()}
    shared = _sentences(Glossary)
    return {name: own[name] if name in own else shared[name] for name in kind.schema().names}


@cache
def _sentences(kind: type) -> dict[str, str]:
    """What stands in a class below each of its fields."""
    body = ast.parse(inspect.cleandoc("\n" + inspect.getsource(kind))).body[0].body
    return {
        field.target.id: " ".join(text.value.value.split())
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
    }


def type_name(kind: pa.DataType) -> str:
    """A column's type in a word or two."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_list(kind):
        return f"list of {type_name(kind.value_type)}s"
    names = {"string": "text", "int32": "whole number", "double": "number", "bool": "true or false"}
    return names.get(str(kind), "record")
