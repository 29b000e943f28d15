"""The reference answers of a task's data sets as responses, in the demanded format.

Their verdicts show what a verifier makes of the answers that come with the data, without any model.
"""

from mtalign.artifacts.responses import Rollouts
from mtalign.cli import add_paths, log, parser, run
from mtalign.data.problem_sets import read_problems
from mtalign.parquet import provenance, write_rows
from mtalign.verification.responses import ANSWER_CLOSE, ANSWER_OPEN, THINK_CLOSE, THINK_OPEN
from mtalign.vocabulary import BASE, BASE_SEED, REFERENCE


def main() -> None:
    args = add_paths(parser(__doc__), data="data sets, parquet ...", output="rollouts, parquet").parse_args()
    policy = {"model": REFERENCE, "task": args.spec["task"], "method": BASE, "seed": BASE_SEED}
    rows = [
        policy
        | {
            "benchmark": path.stem,
            "top_p": 1.0,
            "problem_id": item.problem.problem_id,
            "sample": 0,
            "response": f"{THINK_OPEN}{THINK_CLOSE}{ANSWER_OPEN}{item.problem.ground_truth}{ANSWER_CLOSE}",
            "tokens": [],
            "logprob": 0.0,
            "finish_reason": "stop",
        }
        for path in args.data
        for item in read_problems(path)
    ]
    write_rows(args.output, Rollouts, rows, provenance(args.data, args.spec))
    log.info("%d reference answers", len(rows))


if __name__ == "__main__":
    run(main, pandas=False)
