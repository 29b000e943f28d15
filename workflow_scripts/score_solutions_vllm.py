"""As score_solutions.py, with vLLM: how likely a base model finds a right, worked solution of each problem."""

import json

from mtalign.command import add_paths, log, parser, run
from mtalign.dataset import read_problems
from mtalign.engines.hf_prompts import token_counts
from mtalign.engines.vllm_sampler import Sampler
from mtalign.io import provenance, weight_files, write_rows
from mtalign.solutions import has_solution, solution_rows, worked


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--machine", type=json.loads, required=True, help="what a job gets, as JSON (Study.machine)")
    add_paths(made, model="Hugging Face folder", benchmarks="data sets ...", output="parquet")
    args = made.parse_args()
    spec = args.spec
    everything = [item.prompt for path in args.benchmarks for item in read_problems(path)]
    longest = max(token_counts(args.model, everything, spec["chat_template"])) + spec["max_tokens"] + 1
    sampler = Sampler(args.model, args.machine, spec["precision"], longest)
    rows = []
    for path in args.benchmarks:
        items = [item for item in read_problems(path) if has_solution(item.problem)]
        prompts = sampler.encode([item.prompt for item in items], spec["chat_template"])
        ends = [
            [*ids, sampler.tokenizer.eos_token_id]
            for ids in sampler.encode_rests([worked(item.problem) for item in items])
        ]
        fits = [len(ids) <= spec["max_tokens"] for ids in ends]
        items, prompts, ends = ([x for x, fit in zip(xs, fits) if fit] for xs in (items, prompts, ends))
        logprobs = sampler.response_logprobs(prompts, ends)
        rows += solution_rows(spec, path.stem, [item.problem for item in items], logprobs, list(map(len, ends)))
        log.info("%s: %d solutions, %d too long", path.stem, len(items), fits.count(False))
    write_rows(args.output, "solutions", rows, provenance([*weight_files(args.model), *args.benchmarks], spec))


if __name__ == "__main__":
    run(main)
