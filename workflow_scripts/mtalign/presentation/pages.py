"""Pages for docs/ that set several results folders side by side: their options, their tables, the file.

Must not know what is compared.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path

from mtalign.parquet import replacing


def page_parser(description: str | None) -> argparse.ArgumentParser:
    """A parser with --runs, --machine and --output; `runs` becomes a list of (name, its folder of tables)."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--runs", type=_run, nargs="+", required=True, help="NAME=results folder, a column each")
    made.add_argument("--machine", required=True, help="where they ran, in words")
    made.add_argument("--output", type=Path, required=True, help="markdown")
    return made


def _run(text: str) -> tuple[str, Path]:
    name, separator, folder = text.partition("=")
    if not (name and separator and folder):
        raise argparse.ArgumentTypeError(f"{text!r} is to be NAME=results folder")
    return name, Path(folder) / "tables"


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """The lines of a markdown table.

    >>> table(["a", "b"], [["1", "2"]])
    ['| a | b |', '|---|---|', '| 1 | 2 |']
    """
    header = list(header)
    return [_line(header), "|---" * len(header) + "|", *map(_line, rows)]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def write_page(path: Path, lines: Iterable[str]) -> None:
    """Write a page, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
