"""As score_solutions.py, with vLLM: how likely a base model finds a right, worked solution of each problem."""

from mtalign.artifacts.probes import Solutions
from mtalign.command import add_paths, add_policies, engine_parser, log, run
from mtalign.dataset import read_problems
from mtalign.engines.hf_prompts import encode, encode_rest
from mtalign.engines.vllm_sampler import Sampler
from mtalign.parquet import provenance, weight_files, write_rows
from mtalign.solutions import has_solution, solution_rows, worked
from transformers import AutoTokenizer


def main() -> None:
    made = add_policies(engine_parser(__doc__))
    args = add_paths(made, benchmarks="data sets ...", output="parquet").parse_args()
    spec = args.spec
    tokenizer = AutoTokenizer.from_pretrained(args.policies[0])
    encoded = {
        path.stem: [
            (item.problem, encode(tokenizer, item.prompt, spec["chat_template"])) for item in read_problems(path)
        ]
        for path in args.benchmarks
    }
    longest = max(len(ids) for asked in encoded.values() for _, ids in asked) + spec["max_tokens"] + 1
    rows = []
    for folder, seed in zip(args.policies, args.seeds, strict=True):
        sampler = Sampler(folder, args.machine, spec["precision"], longest)
        for name, asked in encoded.items():
            solvable = [(problem, ids) for problem, ids in asked if has_solution(problem)]
            problems, prompts = [problem for problem, _ in solvable], [ids for _, ids in solvable]
            ends = [[*encode_rest(tokenizer, worked(problem)), tokenizer.eos_token_id] for problem in problems]
            fits = [len(ids) <= spec["max_tokens"] for ids in ends]
            problems, prompts, ends = ([x for x, fit in zip(xs, fits) if fit] for xs in (problems, prompts, ends))
            logprobs = sampler.response_logprobs(prompts, ends)
            rows += solution_rows(spec, seed, name, problems, logprobs, list(map(len, ends)))
            log.info("%s: %d solutions, %d too long", name, len(problems), fits.count(False))
        sampler.close()
    inputs = [*(file for folder in args.policies for file in weight_files(folder)), *args.benchmarks]
    write_rows(args.output, Solutions, rows, provenance(inputs, spec))


if __name__ == "__main__":
    run(main)
