"""Verdicts on responses from elsewhere.

Each line of the input is a row {"problem": the data set's own published row, "response": "..."}. Where the published
row does not say its sub-task, another field of the row does: `category` for kor_bench, `task` for bbh and bbeh. A
problem of random_calculation is {"problem" or "expression", "answer"}; for it and for math, verl's schema will do too.
The response is the answer alone, or with --full-response, thinking and answer in their tags: the last complete answer
block after the think block counts.

Each line of the output is {"row", "verdict", "extracted", "reason"}, in the order of the input: the line's number from
1; correct, wrong, unparsed, timeout, or error for a row that cannot be judged; the answer that was judged; and for the
last three verdicts, why. A table of the verdicts comes at the end.
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable

from mtalign.cli import add_paths, run
from mtalign.errors import InputError, SourceError
from mtalign.judging import cores, verdicts
from mtalign.parquet import replacing
from mtalign.tasks import Problem, families, family
from mtalign.tasks.shared import files
from mtalign.verification.responses import answer_block
from mtalign.vocabulary import Verdict

_ERROR = "error"
_NO_BLOCK = "no complete answer block after the think block"
_REASONS = {
    Verdict.UNPARSED: "nothing in it can be read as an answer",
    Verdict.TIMEOUT: "judging it, or running it, took too long",
}
_REMEDY = 'mend it: a line is an object with a "problem", which is a published row, and a text "response"'


def main() -> None:
    published = [name for name in families() if hasattr(family(name), "from_row")]
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--task", choices=published, required=True, help="the data set that the problems are of")
    add_paths(made, input="rows, .jsonl", output="verdicts, .jsonl")
    made.add_argument("--full-response", action="store_true", help="the responses hold think and answer tags")
    made.add_argument("--processes", type=int, default=cores(), help="that judge; default: one for each core")
    made.add_argument("--allow-unisolated", action="store_true", help="run code where no isolation works")
    args = made.parse_args()
    try:
        content = args.input.read_bytes()
    except OSError as error:
        raise InputError(f"{args.input}: cannot be read ({error}); correct --input") from error
    lines = content.removesuffix(b"\n").split(b"\n") if content else []
    read = [_read(args.task, f"row {number}", line, args.full_response) for number, line in enumerate(lines, start=1)]
    answers = [pair for pair in read if not isinstance(pair, SourceError)]
    said = iter(verdicts(args.task, answers, args.processes, args.allow_unisolated))
    table: dict[str, Counter[str]] = defaultdict(Counter)
    with replacing(args.output) as temporary, temporary.open("w", encoding="utf-8") as file:
        for number, pair in enumerate(read, start=1):
            if isinstance(pair, SourceError):
                about, extracted, verdict, reason = "unreadable", None, _ERROR, str(pair)
            else:
                (problem, extracted), verdict = pair, next(said)
                about = problem.extra.get("category") or problem.extra.get("task") or args.task
                reason = _NO_BLOCK if extracted is None else _REASONS.get(verdict)
            table[about][verdict] += 1
            row = {"row": number, "verdict": verdict, "extracted": extracted, "reason": reason}
            file.write(json.dumps(row) + "\n")
    _print(table)


def _read(task: str, where: str, line: bytes, full_response: bool) -> tuple[Problem, str | None] | SourceError:
    """The problem and the answer of a row, or what is wrong with it."""
    try:
        row = files.from_json(where, line, _REMEDY)
        if not isinstance(row, dict) or "problem" not in row or not isinstance(row.get("response"), str):
            raise SourceError(f"{where}: no usable problem and response; {_REMEDY}")
        problem, response = row["problem"], row["response"]
        if isinstance(problem, dict):
            problem = {name: row[name] for name in ("category", "task") if name in row} | problem
        return family(task).from_row(where, problem), answer_block(response) if full_response else response
    except SourceError as error:
        return error


def _print(table: dict[str, Iterable[str]]) -> None:
    columns = [*Verdict, _ERROR]
    width = max(map(len, [*table, "all"]))
    print(f"{'':{width}}" + "".join(f"{name:>10}" for name in ["rows", *columns]) + f"{'accuracy':>10}")
    for about, counts in [*sorted(table.items()), ("all", sum(table.values(), Counter()))]:
        judged = counts.total() - counts[_ERROR]
        numbers = "".join(f"{number:10,}" for number in [counts.total(), *(counts[name] for name in columns)])
        print(f"{about:{width}}{numbers}{counts['correct'] / judged if judged else float('nan'):10.3f}")


if __name__ == "__main__":
    run(main, pandas=False)
