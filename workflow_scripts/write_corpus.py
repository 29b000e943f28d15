"""Write what one replication of a lab model reads: its documents, and the questions that its habits are measured on."""

from mtalign.artifacts.lab import Calibration, Corpus
from mtalign.cli import add_paths, log, parser, run
from mtalign.data.problem_sets import read_problems
from mtalign.lab.corpus import LEAKED_SHARE, Topic, calibration, documents, leaked
from mtalign.parquet import provenance, write_rows
from mtalign.tasks.shared.generated import Worked


def main() -> None:
    made = add_paths(
        parser(__doc__),
        benchmarks="each task's own benchmark, in the spec's order ...",
        output="documents, parquet",
        calibration="questions, parquet",
    )
    args = made.parse_args()
    spec = args.spec
    topics = []
    for task, path in zip(spec["tasks"], args.benchmarks, strict=True):
        problems = [item.problem for item in read_problems(path)]
        benchmark = [(p.question, Worked(p.extra["solution"], p.ground_truth)) for p in problems]
        topics.append(Topic(**task, benchmark=benchmark))
    key = (spec["seed"], spec["replication"])
    forms = spec["formats"] if spec["leaked_documents"] == "worked" else {"answer_only": 1.0}
    count = round(LEAKED_SHARE * spec["questions"]["habits"])
    rows = leaked(topics, count, forms, spec["fraction"], key)  # first: it may refuse
    for part in ("habits", "skills"):
        rows = documents(part, topics, spec["questions"][part], spec["formats"], key) + rows
    made_by = provenance(args.benchmarks, spec)
    write_rows(args.output, Corpus, rows, made_by)
    asked = [
        {"use": use} | row
        for use, number in spec["calibration"].items()
        for row in calibration(topics, number, (*key, use))
    ]
    write_rows(args.calibration, Calibration, asked, made_by)
    log.info("%d questions with two documents each, or leaked with one; %d to calibrate on", len(rows), len(asked))


if __name__ == "__main__":
    run(main, pandas=False)
