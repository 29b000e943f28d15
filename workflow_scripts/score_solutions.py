"""How likely a base model finds a right, worked solution of each problem: a second measure of alignment, beside pass@k.

Problems that come without a solution are left out.
"""

from mtalign.artifacts.probes import Solutions
from mtalign.command import add_paths, add_policies, log, parser, run
from mtalign.dataset import read_problems
from mtalign.engines.torch_policy import Stack
from mtalign.parquet import provenance, write_rows
from mtalign.solutions import has_solution, solution_rows, worked


def main() -> None:
    made = add_paths(add_policies(parser(__doc__)), benchmarks="data sets ...", output="parquet")
    args = made.parse_args()
    stack = Stack.load(args.policies)
    rows = []
    for path in args.benchmarks:
        items = [item for item in read_problems(path) if has_solution(item.problem)]
        tokens = stack.encode([worked(item.problem) for item in items])
        prompts = stack.encode_prompts([item.prompt for item in items], args.spec["chat_template"])
        problems, lengths = [item.problem for item in items], [len(ids) + 1 for ids in tokens]
        for seed, logprobs in zip(args.seeds, stack.response_logprobs(prompts, tokens)):
            rows += solution_rows(args.spec, seed, path.stem, problems, logprobs, lengths)
    inputs = [*(folder / "model.safetensors" for folder in args.policies), *args.benchmarks]
    write_rows(args.output, Solutions, rows, provenance(inputs, args.spec))
    log.info("%d solutions", len(rows))


if __name__ == "__main__":
    run(main, pandas=False)
