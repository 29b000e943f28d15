"""The table `paper_numbers`: each number known from the paper beside what this study found under the same colour."""

from pathlib import Path

from mtalign.columns import FLOAT, INT, NAME, TEXT, Columns
from mtalign.parquet import read_table
from mtalign.vocabulary import BASE

from tables.effects import Table as Effects


class Table(Columns):
    """The paper's numbers, and ours in cells of the same colour."""

    model: NAME
    task: NAME
    colour: NAME
    method: NAME
    paper_accuracy: FLOAT
    """Accuracy that the paper reports, 0 to 1."""
    paper_gain: FLOAT
    """The same minus the base model's."""
    measure: NAME
    our_accuracy: FLOAT
    """Mean accuracy here, over cells of the same colour."""
    our_gain: FLOAT
    """The same minus the base model's."""
    our_gain_low: FLOAT
    """Lower end of its 95 % interval over seeds and problems."""
    our_gain_high: FLOAT
    """Upper end."""
    n: INT
    """Number of (model, task) pairs here."""
    source: TEXT
    """Where the number stands."""


def rows(parameters: dict, effects: Path) -> list[dict]:
    """parameters: numbers (config/paper_numbers.csv), and the measure that is nearest the paper's."""
    numbers = parameters["numbers"]
    base = {(row["model"], row["task"]): float(row["accuracy"]) for row in numbers if row["method"] == BASE}
    found = {
        (row["population"].replace("weak", "gray"), row["method"]): row
        for row in read_table(effects, Effects).to_pylist()
        if row["versus"] == BASE and row["measure"] == parameters["measure"]
    }
    return [
        {name: number[name] for name in ("model", "task", "colour", "method", "source")}
        | {
            "paper_accuracy": float(number["accuracy"]) / 100,
            "paper_gain": round(float(number["accuracy"]) - base[number["model"], number["task"]], 4) / 100,
            "measure": parameters["measure"],
            "our_accuracy": ours.get("accuracy"),
            "our_gain": ours.get("difference"),
            "our_gain_low": ours.get("ci_low"),
            "our_gain_high": ours.get("ci_high"),
            "n": ours.get("n", 0),
        }
        for number in numbers
        for ours in [_ours(number, found)]
    ]


def _ours(number: dict, found: dict[tuple[str, str], dict]) -> dict:
    """Our row for the number's colour and method. The base model's accuracy is any method's, less what it gained."""
    if number["method"] != BASE:
        return found.get((number["colour"], number["method"]), {})
    rows = [row for (colour, _), row in found.items() if colour == number["colour"]]
    return (
        {"accuracy": rows[0]["accuracy"] - rows[0]["difference"], "difference": 0.0, "n": rows[0]["n"]} if rows else {}
    )
