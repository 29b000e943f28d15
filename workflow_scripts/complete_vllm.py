"""As complete_questions.py, with vLLM: a base model goes on greedily from the first part of each question."""

import json

from mtalign.command import add_paths, log, parser, run
from mtalign.completions import completion_row, cut
from mtalign.dataset import read_problems
from mtalign.engines.hf_prompts import token_counts
from mtalign.engines.vllm_sampler import Sampler
from mtalign.io import provenance, weight_files, write_rows


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--machine", type=json.loads, required=True, help="what a job gets, as JSON (Study.machine)")
    add_paths(made, model="Hugging Face folder", benchmarks="data sets ...", output="parquet")
    args = made.parse_args()
    spec = args.spec
    questions = [item.problem.question for path in args.benchmarks for item in read_problems(path)]
    both_parts = 2 * max(token_counts(args.model, questions, chat=False))  # cut, one may have more tokens than whole
    sampler = Sampler(args.model, args.machine, spec["precision"], both_parts)
    rows = []
    for path in args.benchmarks:
        problems = [item.problem for item in read_problems(path)]
        for fraction in spec["fractions"]:
            shown, rests = zip(*(cut(problem.question, fraction) for problem in problems))
            prompts = sampler.encode(list(shown), chat=False)
            lengths = [len(ids) for ids in sampler.encode_rests(list(rests))]
            greedy = [[0] for _ in problems]
            sampled = sampler.sample(prompts, greedy, temperature=0.0, top_p=1.0, max_tokens=lengths)
            rows += [
                completion_row(spec, path.stem, fraction, problem, response.text)
                for problem, (response,) in zip(problems, sampled)
            ]
    write_rows(args.output, "completions", rows, provenance([*weight_files(args.model), *args.benchmarks], spec))
    log.info("%d completions", len(rows))


if __name__ == "__main__":
    run(main)
