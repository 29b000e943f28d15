"""The table `overlap`: n-gram overlap of every training set with every benchmark."""

from pathlib import Path

from mtalign.columns import INT, NAME, Columns
from mtalign.data.problem_sets import read_problems
from mtalign.probes.ngram_overlap import overlaps


class Table(Columns):
    """n-gram overlap of every training set with every benchmark."""

    train: NAME
    """Training set."""
    benchmark: NAME
    ngram: INT
    """Length of the n-grams, in words."""
    n_train: INT
    """Its problems."""
    n_benchmark: INT
    """Problems of the benchmark."""
    n_with_ngrams: INT
    """Of these, those long enough to have an n-gram; others cannot count in any or half."""
    any: INT
    """Benchmark problems that share an n-gram with the training set."""
    half: INT
    """Those with at least half of their n-grams there."""
    exact: INT
    """Those that stand there as a whole."""


def rows(parameters: dict, train: list[Path], benchmarks: list[Path]) -> list[dict]:
    """parameters: ngram, the length in words. train, benchmarks: data sets."""
    found = overlaps(
        {f"{path.parent.name}/train": _questions(path) for path in train},
        {path.stem: _questions(path) for path in benchmarks},
        parameters["ngram"],
    )
    return [
        {"train": name, "benchmark": benchmark, "ngram": parameters["ngram"]} | vars(counts)
        for (name, benchmark), counts in found.items()
    ]


def _questions(path: Path) -> list[str]:
    return [item.problem.question for item in read_problems(path)]
