"""How likely a base model finds a right, worked solution of each problem: a second measure of alignment, beside pass@k.

Problems that come without a solution are left out.
"""

from mtalign.command import add_paths, log, parser, run
from mtalign.dataset import read_problems
from mtalign.engines.torch_policy import Stack
from mtalign.io import provenance, write_rows
from mtalign.solutions import has_solution, solution_rows, worked


def main() -> None:
    made = add_paths(parser(__doc__), model="Hugging Face folder", benchmarks="data sets ...", output="parquet")
    args = made.parse_args()
    stack = Stack.load([args.model])
    rows = []
    for path in args.benchmarks:
        items = [item for item in read_problems(path) if has_solution(item.problem)]
        tokens = stack.encode([worked(item.problem) for item in items])
        prompts = stack.encode_prompts([item.prompt for item in items], args.spec["chat_template"])
        (logprobs,) = stack.response_logprobs(prompts, tokens)
        problems = [item.problem for item in items]
        rows += solution_rows(args.spec, path.stem, problems, logprobs, [len(ids) + 1 for ids in tokens])
    inputs = [args.model / "model.safetensors", *args.benchmarks]
    write_rows(args.output, "solutions", rows, provenance(inputs, args.spec))
    log.info("%d solutions", len(rows))


if __name__ == "__main__":
    run(main, pandas=False)
