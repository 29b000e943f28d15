"""A hash of the code that a command line runs: as a parameter of its rule it reruns a job when that code changes.

It is over syntax trees without docstrings, so that a comment or a sentence reruns nothing; another version of Python
may write trees otherwise, and rerun all. Standard library only; must not import what it hashes.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

SCRIPTS = Path(__file__).parents[2]
_UNHASHED = {"mtalign.errors"}  # no result depends on what an error is called


@cache
def source_hash(script: str, *modules: str) -> str:
    """The hash of a command line's source: itself, the modules of ours that it imports, what they import, and so on.

    Args:
        script: its path in workflow_scripts/.
        modules: those that it finds by name at run time, such as "mtalign.rewards.random".
    """
    found: dict[Path, str] = {}
    waiting = [SCRIPTS / script, *map(_module_file, modules)]
    while waiting:
        path = waiting.pop()
        if path is not None and path not in found:
            found[path], imported = _source(path)
            waiting += imported
    content = "".join(found[path] for path in sorted(found))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


@cache
def sentence_hash(*modules: str) -> str:
    """The hash of what modules say in docstrings, for a command line that shows it; "tables.*": of all in a package."""
    found = [path for name in modules for path in _module_files(name)]
    said = [
        node.value.value
        for path in found
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.stmt) and _stands_alone(node)
    ]
    return hashlib.sha256("".join(said).encode()).hexdigest()[:16]


def _module_files(name: str) -> list[Path]:
    if name.endswith(".*"):
        return sorted(SCRIPTS.joinpath(*name.split(".")[:-1]).glob("*.py"))
    return [SCRIPTS.joinpath(*name.split(".")).with_suffix(".py")]


@cache
def _source(path: Path) -> tuple[str, list[Path | None]]:
    """The hash of a source file, and the files of ours that it imports."""
    tree, imported = ast.parse(path.read_text(encoding="utf-8")), []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported += [_module_file(alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported += [_module_file(node.module)]
            imported += [_module_file(f"{node.module}.{alias.name}") for alias in node.names]
    return hashlib.sha256(_statements(tree).encode()).hexdigest(), imported


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
