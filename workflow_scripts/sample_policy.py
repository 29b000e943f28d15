"""Sample responses from a base model's replications, or from the trained policies of one job, on a task's benchmarks.

Scoring is another stage: a verifier that changes never samples again.
"""

import numpy as np
import pyarrow as pa
from mtalign.artifacts.responses import Rollouts
from mtalign.command import add_paths, add_policies, log, parser, run
from mtalign.dataset import read_problems
from mtalign.engines.torch_policy import Stack
from mtalign.parquet import provenance, write_table
from mtalign.randomness import uniforms
from tqdm import tqdm


def main() -> None:
    made = add_policies(parser(__doc__))
    add_paths(made, benchmarks="data sets, parquet ...", output="rollouts, parquet")
    args = made.parse_args()
    spec = args.spec
    stack = Stack.load(args.policies)
    samples, longest = spec["samples"], spec["max_response_tokens"]
    columns: dict[str, list] = {name: [] for name in ("seed", "benchmark", "top_p", "problem_id", "sample")}
    columns |= {name: [] for name in ("response", "tokens", "logprob", "finish_reason")}
    jobs = [(path, top_p) for path in args.benchmarks for top_p in spec["top_p"]]
    for path, top_p in tqdm(jobs, desc="sampling", mininterval=5):
        items = read_problems(path)
        ids = stack.encode_prompts([item.prompt for item in items], spec["chat_template"])
        noise = np.stack(
            [
                uniforms(
                    [("sample", spec["seed"], seed, top_p, item.problem.problem_id) for item in items], samples, longest
                )
                for seed in args.seeds
            ]
        )
        generation = stack.sample([ids] * len(args.seeds), noise, spec["temperature"], top_p)
        rows = generation.tokens.flatten(0, 2).tolist()
        lengths = generation.lengths.flatten().tolist()
        count = len(rows)
        per_policy = count // len(args.seeds)
        columns["seed"] += [seed for seed in args.seeds for _ in range(per_policy)]
        columns["benchmark"] += [path.stem] * count
        columns["top_p"] += [top_p] * count
        columns["problem_id"] += [item.problem.problem_id for item in items for _ in range(samples)] * len(args.seeds)
        columns["sample"] += list(range(samples)) * (count // samples)
        columns["response"] += stack.decode(rows)
        columns["tokens"] += [row[:length] for row, length in zip(rows, lengths)]
        columns["logprob"] += generation.logprobs.double().sum(-1).flatten().tolist()
        columns["finish_reason"] += ["stop" if x else "length" for x in generation.finished.flatten().tolist()]
    total = len(columns["seed"])
    for name in ("model", "task", "method"):
        columns[name] = pa.array([spec[name]]).dictionary_encode().take(pa.array(np.zeros(total, dtype=np.int32)))
    inputs = [*args.benchmarks, *(folder / "model.safetensors" for folder in args.policies)]
    write_table(args.output, Rollouts, columns, provenance(inputs, spec))
    log.info("%d responses", total)


if __name__ == "__main__":
    run(main, pandas=False)
