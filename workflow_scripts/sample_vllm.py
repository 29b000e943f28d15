"""Sample responses with vLLM from a base model, or from the trained policies of one job: one shard of each benchmark.

A response's seed depends on its policy, problem and number alone, so shards of any number make the same rollouts.
"""

import json

from mtalign.command import add_paths, log, parser, run
from mtalign.dataset import read_problems
from mtalign.engines.hf_prompts import token_counts
from mtalign.engines.vllm_sampler import Sampler
from mtalign.io import provenance, weight_files, write_rows
from mtalign.randomness import generator
from mtalign.spec import BASE_SEED


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--machine", type=json.loads, required=True, help="what a job gets, as JSON (Study.machine)")
    made.add_argument("--seeds", type=int, nargs="*", default=[BASE_SEED], help="the policies' run seeds, in order")
    made.add_argument(
        "--shard", type=int, nargs=2, default=(0, 1), metavar=("I", "N"), help="every N-th problem, from I"
    )
    add_paths(
        made, policies="Hugging Face folders ...", benchmarks="data sets, parquet ...", output="rollouts, parquet"
    )
    args = made.parse_args()
    spec, (shard, shards) = args.spec, args.shard
    policy, rows = {name: spec[name] for name in ("model", "task", "method")}, []
    everything = [item.prompt for path in args.benchmarks for item in read_problems(path)]
    longest = max(token_counts(args.policies[0], everything, spec["chat_template"])) + spec["max_response_tokens"]
    for folder, run_seed in zip(args.policies, args.seeds):
        sampler = Sampler(folder, args.machine, spec["precision"], longest)
        for path in args.benchmarks:
            items = read_problems(path)[shard::shards]
            prompts = sampler.encode([item.prompt for item in items], spec["chat_template"])
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
                        "benchmark": path.stem,
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
    write_rows(args.output, "rollouts", rows, provenance(inputs, spec))
    log.info("%d responses", len(rows))


if __name__ == "__main__":
    run(main)
