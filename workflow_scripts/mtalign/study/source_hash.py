"""A hash of the code that a command line runs: as a parameter of its rule it reruns a job when that code changes.

It is over syntax trees without docstrings, so that a comment or a sentence reruns nothing; another version of Python
may write trees otherwise, and rerun all. Standard library only; must not import what it hashes.
"""

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

SCRIPTS = Path(__file__).parents[2]
_UNHASHED = {"mtalign.errors"}  # no result depends on what an error is called


class _Source(NamedTuple):
    """A source file: the hash of its code, what it says in docstrings, and the files of ours that it imports."""

    code: str
    sentences: str
    imported: tuple[Path, ...]


@cache
def source_hash(script: str, *modules: str) -> str:
    """The hash of a command line's source: itself, the modules of ours that it imports, what they import, and so on.

    Args:
        script: its path in workflow_scripts/.
        modules: those that it finds by name at run time, such as "mtalign.rewards.random".
    """
    found: dict[Path, str] = {}
    waiting = [SCRIPTS / script, *_module_files(modules)]
    while waiting:
        path = waiting.pop()
        if path not in found:
            source = _read(path)
            found[path] = source.code
            waiting += source.imported
    return _hash("".join(found[path] for path in sorted(found)))[:16]


@cache
def sentence_hash(*modules: str) -> str:
    """The hash of what modules say in docstrings, for a command line that shows it; "tables.*": of all in a package."""
    files = []
    for name in modules:
        package, _, last = name.rpartition(".")
        whole = sorted(SCRIPTS.joinpath(*package.split(".")).glob("*.py")) if last == "*" else _module_files([name])
        files += whole
    return _hash("".join(_read(path).sentences for path in files))[:16]


@cache
def _read(path: Path) -> _Source:
    tree, sentences, names = ast.parse(path.read_text(encoding="utf-8")), [], []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.stmt) and _stands_alone(node):
            sentences.append(node.value.value)
    return _Source(_hash(_statements(tree)), "".join(sentences), tuple(_module_files(names)))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _module_files(names: Iterable[str]) -> list[Path]:
    """The files of those modules that are ours and hashed."""
    return [path for path in map(_module_file, names) if path]


@cache
def _module_file(name: str) -> Path | None:
    """The file of one of our modules, or None."""
    if name in _UNHASHED:
        return None
    stem = SCRIPTS.joinpath(*name.split("."))
    return next((path for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.exists()), None)


def _statements(tree: ast.Module) -> str:
    """A syntax tree as text, without strings that stand alone: docstrings, of fields too.

    >>> def said(text): return _statements(ast.parse(text))
    >>> said("def f(a): return a") == said("def f(a): 'What f does.'; return (a)  # itself")
    True
    >>> said("x = 'a'") == said("x = 'b'")
    False
    """
    for node in ast.walk(tree):
        if isinstance(getattr(node, "body", None), list):
            node.body = [part for part in node.body if not _stands_alone(part)]
    return ast.dump(tree)


def _stands_alone(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
