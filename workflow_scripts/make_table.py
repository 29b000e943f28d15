"""Make one table, parquet with a csv beside it: `make_table.py evaluation --spec '{}' --passk ... --output ...`.

A table is a file in tables/ with Table (its columns) and rows(parameters, ...) -> list of dicts; further arguments of
`rows` are options here: files to read, one (Path) or several (list[Path]). Must not know what is in any of them.
"""

import argparse
import inspect
from importlib import import_module
from pathlib import Path

from mtalign.cli import parser, run
from mtalign.parquet import provenance, read_table, write_csv, write_rows


def main() -> None:
    chosen = argparse.ArgumentParser(add_help=False)
    chosen.add_argument("name", help="a file of tables/, without .py")
    module = import_module(f"tables.{chosen.parse_known_args()[0].name}")
    _, *inputs = inspect.signature(module.rows).parameters.values()
    options = parser(module.__doc__, parents=[chosen])
    for option in inputs:
        how = {"required": True} if option.annotation is Path else {"nargs": "*", "default": []}
        options.add_argument(f"--{option.name}", type=Path, help="parquet", **how)
    options.add_argument("--output", type=Path, required=True, help="parquet; a csv goes beside it")
    args = options.parse_args()
    files = {option.name: getattr(args, option.name) for option in inputs}
    rows = module.rows(args.spec, **files)
    read = [path for value in files.values() for path in ([value] if isinstance(value, Path) else value)]
    write_rows(args.output, module.Table, rows, provenance(read, args.spec))
    write_csv(args.output.with_suffix(".csv"), read_table(args.output, module.Table))


if __name__ == "__main__":
    run(main)
