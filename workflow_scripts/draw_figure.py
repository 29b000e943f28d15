"""Draw one figure from its tables, as pdf and png: `draw_figure.py map --tables results/tables/map.parquet ...`.

A figure is a file in figures/ with draw(*tables) -> Figure; which tables, mtalign/study/catalog.py says. Must not know
how tables come about.
"""

import argparse
from importlib import import_module
from pathlib import Path

from mtalign.parquet import read_parquet, replacing
from mtalign.presentation.style import use_style


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="a file of figures/, without .py")
    parser.add_argument("--tables", type=Path, nargs="+", required=True, help="parquet, in the order of the catalog")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="one path a format: .pdf, .png")
    args = parser.parse_args()
    module = import_module(f"figures.{args.name}")
    tables = [read_parquet(path).to_pandas() for path in args.tables]
    use_style()
    figure = module.draw(*tables)
    for path in args.output:
        with replacing(path) as temporary:
            metadata = {"CreationDate": None} if path.suffix == ".pdf" else {"Software": None}
            figure.savefig(temporary, format=path.suffix[1:], metadata=metadata)


if __name__ == "__main__":
    main()
