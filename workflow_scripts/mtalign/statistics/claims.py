"""Verdicts on statements about a study's outcomes: supported, contradicted, inconclusive, or not tested.

A claim is a set of parts, each of which says that an estimate lies on one side of a number. It is supported where the
data tell that all parts hold (an intersection-union test: the largest of their p values), contradicted where they tell
that one does not (the smallest p value of the opposites, times their number). The smaller of the two, doubled, is the
claim's p value; all claims' are then corrected together after Holm. Must not know where outcomes come from.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mtalign.errors import InputError
from mtalign.statistics.association import FEWEST, jackknife, spearman
from mtalign.statistics.crossed_effects import CellMean, CellValues, mean
from mtalign.statistics.estimates import Estimate, holm
from mtalign.statistics.study_results import POPULATIONS, Outcomes, Pair
from mtalign.vocabulary import BASE

LEVEL = 0.95
SUPPORTED, CONTRADICTED, INCONCLUSIVE, NOT_TESTED = "supported", "contradicted", "inconclusive", "not tested"


class ClaimError(InputError):
    """A statement that cannot be read: says which claim, what is wrong, and what to do."""


@dataclass(frozen=True)
class Part:
    """One statement: the mean of `quantity` over the population, of the methods, less `versus`, is above (`sign` 1) or
    below (-1) the threshold."""

    quantity: str
    methods: tuple[str, ...]
    versus: str
    population: str
    sign: int
    threshold: float

    def words(self) -> str:
        """What is estimated, such as "accuracy, one_shot - ground_truth"."""
        names = " + ".join(self.methods)
        if self.quantity == "prediction":
            return f"rank correlation with the gain by {names}: alignment's - contamination's"
        return f"{self.quantity}, {names if len(self.methods) == 1 else f'mean({names})'} - {self.versus}"


@dataclass(frozen=True)
class Finding:
    """What the data say of a part, with the methods that were run: the estimate, and how many cells (out of how many in
    the population), seeds and problems it rests on."""

    part: Part
    estimate: Estimate
    cells: int
    population: int
    seeds: int
    problems: int

    @property
    def p_holds(self) -> float:
        """One-sided p value against the part's opposite."""
        return self._p_value(self.part.sign)

    @property
    def p_fails(self) -> float:
        """One-sided p value against the part."""
        return self._p_value(-self.part.sign)

    def _p_value(self, side: int) -> float:
        above, below = self.estimate.p_above, self.estimate.p_below
        return (above if side > 0 else below)(self.part.threshold)

    def text(self) -> str:
        low, high = self.estimate.interval(LEVEL)
        side = "above" if self.part.sign > 0 else "below"
        bounds = f" ({low:+.2f} to {high:+.2f})" if math.isfinite(low) else ""
        known = f" ({self.cells} of {self.population} known)" if self.cells < self.population else ""
        return f"{self.part.population}{known}: {self.estimate.value:+.2f}{bounds}, {side} {self.part.threshold:g}?"


def read_part(claim: str, block: dict) -> Part:
    """A part from its block in claims.yaml.

    Raises:
        ClaimError: a key or a word that there is not.
    """
    sides = [side for side in ("above", "below") if side in block]
    unknown = set(block) - {"quantity", "methods", "versus", "population", "above", "below"}
    if unknown or len(sides) != 1 or not {"quantity", "methods", "population"} <= set(block) or not block["methods"]:
        raise ClaimError(f"claim {claim}: a part has quantity, methods, population, and `above` or `below`: {block}")
    if block["population"] not in POPULATIONS:
        raise ClaimError(f"claim {claim}: no population {block['population']!r}; there is {', '.join(POPULATIONS)}")
    if block["quantity"] not in _QUANTITIES:
        raise ClaimError(f"claim {claim}: no quantity {block['quantity']!r}; there is {', '.join(_QUANTITIES)}")
    return Part(
        quantity=block["quantity"],
        methods=tuple(block["methods"]),
        versus=block.get("versus", BASE),
        population=block["population"],
        sign=1 if sides == ["above"] else -1,
        threshold=float(block[sides[0]]),
    )


# ------------------------------------------------------------------------------------------------- what parts estimate
def _find_mean(part: Part, outcomes: Outcomes) -> Finding | None:
    part = _run(part, outcomes, part.quantity)
    pairs = outcomes.population(part.population)
    cells = [cell for pair in pairs if (cell := _pooled(part, outcomes, pair, part.quantity))]
    if not cells:
        return None
    seeds, problems = (sum(cell.values.shape[axis] for cell in cells) / len(cells) for axis in (0, 1))
    return Finding(part, mean(cells), len(cells), len(pairs), round(seeds), round(problems))


def _run(part: Part, outcomes: Outcomes, quantity: str) -> Part:
    """The part with those of its several methods that were run everywhere in its population."""
    if len(part.methods) == 1:
        return part
    pairs, runs = outcomes.population(part.population), outcomes.runs.get(quantity, {})
    return replace(part, methods=tuple(name for name in part.methods if all((*pair, name) in runs for pair in pairs)))


def _pooled(part: Part, outcomes: Outcomes, pair: Pair, quantity: str) -> CellValues | None:
    """The mean over the part's methods on a pair."""
    found = [outcomes.difference(pair, name, part.versus, quantity) for name in part.methods]
    if not found or None in found:
        return None
    return replace(found[0], values=np.mean([cell.values for cell in found], axis=0))


def _find_prediction(part: Part, outcomes: Outcomes) -> Finding | None:
    part = _run(part, outcomes, "accuracy")
    pairs = [pair for pair in outcomes.population(part.population) if pair in outcomes.alignment]
    cells = [_pooled(part, outcomes, pair, "accuracy") for pair in pairs]
    measured = np.array([[outcomes.alignment[pair], outcomes.contamination[pair]] for pair in pairs])
    if len(pairs) < FEWEST or None in cells or (measured == measured[0]).all(axis=0).any():
        return None  # what does not vary predicts nothing
    gains = np.array([cell.values.mean() for cell in cells])
    alignment, contamination = measured.T

    def lead(chosen: np.ndarray) -> float:
        return spearman(alignment[chosen], gains[chosen]) - spearman(contamination[chosen], gains[chosen])

    seeds, problems = cells[0].values.shape
    models = [model for model, _ in pairs]  # the cells of a model share its pretraining
    return Finding(part, jackknife(lead, models), len(pairs), len(pairs), seeds, problems)


_QUANTITIES = {
    "accuracy": _find_mean,
    "elsewhere": _find_mean,
    "entropy": _find_mean,
    "prediction": _find_prediction,
}


# ------------------------------------------------------------------------------------------------------------- verdicts
def judge(claims: Sequence[dict], outcomes: Outcomes) -> list[dict]:
    """One row a claim, in their order; `claims` as claims.yaml has them.

    The columns effect, ci_low, ... describe the part that decides: of a supported or inconclusive claim the one that is
    least sure, of a contradicted one the one that is surest to be wrong. `needed` says how many seeds or problems would
    show an effect as large as the one seen, with power .8 and at the strictest level that the correction can ask for.

    Raises:
        ClaimError: as `read_part`.
    """
    rows, tested = [], []
    for block in claims:
        parts = [read_part(block["claim"], part) for part in block["parts"]]
        findings = [_QUANTITIES[part.quantity](part, outcomes) for part in parts]
        row = {name: block[name] for name in ("claim", "statement", "section")}
        if None in findings:
            rows.append(row | _nothing(parts[findings.index(None)]))
            continue
        holds = max(finding.p_holds for finding in findings)
        fails = min(1.0, len(findings) * min(finding.p_fails for finding in findings))
        rows.append(row | {"findings": findings, "p_raw": min(1.0, 2 * min(holds, fails)), "leans": holds < fails})
        tested.append(rows[-1])
    level = 1 - (1 - LEVEL) / max(1, len(tested))  # what Holm's correction asks for at most
    for row, p_value in zip(tested, holm([row.pop("p_raw") for row in tested])):
        row.update(_verdict(row.pop("findings"), row.pop("leans"), p_value, level))
    return rows


def _verdict(findings: list[Finding], leans: bool, p_value: float, level: float) -> dict:
    decided = p_value <= 1 - LEVEL
    verdict = (SUPPORTED if leans else CONTRADICTED) if decided else INCONCLUSIVE
    shown = max(findings, key=lambda finding: finding.p_holds)
    low, high = shown.estimate.interval(LEVEL)
    return _described(shown.part) | {
        "effect": shown.estimate.value,
        "ci_low": _finite(low),
        "ci_high": _finite(high),
        "p_value": p_value,
        "verdict": verdict,
        "needed": "" if decided else _needed(shown, level),
        "detectable": _finite(shown.estimate.detectable(level)),
        "n": shown.cells,
        "n_seeds": shown.seeds,
        "n_problems": shown.problems,
        "parts": "; ".join(finding.text() for finding in findings),
    }


def _nothing(part: Part) -> dict:
    missing = dict.fromkeys(("effect", "ci_low", "ci_high", "p_value", "detectable"))
    counts = dict.fromkeys(("n", "n_seeds", "n_problems"), 0)
    return _described(part) | missing | counts | {"verdict": NOT_TESTED, "needed": "", "parts": ""}


def _described(part: Part) -> dict:
    return {"population": part.population, "statistic": part.words(), "threshold": part.threshold}


def _needed(finding: Finding, level: float) -> str:
    if not isinstance(finding.estimate, CellMean):
        return "more models"
    if finding.estimate.seeds == 1:
        return "two seeds at least"
    numbers = zip(finding.estimate.needed(finding.part.threshold, level), ("seeds", "problems"))
    return " or ".join(f"{number} {name}" for number, name in numbers if number) or "more than 10000 of either alone"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
