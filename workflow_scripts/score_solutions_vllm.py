"""As score_solutions.py, with vLLM: how likely a base model finds a right, worked solution of each problem."""

from mtalign.command import add_paths, engine_parser, log, run
from mtalign.dataset import read_problems
from mtalign.engines.hf_prompts import encode, encode_rest
from mtalign.engines.vllm_sampler import Sampler
from mtalign.io import provenance, weight_files, write_rows
from mtalign.solutions import has_solution, solution_rows, worked
from transformers import AutoTokenizer


def main() -> None:
    made = engine_parser(__doc__)
    add_paths(made, model="Hugging Face folder", benchmarks="data sets ...", output="parquet")
    args = made.parse_args()
    spec = args.spec
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    encoded = {
        path.stem: [
            (item.problem, encode(tokenizer, item.prompt, spec["chat_template"])) for item in read_problems(path)
        ]
        for path in args.benchmarks
    }
    longest = max(len(ids) for asked in encoded.values() for _, ids in asked) + spec["max_tokens"] + 1
    sampler = Sampler(args.model, args.machine, spec["precision"], longest)
    rows = []
    for name, asked in encoded.items():
        solvable = [(problem, ids) for problem, ids in asked if has_solution(problem)]
        problems, prompts = [problem for problem, _ in solvable], [ids for _, ids in solvable]
        ends = [[*encode_rest(tokenizer, worked(problem)), tokenizer.eos_token_id] for problem in problems]
        fits = [len(ids) <= spec["max_tokens"] for ids in ends]
        problems, prompts, ends = ([x for x, fit in zip(xs, fits) if fit] for xs in (problems, prompts, ends))
        logprobs = sampler.response_logprobs(prompts, ends)
        rows += solution_rows(spec, name, problems, logprobs, list(map(len, ends)))
        log.info("%s: %d solutions, %d too long", name, len(problems), fits.count(False))
    write_rows(args.output, "solutions", rows, provenance([*weight_files(args.model), *args.benchmarks], spec))


if __name__ == "__main__":
    run(main)
