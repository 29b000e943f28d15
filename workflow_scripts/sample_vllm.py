"""Sample responses with vLLM from a base model, or from the trained policies of one job: one shard of each benchmark.

A response's seed depends on its policy, problem and number alone, so shards of any number make the same rollouts.
"""

from mtalign.artifacts.responses import Rollouts
from mtalign.command import add_paths, add_policies, engine_parser, log, run
from mtalign.dataset import read_problems
from mtalign.engines.hf_prompts import encode
from mtalign.engines.vllm_sampler import Sampler
from mtalign.parquet import provenance, weight_files, write_rows
from mtalign.randomness import generator
from transformers import AutoTokenizer


def main() -> None:
    made = add_policies(engine_parser(__doc__))
    made.add_argument(
        "--shard", type=int, nargs=2, default=(0, 1), metavar=("I", "N"), help="every N-th problem, from I"
    )
    add_paths(made, benchmarks="data sets, parquet ...", output="rollouts, parquet")
    args = made.parse_args()
    spec, (shard, shards) = args.spec, args.shard
    policy, rows = {name: spec[name] for name in ("model", "task", "method")}, []
    tokenizer = AutoTokenizer.from_pretrained(args.policies[0])
    problems = {path.stem: read_problems(path) for path in args.benchmarks}
    encoded = {
        name: [encode(tokenizer, item.prompt, spec["chat_template"]) for item in items]
        for name, items in problems.items()
    }
    longest = max(len(ids) for prompts in encoded.values() for ids in prompts) + spec["max_response_tokens"]
    for folder, run_seed in zip(args.policies, args.seeds):
        sampler = Sampler(folder, args.machine, spec["precision"], longest)
        for name in problems:
            items, prompts = problems[name][shard::shards], encoded[name][shard::shards]
            for top_p in spec["top_p"]:
                keys = [("sample", spec["seed"], run_seed, top_p, item.problem.problem_id) for item in items]
                seeds = [[int(generator(*key, i).integers(2**31)) for i in range(spec["samples"])] for key in keys]
                limits = [spec["max_response_tokens"]] * len(items)
                sampled = sampler.sample(
                    prompts, seeds, temperature=spec["temperature"], top_p=top_p, max_tokens=limits
                )
                rows += [
                    policy
                    | {
                        "seed": run_seed,
                        "benchmark": name,
                        "top_p": top_p,
                        "problem_id": item.problem.problem_id,
                        "sample": i,
                        "response": response.text,
                        "tokens": response.tokens,
                        "logprob": response.logprob,
                        "finish_reason": "stop" if response.finished else "length",
                    }
                    for item, responses in zip(items, sampled)
                    for i, response in enumerate(responses)
                ]
        sampler.close()
    inputs = [*args.benchmarks, *(file for folder in args.policies for file in weight_files(folder))]
    write_rows(args.output, Rollouts, rows, provenance(inputs, spec))
    log.info("%d responses", len(rows))


if __name__ == "__main__":
    run(main)
