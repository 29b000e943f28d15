"""What every command line shares: reading its parameters, log lines, and one clear line for an expected error.

Must not know what a stage does.
"""

import argparse
import json
import logging
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from mtalign.errors import UserError

log = logging.getLogger("mtalign")


def parser(description: str | None, **options: Any) -> argparse.ArgumentParser:
    """A parser with --spec, the stage's parameters as JSON (mtalign.study.grid says which).

    Args:
        options: further ones of `argparse.ArgumentParser`.
    """
    form = argparse.RawDescriptionHelpFormatter
    made = argparse.ArgumentParser(description=description, formatter_class=form, **options)
    made.add_argument("--spec", type=json.loads, required=True, help="the stage's parameters, as JSON")
    return made


def engine_parser(description: str | None, engines: tuple[str, ...]) -> argparse.ArgumentParser:
    """The same with --engine and --machine, for a command line that runs a model."""
    made = parser(description)
    made.add_argument("--engine", choices=engines, required=True, help="what runs the model")
    made.add_argument("--machine", type=json.loads, required=True, help="what a job gets, as JSON (Study.machine)")
    return made


def add_paths(made: argparse.ArgumentParser, **paths: str) -> argparse.ArgumentParser:
    """Add options that take one path, or with a help text that ends in "..." several."""
    for name, text in paths.items():
        nargs = "+" if text.endswith("...") else None
        made.add_argument(f"--{name.replace('_', '-')}", type=Path, nargs=nargs, required=True, help=text)
    return made


def add_policies(made: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Add the options that name policies: a base model's replications, or the trained policies of one job."""
    made.add_argument(
        "--seeds", type=int, nargs="+", required=True, help="the policies' seeds, in order; -1: a published model's"
    )
    return add_paths(made, policies="Hugging Face folders ...")


def run(main: Callable[[], None], *, pandas: bool = True) -> None:
    """Run a command line: log to standard error, and end with one line, not a traceback, on bad input.

    Args:
        pandas: False where hundreds of jobs do without: pyarrow imports it (0.4 s) to see if a list is a Series.
    """
    if not pandas:
        sys.meta_path.insert(0, _WithoutPandas())
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")


class _WithoutPandas:
    """An importer, asked before all others, of a pandas that fails; who asks whether there is one is told of one."""

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name == "pandas" else None

    def create_module(self, _: ModuleSpec) -> None:
        """Python's own."""

    def exec_module(self, _: ModuleType) -> None:
        raise ModuleNotFoundError("a command line that said it needs no pandas", name="pandas")
