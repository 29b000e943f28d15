"""Judge sampled responses: the format, the answer read from them, and the verifier's verdict."""

from mtalign.artifacts.responses import Rollouts, Scores
from mtalign.cli import add_paths, log, parser, run
from mtalign.data.problem_sets import read_problems
from mtalign.judging import verdicts
from mtalign.parquet import provenance, read_table, write_table
from mtalign.tasks import family, read_answer
from mtalign.verification.responses import is_formatted


def main() -> None:
    made = add_paths(parser(__doc__), rollouts="parquet", benchmarks="data sets ...", output="scores, parquet")
    made.add_argument("--processes", type=int, default=1, help="for verifiers that may take their time")
    args = made.parse_args()
    items = {(path.stem, item.problem.problem_id): item for path in args.benchmarks for item in read_problems(path)}
    rollouts = read_table(args.rollouts, Rollouts)
    responses = rollouts["response"].to_pylist()
    asked = [items[key] for key in zip(rollouts["benchmark"].to_pylist(), rollouts["problem_id"].to_pylist())]
    different = {(item.family, response) for item, response in zip(asked, responses)}
    read = {key: (is_formatted(key[1]), read_answer(family(key[0]), key[1])) for key in different}
    found = [read[item.family, response] for item, response in zip(asked, responses)]
    formatted, extracted = (list(column) for column in zip(*found))
    verdict = [""] * len(responses)
    for name in sorted({item.family for item in asked}):
        places = [place for place, item in enumerate(asked) if item.family == name]
        answers = [(asked[place].problem, extracted[place]) for place in places]
        said = verdicts(name, answers, args.processes, args.spec["allow_unisolated"])
        for place, one in zip(places, said):
            verdict[place] = one
    columns = {name: rollouts[name] for name in Scores.schema().names if name in rollouts.column_names}
    columns |= {"formatted": formatted, "extracted": extracted, "verdict": verdict}
    write_table(args.output, Scores, columns, provenance([args.rollouts, *args.benchmarks], args.spec))
    log.info("%d responses, %d different: %d correct", len(responses), len(read), verdict.count("correct"))


if __name__ == "__main__":
    run(main, pandas=False)
