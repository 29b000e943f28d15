"""As complete_questions.py, with vLLM: a base model goes on greedily from the first part of each question."""

from mtalign.artifacts.probes import Completions
from mtalign.command import add_paths, add_policies, engine_parser, log, run
from mtalign.completions import completion_row, cut
from mtalign.dataset import read_problems
from mtalign.engines.hf_prompts import encode, encode_rest
from mtalign.engines.vllm_sampler import Sampler
from mtalign.parquet import provenance, weight_files, write_rows
from transformers import AutoTokenizer


def main() -> None:
    made = add_policies(engine_parser(__doc__))
    args = add_paths(made, benchmarks="data sets ...", output="parquet").parse_args()
    spec = args.spec
    tokenizer = AutoTokenizer.from_pretrained(args.policies[0])
    benchmarks = {path.stem: [item.problem for item in read_problems(path)] for path in args.benchmarks}
    questions = [problem.question for problems in benchmarks.values() for problem in problems]
    # Cut in two, a question may have more tokens than whole.
    both_parts = 2 * max(len(encode(tokenizer, question, chat=False)) for question in questions)
    rows = []
    for folder, seed in zip(args.policies, args.seeds, strict=True):
        sampler = Sampler(folder, args.machine, spec["precision"], both_parts)
        for name, problems in benchmarks.items():
            for fraction in spec["fractions"]:
                shown, rests = zip(*(cut(problem.question, fraction) for problem in problems))
                prompts = [encode(tokenizer, text, chat=False) for text in shown]
                lengths = [len(encode_rest(tokenizer, text)) for text in rests]
                greedy = [[0] for _ in problems]
                sampled = sampler.sample(prompts, greedy, temperature=0.0, top_p=1.0, max_tokens=lengths)
                rows += [
                    completion_row(spec, seed, name, fraction, problem, response.text)
                    for problem, (response,) in zip(problems, sampled)
                ]
        sampler.close()
    inputs = [*(file for folder in args.policies for file in weight_files(folder)), *args.benchmarks]
    write_rows(args.output, Completions, rows, provenance(inputs, spec))
    log.info("%d completions", len(rows))


if __name__ == "__main__":
    run(main)
