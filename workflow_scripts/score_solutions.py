"""How likely a base model finds a right, worked solution of each problem: a second measure of alignment, beside pass@k.

Problems that come without a solution are left out, and where the parameters say so, solutions that are too long.
"""

from mtalign.artifacts.probes import Solutions
from mtalign.cli import add_paths, add_policies, engine_parser, log, run
from mtalign.data.problem_sets import read_problems
from mtalign.engines import interface
from mtalign.parquet import provenance, weight_files, write_rows
from mtalign.probes.reference_solutions import has_solution, solution_rows, worked


def main() -> None:
    made = add_paths(
        add_policies(engine_parser(__doc__, interface.NAMES)), benchmarks="data sets ...", output="parquet"
    )
    args = made.parse_args()
    spec = args.spec
    sampler = interface.sampler(args.engine, args.policies, spec, args.machine)
    jobs, requests = [], []
    for path in args.benchmarks:
        items = [item for item in read_problems(path) if has_solution(item.problem)]
        solutions = sampler.encode([worked(item.problem) for item in items])
        prompts = sampler.encode_prompts([item.prompt for item in items], spec["chat_template"])
        fits = [len(ids) < spec.get("max_tokens", float("inf")) for ids in solutions]  # with its end token
        items, solutions, prompts = ([x for x, fit in zip(xs, fits) if fit] for xs in (items, solutions, prompts))
        jobs.append((path.stem, [item.problem for item in items], [len(ids) + 1 for ids in solutions]))
        requests.append((prompts, solutions))
        log.info("%s: %d solutions, %d too long", path.stem, len(items), fits.count(False))
    rows = []
    for policy, place, logprobs in sampler.response_logprobs(requests):
        benchmark, problems, lengths = jobs[place]
        rows += solution_rows(spec, args.seeds[policy], benchmark, problems, logprobs, lengths)
    inputs = [*(file for folder in args.policies for file in weight_files(folder)), *args.benchmarks]
    write_rows(args.output, Solutions, rows, provenance(inputs, spec))
    log.info("%d log-likelihoods", len(rows))


if __name__ == "__main__":
    run(main, pandas=False)
