"""Tables as LaTeX, one .tex a table: \\input it where booktabs and graphicx are loaded.

Result tables have a row a method and a table a measure, as the paper prints them; the others are as in their csv.
"""

from mtalign.captions import Caption, read_caption
from mtalign.command import add_paths, parser, run
from mtalign.parquet import read_parquet, replacing
from mtalign.style import readable
from mtalign.wide import in_words, measures, widen
from mtalign.words import table_kind

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "±": r"$\pm$",
    "→": r"$\to$",
} | {character: f"\\{character}" for character in "&%$#_{}"}


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
        models, benchmarks = ([readable(column[i]) for column in wide.columns] for i in (0, 2))
        body = [[readable(method), *(_cell(*value) for value in values)] for method, values in wide.cells.items()]
        titled = Caption(f"{caption.title} ({in_words(measure)})", caption.text)
        tables.append(_table(f"{name}-{measure}", [["", *models], ["method", *benchmarks]], body, titled))
    return "\n".join(tables)


def _plain(name: str, rows: list[dict], caption: Caption) -> str:
    heads = [list(rows[0])] if rows else [["empty"]]
    return _table(name, heads, [[_value(value) for value in row.values()] for row in rows], caption)


def _cell(accuracy: float, std: float | None) -> str:
    return f"{accuracy:.2f}" if std is None else f"{accuracy:.2f} ± {std:.2f}"


def _value(value: object) -> str:
    if value is None:
        return "--"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _table(label: str, heads: list[list[str]], body: list[list[str]], caption: Caption) -> str:
    def lines(rows: list[list[str]]) -> list[str]:
        return [" & ".join(map(_escaped, row)) + r" \\" for row in rows]

    return "\n".join(
        [
            r"\begin{table}",
            rf"\caption{{\textbf{{{_escaped(caption.title)}.}} {_escaped(caption.text)}}}",
            rf"\label{{tab:{label}}}",
            r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%",
            rf"\begin{{tabular}}{{{'l' * len(heads[0])}}}",
            r"\toprule",
            *lines(heads),
            r"\midrule",
            *lines(body),
            r"\bottomrule",
            r"\end{tabular}}",
            r"\end{table}",
            "",
        ]
    )


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in text)


if __name__ == "__main__":
    run(main)
