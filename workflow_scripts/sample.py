"""Sample responses from a base model's replications, or from the trained policies of one job, on a task's benchmarks.

Scoring is another stage: a verifier that changes never samples again. A response's random numbers depend on its policy,
problem and number alone, so shards of any number make the same rollouts.
"""

import numpy as np
import pyarrow as pa
from mtalign.artifacts.responses import Rollouts
from mtalign.cli import add_paths, add_policies, engine_parser, log, run
from mtalign.data.problem_sets import read_problems
from mtalign.engines import interface
from mtalign.engines.interface import Request
from mtalign.parquet import provenance, weight_files, write_table


def main() -> None:
    made = add_policies(engine_parser(__doc__, interface.NAMES))
    made.add_argument(
        "--shard", type=int, nargs=2, default=(0, 1), metavar=("I", "N"), help="every N-th problem, from I"
    )
    add_paths(made, benchmarks="data sets, parquet ...", output="rollouts, parquet")
    args = made.parse_args()
    spec, (shard, shards) = args.spec, args.shard
    sampler = interface.sampler(args.engine, args.policies, spec, args.machine)
    jobs = [
        (path.stem, read_problems(path)[shard::shards], top_p) for path in args.benchmarks for top_p in spec["top_p"]
    ]
    requests = [
        Request(
            prompts=sampler.encode_prompts([item.prompt for item in items], spec["chat_template"]),
            keys=[
                [("sample", spec["seed"], seed, top_p, item.problem.problem_id) for item in items]
                for seed in args.seeds
            ],
            samples=spec["samples"],
            limits=[spec["max_response_tokens"]] * len(items),
            temperature=spec["temperature"],
            top_p=top_p,
        )
        for _, items, top_p in jobs
    ]
    columns: dict[str, list] = {name: [] for name in ("seed", "benchmark", "top_p", "problem_id", "sample")}
    columns |= {name: [] for name in ("response", "tokens", "logprob", "finish_reason")}
    for policy, place, responses in sampler.sample(requests):
        (benchmark, items, top_p), samples = jobs[place], range(spec["samples"])
        count = len(responses.texts)
        columns["seed"] += [args.seeds[policy]] * count
        columns["benchmark"] += [benchmark] * count
        columns["top_p"] += [top_p] * count
        columns["problem_id"] += [item.problem.problem_id for item in items for _ in samples]
        columns["sample"] += [*samples] * len(items)
        columns["response"] += responses.texts
        columns["tokens"] += responses.tokens
        columns["logprob"] += responses.logprobs
        columns["finish_reason"] += ["stop" if x else "length" for x in responses.finished]
    total = len(columns["seed"])
    for name in ("model", "task", "method"):
        columns[name] = pa.array([spec[name]]).dictionary_encode().take(pa.array(np.zeros(total, dtype=np.int32)))
    inputs = [*args.benchmarks, *(file for folder in args.policies for file in weight_files(folder))]
    write_table(args.output, Rollouts, columns, provenance(inputs, spec))
    log.info("%d responses", total)


if __name__ == "__main__":
    run(main, pandas=False)
