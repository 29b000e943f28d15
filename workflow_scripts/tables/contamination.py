"""The table `contamination`: how well each base model completes questions of which it saw the first part.

ROUGE-L (F-measure, rouge-score) compares words, or characters where the true rest is a single word, as in the lab.
"""

from pathlib import Path

import numpy as np
from mtalign.artifacts.probes import Completions
from mtalign.columns import FLOAT, INT, NAME, Columns
from mtalign.parquet import read_tables
from mtalign.probes.prefix_completion import exact
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.tokenizers import Tokenizer
from scipy.stats import binomtest


class Table(Columns):
    """How well base models complete benchmark questions: one row a replication, benchmark and part."""

    model: NAME
    task: NAME
    seed: INT
    benchmark: NAME
    fraction: FLOAT
    exact_match: FLOAT
    """Share of the questions completed exactly."""
    exact_match_low: FLOAT
    """Lower end of its 95 % interval over the questions (Wilson's): of this one base model."""
    exact_match_high: FLOAT
    """Upper end."""
    rouge_l: FLOAT
    """Mean ROUGE-L (F-measure) of continuation and true rest."""
    n: INT
    """Number of questions."""


class _Words(Tokenizer):
    def tokenize(self, text: str) -> list[str]:
        return text.lower().split()


class _Characters(Tokenizer):
    def tokenize(self, text: str) -> list[str]:
        return list(text)


_BY_WORD, _BY_CHARACTER = (RougeScorer(["rougeL"], tokenizer=tokenizer()) for tokenizer in (_Words, _Characters))


def rows(parameters: dict, completions: list[Path]) -> list[dict]:
    """No parameters; completions: of every base model."""
    table = read_tables(completions, Completions).to_pandas()
    keys = ["model", "task", "seed", "benchmark", "fraction"]
    found = []
    for key, group in table.groupby(keys, observed=True, sort=False):
        pairs = list(zip(group["rest"], group["completion"]))
        known = int(exact(group).sum())
        low, high = binomtest(known, len(pairs)).proportion_ci(method="wilson")
        values = {
            "exact_match": known / len(pairs),
            "exact_match_low": low,
            "exact_match_high": high,
            "rouge_l": np.mean([_rouge_l(*pair) for pair in pairs]),
        }
        found.append(dict(zip(keys, key)) | {name: float(value) for name, value in values.items()} | {"n": len(pairs)})
    return found


def _rouge_l(rest: str, completion: str) -> float:
    scorer = _BY_WORD if len(rest.split()) > 1 else _BY_CHARACTER
    return scorer.score(rest, completion)["rougeL"].fmeasure
