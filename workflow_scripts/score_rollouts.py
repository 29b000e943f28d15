"""Judge sampled responses: the format, the answer read from them, and the verifier's verdict."""

from mtalign.command import add_paths, log, parser, run
from mtalign.dataset import read_problems
from mtalign.io import SCHEMAS, provenance, read_table, write_table
from mtalign.tasks import family, judge


def main() -> None:
    made = add_paths(parser(__doc__), rollouts="parquet", benchmarks="data sets ...", output="scores, parquet")
    args = made.parse_args()
    items = {(path.stem, item.problem.problem_id): item for path in args.benchmarks for item in read_problems(path)}
    rollouts = read_table(args.rollouts, "rollouts")
    judged: dict[tuple[str, str, str], tuple] = {}  # samples repeat each other: judge each distinct response once
    verdicts = []
    keys = zip(*(rollouts[name].to_pylist() for name in ("benchmark", "problem_id", "response")))
    for key in keys:
        if key not in judged:
            item = items[key[:2]]
            judgement = judge(family(item.family), item.problem, key[2])
            judged[key] = (judgement.formatted, judgement.extracted, judgement.verdict.value)
        verdicts.append(judged[key])
    formatted, extracted, verdict = (list(column) for column in zip(*verdicts))
    columns = {name: rollouts[name] for name in SCHEMAS["scores"].names if name in rollouts.column_names}
    columns |= {"formatted": formatted, "extracted": extracted, "verdict": verdict}
    write_table(args.output, "scores", columns, provenance([args.rollouts, *args.benchmarks], args.spec))
    log.info("%d responses, %d distinct: %d correct", len(verdicts), len(judged), verdict.count("correct"))


if __name__ == "__main__":
    run(main, pandas=False)
