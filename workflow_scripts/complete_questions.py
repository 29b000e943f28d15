"""Show a base model the first part of each question and let it go on greedily (arXiv 2507.10532's contamination probe).

The model continues the bare question, without template, for as many tokens as the true rest has.
"""

import numpy as np
from mtalign.artifacts.probes import Completions
from mtalign.command import add_paths, add_policies, log, parser, run
from mtalign.completions import completion_row, cut
from mtalign.dataset import read_problems
from mtalign.engines.torch_policy import Stack
from mtalign.parquet import provenance, write_rows
from tqdm import tqdm


def main() -> None:
    made = add_paths(add_policies(parser(__doc__)), benchmarks="data sets ...", output="parquet")
    args = made.parse_args()
    spec = args.spec
    stack = Stack.load(args.policies)
    rows = []
    jobs = [(path, fraction) for path in args.benchmarks for fraction in spec["fractions"]]
    for path, fraction in tqdm(jobs, desc="completing", mininterval=5):
        problems = [item.problem for item in read_problems(path)]
        shown, rests = zip(*(cut(problem.question, fraction) for problem in problems))
        lengths = [len(ids) for ids in stack.encode(list(rests))]
        noise = np.zeros((len(args.seeds), len(problems), 1, max(lengths)), dtype=np.float32)  # greedy: not used
        prompts = [stack.encode(list(shown))] * len(args.seeds)
        tokens = stack.sample(prompts, noise, temperature=0).tokens[:, :, 0].tolist()
        for seed, of_policy in zip(args.seeds, tokens):
            texts = stack.decode([row[:length] for row, length in zip(of_policy, lengths)])
            rows += [
                completion_row(spec, seed, path.stem, fraction, problem, text) for problem, text in zip(problems, texts)
            ]
    inputs = [*(folder / "model.safetensors" for folder in args.policies), *args.benchmarks]
    write_rows(args.output, Completions, rows, provenance(inputs, spec))
    log.info("%d completions", len(rows))


if __name__ == "__main__":
    run(main, pandas=False)
