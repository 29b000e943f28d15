"""Show a base model the first part of each question and let it go on greedily (arXiv 2507.10532's contamination probe).

The model continues the bare question, without template, for as many tokens as the true rest has.
"""

from mtalign.artifacts.probes import Completions
from mtalign.cli import add_paths, add_policies, engine_parser, log, run
from mtalign.data.problem_sets import read_problems
from mtalign.engines import interface
from mtalign.engines.interface import Request
from mtalign.parquet import provenance, weight_files, write_rows
from mtalign.probes.prefix_completion import completion_row, cut


def main() -> None:
    made = add_paths(
        add_policies(engine_parser(__doc__, interface.NAMES)), benchmarks="data sets ...", output="parquet"
    )
    args = made.parse_args()
    spec = args.spec
    sampler = interface.sampler(args.engine, args.policies, spec, args.machine)
    jobs, requests = [], []
    for path in args.benchmarks:
        problems = [item.problem for item in read_problems(path)]
        for fraction in spec["fractions"]:
            shown, rests = zip(*(cut(problem.question, fraction) for problem in problems))
            jobs.append((path.stem, fraction, problems))
            requests.append(
                Request(
                    prompts=sampler.encode_prompts(list(shown), chat_template=False),
                    keys=[[()] * len(problems)] * len(args.seeds),  # greedy: not used
                    samples=1,
                    limits=[len(ids) for ids in sampler.encode(list(rests))],
                    temperature=0,
                )
            )
    rows = []
    for policy, place, responses in sampler.sample(requests):
        benchmark, fraction, problems = jobs[place]
        rows += [
            completion_row(spec, args.seeds[policy], benchmark, fraction, problem, text)
            for problem, text in zip(problems, responses.texts)
        ]
    inputs = [*(file for folder in args.policies for file in weight_files(folder)), *args.benchmarks]
    write_rows(args.output, Completions, rows, provenance(inputs, spec))
    log.info("%d completions", len(rows))


if __name__ == "__main__":
    run(main, pandas=False)
