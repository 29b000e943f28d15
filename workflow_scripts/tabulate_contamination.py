"""The table `contamination`: how well each base model completes questions of which it saw the first part.

ROUGE-L (F-measure, rouge-score) compares words, or characters where the true rest is a single word, as in the lab.
"""

import numpy as np
from mtalign.command import add_paths, parser, run
from mtalign.completions import exact
from mtalign.io import provenance, read_table, read_tables, write_csv, write_rows
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.tokenizers import Tokenizer
from scipy.stats import binomtest


class _Words(Tokenizer):
    def tokenize(self, text: str) -> list[str]:
        return text.lower().split()


class _Characters(Tokenizer):
    def tokenize(self, text: str) -> list[str]:
        return list(text)


_BY_WORD, _BY_CHARACTER = (RougeScorer(["rougeL"], tokenizer=tokenizer()) for tokenizer in (_Words, _Characters))


def main() -> None:
    args = add_paths(parser(__doc__), completions="parquet ...", output="parquet; a csv goes beside it").parse_args()
    completions = read_tables(args.completions, "completions").to_pandas()
    keys = ["model", "task", "seed", "benchmark", "fraction"]
    rows = []
    for key, group in completions.groupby(keys, observed=True, sort=False):
        pairs = list(zip(group["rest"], group["completion"]))
        known = int(exact(group).sum())
        low, high = binomtest(known, len(pairs)).proportion_ci(method="wilson")
        values = {
            "exact_match": known / len(pairs),
            "exact_match_low": low,
            "exact_match_high": high,
            "rouge_l": np.mean([_rouge_l(*pair) for pair in pairs]),
        }
        rows.append(dict(zip(keys, key)) | {name: float(value) for name, value in values.items()} | {"n": len(pairs)})
    write_rows(args.output, "contamination", rows, provenance(args.completions, args.spec))
    write_csv(args.output.with_suffix(".csv"), read_table(args.output, "contamination"))


def _rouge_l(rest: str, completion: str) -> float:
    scorer = _BY_WORD if len(rest.split()) > 1 else _BY_CHARACTER
    return scorer.score(rest, completion)["rougeL"].fmeasure


if __name__ == "__main__":
    run(main)
