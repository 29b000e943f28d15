"""Tables as LaTeX, one .tex a table: \\input it where booktabs and graphicx are loaded.

Result tables have a row a method and a table a measure, as the paper prints them; the others are as in their csv.
"""

import pandas as pd
from mtalign.cli import add_paths, parser, run
from mtalign.parquet import read_parquet, replacing
from mtalign.presentation.captions import Caption, read_caption
from mtalign.presentation.result_grid import in_words, measures, widen
from mtalign.presentation.style import readable
from mtalign.presentation.words import table_kind

_ESCAPES = str.maketrans(
    {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "±": r"$\pm$", "→": r"$\to$"}
    | {character: f"\\{character}" for character in "&%$#_{}"}
)
_TO_FIT = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}"


def main() -> None:
    args = add_paths(parser(__doc__), tables="parquet ...", captions="one a table ...").parse_args()
    for path, caption_path in zip(args.tables, args.captions, strict=True):
        rows = read_parquet(path).to_pylist()
        caption = read_caption(caption_path, args.spec["config"], path.stem)
        text = (_results if table_kind(path.stem) == "results" else _plain)(path.stem, rows, caption)
        with replacing(path.with_suffix(".tex")) as temporary:
            temporary.write_text(text, encoding="utf-8")


def _results(name: str, rows: list[dict], caption: Caption) -> str:
    tables = []
    for measure in measures(rows):
        wide = widen(rows, measure)
        heads = [("", "method"), *((readable(model), readable(benchmark)) for model, _, benchmark, _ in wide.columns)]
        body = [[readable(method), *(_cell(*value) for value in values)] for method, values in wide.cells.items()]
        titled = Caption(f"{caption.title} ({in_words(measure)})", caption.text)
        tables.append(_table(f"{name}-{measure}", pd.DataFrame(body, columns=pd.MultiIndex.from_tuples(heads)), titled))
    return "\n".join(tables)


def _plain(name: str, rows: list[dict], caption: Caption) -> str:
    body = [{column: _value(value) for column, value in row.items()} for row in rows]
    return _table(name, pd.DataFrame(body, columns=None if rows else ["empty"]), caption)


def _cell(accuracy: float, std: float | None) -> str:
    return f"{accuracy:.2f}" if std is None else f"{accuracy:.2f} ± {std:.2f}"


def _value(value: object) -> str:
    if value is None:
        return "--"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _table(label: str, cells: pd.DataFrame, caption: Caption) -> str:
    shown = cells.style.format(_escaped).format_index(_escaped, axis="columns").hide(axis="index")
    tabular = shown.to_latex(column_format="l" * cells.shape[1], hrules=True, sparse_columns=False).strip()
    return rf"""\begin{{table}}
\caption{{\textbf{{{_escaped(caption.title)}.}} {_escaped(caption.text)}}}
\label{{tab:{label}}}
{_TO_FIT}{{%
{tabular}}}
\end{{table}}
"""


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


if __name__ == "__main__":
    run(main)
