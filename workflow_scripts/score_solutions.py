"""How likely a base model finds a right, worked solution of each problem: a second measure of alignment, beside pass@k.

The solution stands in the format that the reward demands. Problems that come without one are left out.
"""

from mtalign.answers import ANSWER_CLOSE, ANSWER_OPEN, THINK_CLOSE, THINK_OPEN
from mtalign.command import add_paths, log, parser, run
from mtalign.dataset import read_problems
from mtalign.engines.torch_policy import Stack
from mtalign.io import provenance, write_rows


def main() -> None:
    made = add_paths(parser(__doc__), model="Hugging Face folder", benchmarks="data sets ...", output="parquet")
    args = made.parse_args()
    spec = args.spec
    stack = Stack.load([args.model])
    rows = []
    for path in args.benchmarks:
        items = [item for item in read_problems(path) if "solution" in item.problem.extra]
        solutions = [
            f"{THINK_OPEN}{item.problem.extra['solution']}{THINK_CLOSE}"
            f"{ANSWER_OPEN}{item.problem.ground_truth}{ANSWER_CLOSE}"
            for item in items
        ]
        tokens = stack.encode(solutions)
        (logprobs,) = stack.response_logprobs(stack.encode([item.prompt for item in items]), tokens)
        rows += [
            {"model": spec["model"], "task": spec["task"], "benchmark": path.stem}
            | {"problem_id": item.problem.problem_id, "logprob": logprob, "n_tokens": len(ids) + 1}
            for item, logprob, ids in zip(items, logprobs, tokens)
        ]
    inputs = [args.model / "model.safetensors", *args.benchmarks]
    write_rows(args.output, "solutions", rows, provenance(inputs, spec))
    log.info("%d solutions", len(rows))


if __name__ == "__main__":
    run(main, pandas=False)
