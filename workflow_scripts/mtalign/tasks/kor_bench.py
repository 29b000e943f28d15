r"""KOR-Bench (arXiv 2410.06526): five categories of 25 made-up rules x 10 questions, judged as it judges itself.

An answer is what it puts into `[[...]]`; how it is compared depends on category, rule and question. The benchmark's
oddities are kept, since its numbers are what ours are compared with: 12 of Puzzle's golds are wrong by its own account
(see tests), and an empty answer to Puzzle's rule 4 is right. Nothing is drawn, and nothing that a model wrote is run.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mtalign.errors import SourceError
from mtalign.tasks import Problem
from mtalign.tasks.shared import files
from mtalign.tasks.shared.kor_prompts import CATEGORIES, zero_shot
from mtalign.verification import latex_equality, safe_arithmetic
from mtalign.verification.responses import after_think
from mtalign.verification.time_limit import TimeUp
from mtalign.vocabulary import Verdict

__all__ = ["ABILITY", "extract", "from_row", "gave_real_life_answer", "load", "verify"]

ABILITY = "logic"
_MARKS = (("[[", "]]"), (r"$\boxed{", "}$"), ("[", "]"))
_BASIC = str.maketrans("", "", '"\n []')
_LOGIC = str.maketrans("", "", '"\n .')
_NOT_IN_LATEX = str.maketrans("", "", '"\n[]$')
_INEQUALITY = re.compile(r"([≥≤])\s*(-?\d+\.?\d*)")
_MATHEMATICAL = {
    18,
    73,
    74,
    77,
    94,
    115,
    116,
    117,
    121,
    122,
    123,
    125,
    131,
    132,
    134,
    135,
    136,
    141,
    143,
    145,
    146,
    147,
}
_MATHEMATICAL |= {149, *range(151, 157), 160, 161, 162, 164, 165, 166, 170, 206, 209, *range(211, 216), 217, 218}
_MULTIPLICATION_AND_MINUS = str.maketrans("×−", "*-")
_REMEDY = "mend or remove it: each row is an object of texts, as m-a-p/KOR-Bench publishes it"


# ------------------------------------------------------------------------------------------------------------- loading
def load(source: dict, seed: int) -> list[Problem]:
    """The problems of one category, in the official zero-shot prompt.

    Args:
        source: {"path": a folder that holds, at any depth, <category>/rule.jsonl and <category>/sample.jsonl,
            "category": "cipher", "counterfactual", "logic", "operation" or "puzzle", "limit": the first how many
            problems (optional), "broken_rows": how many broken samples may be left out (optional, 0)}.

    Raises:
        SourceError: no such category, a broken rule, or more broken samples than allowed.
    """
    category = _category(source["path"], source.get("category"))
    found = [file.parent for file in sorted(Path(source["path"]).rglob(f"{category}/rule.jsonl"))]
    if len(found) > 1:
        raise SourceError(
            f"{source['path']}: {category} is there {len(found)} times; set `path` to one, as {found[0].parent}"
        )
    folder = found[0] if found else Path(source["path"]) / category
    rules = dict(files.read(_rule, _REMEDY, {"path": folder / "rule.jsonl"}))
    seen: set[str] = set()

    def make(place: files.Place, row: Any) -> Problem:
        rule_id = files.text(place, row, "rule_id", _REMEDY)
        if rule_id not in rules:
            raise SourceError(f"{place}: rule {rule_id} is not in {folder / 'rule.jsonl'}; add it there, or {_REMEDY}")
        problem = from_row(place, row | {"category": category}, rules[rule_id])
        if problem.problem_id in seen:
            raise SourceError(f"{place}: a second row with idx {row['idx']}; {_REMEDY}")
        seen.add(problem.problem_id)
        return problem

    return files.read(make, _REMEDY, source | {"path": folder / "sample.jsonl"})[: source.get("limit")]


def _rule(where: files.Place, row: Any) -> tuple[str, str]:
    idx, content = (files.text(where, row, name, _REMEDY) for name in ("idx", "rule_content"))
    return idx, content


def from_row(where: files.Place | str, row: Any, rule: str | None = None) -> Problem:
    """The problem of one published row with its `category`, in the official prompt if its rule's text is given.

    The category is as in `load`'s source; Cipher's rows call their own "Encryption" or "Decryption", which will do.

    Raises:
        SourceError: the row is broken; `where` is how the message names it.
    """
    idx, rule_id, question, gold = (
        files.text(where, row, name, _REMEDY) for name in ("idx", "rule_id", "question", "answer")
    )
    category = _category(where, row.get("category"))
    if not idx.isdecimal():
        raise SourceError(f"{where}: idx {idx!r} is no number; {_REMEDY}")
    golds = {"answer": gold}
    if category == "counterfactual":
        golds["real_life_answer"] = files.text(where, row, "real_life_answer", _REMEDY)
    for name, text in golds.items():
        if f"[[{_between(text, '[[', ']]')}]]" != text:
            raise SourceError(f"{where}: {name} {text!r} is not of the form [[...]]; {_REMEDY}")
    return Problem(
        problem_id=f"kor_bench-{category}-{idx}",
        question=question if rule is None else zero_shot(category, rule, question),
        ground_truth=golds.pop("answer"),
        extra={"category": category, "idx": idx, "rule_id": rule_id, **golds},
    )


def _category(where: files.Place | str, name: Any) -> str:
    name = {"Encryption": "cipher", "Decryption": "cipher"}.get(name, name) if isinstance(name, str) else name
    if name not in CATEGORIES:
        raise SourceError(f"{where}: no category {name!r}; set `category` to one of {', '.join(CATEGORIES)}")
    return name


# -------------------------------------------------------------------------------------------------------- verification
def extract(response: str) -> str | None:
    r"""What a response marks as its answer, marks included: the first `[[...]]`, else `$\boxed{...}$`, else `[...]`.

    >>> extract("It is [a], so: [[ A ]] or [[B]]")
    '[[ A ]]'
    """
    response = after_think(response)
    for opening, closing in _MARKS:
        content = _between(response, opening, closing)
        if content is not None:
            return f"{opening}{content}{closing}"
    return None


def verify(answer: str, problem: Problem) -> Verdict:
    """Whether the benchmark's evaluator accepts an answer (which marks itself, see `extract`).

    Never raises. What marks nothing is UNPARSED; a TIMEOUT is LaTeX that takes sympy more than seconds.
    """
    return _verdict(answer, problem.ground_truth, problem.extra)


def gave_real_life_answer(answer: str, problem: Problem) -> bool:
    """Whether an answer to a Counterfactual question is the one that holds outside the story."""
    return _verdict(answer, problem.extra["real_life_answer"], problem.extra) == Verdict.CORRECT


def _verdict(answer: str, gold: str, about: dict[str, str]) -> Verdict:
    category, rule, idx = about["category"], about["rule_id"], int(about["idx"])
    if category == "puzzle":  # takes the first [[...]] only, as it stands
        given = _between(answer, "[[", "]]")
    else:
        marked = (_between(answer, opening, closing) for opening, closing in _MARKS)
        given = next((content.strip() for content in marked if content is not None), None)
    if given is None:
        return Verdict.UNPARSED
    try:
        same = _comparison(category, rule, idx, gold)(given, gold.removeprefix("[[").removesuffix("]]"))
    except TimeUp:
        return Verdict.TIMEOUT
    return Verdict.CORRECT if same else Verdict.WRONG


def _between(text: str, opening: str, closing: str) -> str | None:
    """What stands between the first opening mark and the next closing one. Linear, unlike the regular expression."""
    _, opened, rest = text.partition(opening)
    content, closed, _ = rest.partition(closing)
    return content if opened and closed else None


# What follows compares two texts without their marks: what was given, and the gold.
def _comparison(category: str, rule: str, idx: int, gold: str) -> Callable[[str, str], bool]:
    match category:
        case "logic":
            return _same_parts if rule == "5" else _equal_but(_LOGIC)
        case "puzzle":
            return _PUZZLE.get(rule, _same_word_characters)
        case "operation" if idx in (178, 179):
            return _same_inequalities
        case "operation" if rule == "18":
            return _same_sorted_characters
        case "operation" if rule in ("23", "24", "25"):
            return _same_integers
        case "operation" if idx in _MATHEMATICAL:
            return _same_mathematically
        case "operation" if "or" in gold:
            return _same_alternatives
    return lambda given, gold: given.translate(_BASIC) == gold


def _equal_but(dropped: dict[int, None]) -> Callable[[str, str], bool]:
    return lambda given, gold: given.translate(dropped) == gold.translate(dropped)


def _same_parts(given: str, gold: str) -> bool:
    """Brackets included, as the benchmark does: so the first part must be the first, and the last the last."""
    return sorted(f"[[{given.translate(_LOGIC)}]]".split(";")) == sorted(f"[[{gold}]]".split(";"))


def _same_inequalities(given: str, gold: str) -> bool:
    return sorted(_INEQUALITY.findall(given.translate(_BASIC))) == sorted(_INEQUALITY.findall(gold))


def _same_sorted_characters(given: str, gold: str) -> bool:
    return sorted(_word_characters(given)) == sorted(_word_characters(gold))


def _same_integers(given: str, gold: str) -> bool:
    return _integers(given.translate(_BASIC)) == _integers(gold)


def _same_alternatives(given: str, gold: str) -> bool:
    given = given.translate(_BASIC).replace(r"\text{or}", "or")
    return sorted(part.strip() for part in given.split("or")) == sorted(gold.split("or"))


def _same_mathematically(given: str, gold: str) -> bool:
    given, gold = _clean_latex(given), _clean_latex(gold)
    if given == gold or given is None:
        return given == gold
    sides = [side.split("or") if "or" in gold else [side] for side in (given, gold)]
    return latex_equality.equal(*sides) or False  # two different texts, where one cannot be read


def _clean_latex(text: str) -> str | None:
    """What follows the last `=`, without text and sizes; None where that is absurdly long."""
    text = text.translate(_NOT_IN_LATEX).rpartition("=")[2]
    if len(text) > latex_equality.LONGEST:
        return None
    text = re.sub(r"\\text\{.*?\}", "", re.sub(r"\\[()]", "", text))
    return re.sub(r"\\(left|right|displaystyle)", "", text).replace("\\\\", "\\")


# Puzzle, rule by rule.
def _same_letters(given: str, gold: str) -> bool:
    return _letters(given) == _letters(gold)


def _one_option(given: str, gold: str) -> bool:
    return _letters(given) in gold.split(",")


def _same_words(given: str, gold: str) -> bool:
    return sorted(re.findall(r"\w+", given.lower())) == sorted(gold.split(" "))


def _letters_within(given: str, gold: str) -> bool:
    """An empty answer is right: a known flaw of the benchmark."""
    return _letters(given) in gold


def _same_list(given: str, gold: str) -> bool:
    return sorted("".join(given.split()).split(",")) == sorted(gold.split(","))


def _same_operators_right_value(given: str, gold: str) -> bool:
    given, gold = _left_side(given), gold.translate(_MULTIPLICATION_AND_MINUS)
    operations, _, value = gold.partition("=")
    same_operators = re.findall(r"[-+*/]", given) == re.findall(r"[-+*/]", operations)
    return same_operators and safe_arithmetic.value(given) == int(value)


def _same_cards_making_24(given: str, gold: str) -> bool:
    given = _left_side(given)
    return _same_sorted_characters(given, _left_side(gold.split("\n")[0])) and safe_arithmetic.value(given) == 24


def _same_cells(given: str, gold: str) -> bool:
    return re.sub(r"[,\s\[\]]", "", given) == re.sub(r"[,\s\[\]]", "", gold)


def _same_word_characters(given: str, gold: str) -> bool:
    return _word_characters(given) == _word_characters(gold)


_PUZZLE = {
    "1": _same_letters,
    "2": _one_option,
    "3": _same_words,
    "4": _letters_within,
    "5": _same_list,
    "9": _same_operators_right_value,
    "10": _same_cards_making_24,
    "18": _same_cells,
}


# The pieces of a text.
def _letters(text: str) -> str:
    return re.sub("[^A-Za-z]", "", text).lower()


def _word_characters(text: str) -> str:
    return re.sub(r"\W", "", text)


def _integers(text: str) -> list[int | None]:
    """Unsigned; None for one so long that Python would not read it."""
    return [int(digits) if len(digits) < 1000 else None for digits in re.findall(r"\d+", text)]


def _left_side(equation: str) -> str:
    return equation.translate(_MULTIPLICATION_AND_MINUS).partition("=")[0]
