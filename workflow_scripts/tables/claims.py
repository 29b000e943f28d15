"""The table `claims`: verdicts on the paper's statements, from this study's tables and from the paper's own numbers."""

from pathlib import Path

from mtalign.columns import FLOAT, INT, NAME, TEXT, Columns
from mtalign.statistics.claims import judge
from mtalign.statistics.study_results import from_numbers, from_tables

from tables.problems import read_compared


class Table(Columns):
    """A verdict on each of the paper's statements: one row a claim and measure."""

    results: NAME
    """ours: this study's tables; paper: the numbers known from the paper."""
    measure: NAME
    claim: TEXT
    """Name of the claim."""
    statement: TEXT
    """The claim in words."""
    section: NAME
    """Where the paper makes it."""
    population: NAME
    statistic: TEXT
    """What is estimated: of the claim's parts, the one that decides."""
    threshold: FLOAT
    """The number that the estimate is compared with."""
    effect: FLOAT
    """The estimate."""
    ci_low: FLOAT
    """Lower end of its 95 % interval."""
    ci_high: FLOAT
    """Upper end."""
    p_value: FLOAT
    """p-value of the claim, two-sided, after Holm's correction over all claims."""
    verdict: NAME
    """supported, contradicted, inconclusive or not tested."""
    needed: TEXT
    """How many seeds or problems would decide an inconclusive claim."""
    detectable: FLOAT
    """Smallest distance from the threshold that would be found with power 0.8."""
    n: INT
    """Number of (model, task) pairs."""
    n_seeds: INT
    n_problems: INT
    """Problems a pair."""
    parts: TEXT
    """Every part of the claim: its estimate, interval and threshold."""


def rows(parameters: dict, problems: Path, map: Path, curves: Path) -> list[dict]:
    """parameters: claims (config/claims.yaml), numbers (config/paper_numbers.csv), measures, benchmarks (task ->
    its own)."""
    tables = read_compared(problems, map, curves)
    judged = [
        ("ours", measure, from_tables(*tables, parameters["benchmarks"], measure)) for measure in parameters["measures"]
    ]
    judged.append(("paper", "", from_numbers(parameters["numbers"])))
    return [
        {"results": results, "measure": measure} | row
        for results, measure, outcomes in judged
        for row in judge(parameters["claims"], outcomes)
    ]
