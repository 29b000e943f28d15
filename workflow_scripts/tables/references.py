"""The table `references`: the verdicts on the answers that come with the data, for each data set."""

from collections import Counter
from pathlib import Path

from mtalign.artifacts.responses import Scores
from mtalign.columns import INT, NAME, Columns
from mtalign.data.problem_sets import read_problems
from mtalign.parquet import read_tables
from mtalign.vocabulary import Verdict


class Table(Columns):
    """What each verifier says of the answers that come with the data; only in a study without models."""

    task: NAME
    benchmark: NAME
    family: NAME
    """Family of the data set: how it is read and judged."""
    n: INT
    """Number of answers."""
    correct: INT
    """Answers judged correct."""
    wrong: INT
    """Answers judged wrong."""
    unparsed: INT
    """Answers in which nothing could be read."""
    timeout: INT
    """Answers that took too long to judge."""


def rows(parameters: dict, scores: list[Path], data: list[Path]) -> list[dict]:
    """No parameters. scores: of the reference answers; data: the data sets that they come with."""
    names = ("task", "benchmark", "verdict")
    table = read_tables(scores, Scores)
    verdicts = Counter(zip(*(table[name].to_pylist() for name in names)))
    found = []
    for path in data:
        task, benchmark, items = path.parent.name, path.stem, read_problems(path)
        counts = {verdict.value: verdicts[task, benchmark, verdict.value] for verdict in Verdict}
        found.append({"task": task, "benchmark": benchmark, "family": items[0].family, "n": len(items)} | counts)
    return found
