"""The table `paper_numbers`: each number known from the paper beside what this study found under the same colour."""

from mtalign.command import add_paths, parser, run
from mtalign.io import provenance, read_table, write_csv, write_rows
from mtalign.spec import BASE


def main() -> None:
    made = add_paths(parser(__doc__), effects="the table", output="parquet; a csv goes beside it")
    args = made.parse_args()
    spec = args.spec
    base = {(row["model"], row["task"]): float(row["accuracy"]) for row in spec["numbers"] if row["method"] == BASE}
    found = {
        (row["population"].replace("weak", "gray"), row["method"]): row
        for row in read_table(args.effects, "effects").to_pylist()
        if row["versus"] == BASE and row["measure"] == spec["measure"]
    }
    rows = []
    for number in spec["numbers"]:
        ours = _ours(number, found)
        rows.append(
            {name: number[name] for name in ("model", "task", "colour", "method", "source")}
            | {
                "paper_accuracy": float(number["accuracy"]) / 100,
                "paper_gain": round(float(number["accuracy"]) - base[number["model"], number["task"]], 4) / 100,
                "measure": spec["measure"],
                "our_accuracy": ours.get("accuracy"),
                "our_gain": ours.get("difference"),
                "our_gain_low": ours.get("ci_low"),
                "our_gain_high": ours.get("ci_high"),
                "n": ours.get("n", 0),
            }
        )
    write_rows(args.output, "paper_numbers", rows, provenance([args.effects], spec))
    write_csv(args.output.with_suffix(".csv"), read_table(args.output, "paper_numbers"))


def _ours(number: dict, found: dict[tuple[str, str], dict]) -> dict:
    """Our row for the number's colour and method. The base model's accuracy is any method's, less what it gained."""
    if number["method"] != BASE:
        return found.get((number["colour"], number["method"]), {})
    rows = [row for (colour, _), row in found.items() if colour == number["colour"]]
    return (
        {"accuracy": rows[0]["accuracy"] - rows[0]["difference"], "difference": 0.0, "n": rows[0]["n"]} if rows else {}
    )


if __name__ == "__main__":
    run(main)
