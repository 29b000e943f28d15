"""A result table as the paper prints it: a row a method, a column a model and benchmark. Must not know how it is shown.

Controls (benchmarks called `*_fresh`) are left to the long form.
"""

from dataclasses import dataclass

from mtalign.vocabulary import in_order, parts


@dataclass(frozen=True)
class ResultGrid:
    """One measure of a result table.

    columns: (model, task, benchmark, colour of the map) of each.
    cells: method -> (mean accuracy, standard deviation over seeds or None) in each column.
    """

    measure: str
    columns: list[tuple[str, str, str, str]]
    cells: dict[str, list[tuple[float, float | None]]]


def measures(rows: list[dict]) -> list[str]:
    """The measures that rows have, the primary one first."""
    return in_order(row["measure"] for row in rows)


def in_words(measure: str) -> str:
    """
    >>> in_words("format_top_p_0.7")
    'format required, top-p 0.7'
    """
    format_required, top_p = parts(measure)
    return f"{'format required' if format_required else 'any format'}, top-p {top_p:g}"


def widen(rows: list[dict], measure: str) -> ResultGrid:
    """One measure of the rows of a "results" table."""
    rows = [row for row in rows if row["measure"] == measure and not row["benchmark"].endswith("_fresh")]
    columns = list(dict.fromkeys((row["model"], row["task"], row["benchmark"], row["colour"]) for row in rows))
    values = {(row["method"], row["model"], row["benchmark"]): (row["accuracy"], row["std"]) for row in rows}
    methods = dict.fromkeys(row["method"] for row in rows)
    cells = {method: [values[method, model, name] for model, _, name, _ in columns] for method in methods}
    return ResultGrid(measure, columns, cells)
