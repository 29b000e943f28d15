"""Puzzles whose answer is stated, not built, so that it must equal the published one: in boxes, lists and JSON.

The formats are those of the SynLogic paper (arXiv 2505.19641, appendix A.2) and of the published prompts. Here are
arc_agi, boolean_expressions, buggy_tables, cipher, goods_exchange, object_counting, object_properties, operation,
space_reasoning, space_reasoning_tree, time_sequence, web_of_lies, word_sorting, word_sorting_mistake, zebra_puzzle.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from mtalign.tasks import Problem, math
from mtalign.tasks.synlogic_rules.fields import from_json, integer, integers, matrix_of, number_or, text
from mtalign.tasks.synlogic_rules.reading import (
    boxed,
    boxed_number,
    integer_text,
    is_integer,
    json_value,
    literal,
    matrix,
    names,
)
from mtalign.tasks.synlogic_rules.rule import Rule
from mtalign.vocabulary import Verdict

__all__ = ["RULES"]

_LETTERS = re.compile(r"[A-Za-z](?:[\s,，、]*[A-Za-z])*")
_LONE_LIST = re.compile(r"(?<!\[)\[([^\[\]]*)\](?!\])")
_TWO_DECIMALS = re.compile(r"-?[0-9]+\.[0-9]{2}")
_LEAD = re.compile(r"answer\s+is|答案是|答案为", re.IGNORECASE)
_TRUTHS = {"yes": True, "是": True, "no": False, "否": False}
_UNKNOWN = "unknown"


def _equal(answer: Any, /, **published: Any) -> bool:
    """Equal to the one field that the rule needs."""
    (gold,) = published.values()
    return answer == gold


# --------------------------------------------------------------------------------------------------------- in a box
def _letters(said: str | None) -> list[str] | None:
    """The labels of options, in either case and any order, as a set is written: sorted."""
    if said is None or not _LETTERS.fullmatch(said):
        return None
    return sorted({letter.casefold() for letter in said if letter.isascii() and letter.isalpha()})


def _item(said: str | None) -> str | None:
    """A name, in either case and however spaced."""
    return " ".join(said.casefold().split()) or None if said is not None else None


def _box_or_unknown(answer: str) -> str | None:
    """What the last box holds; the prompts let a lone `unknown` go without one."""
    return _UNKNOWN if answer.strip().casefold() == _UNKNOWN else boxed(answer)


def _items(said: str | None) -> list[str] | None:
    """Names in any order, none of them twice."""
    said = names(said)
    items = [_item(name) for name in said or []]
    return sorted(items) if items and len(set(items)) == len(items) else None


def _operation(answer: str, /, **published: str) -> Verdict:
    """Equal as mathematics, which math-verify decides."""
    return math.verify(answer, Problem("", "", published["answer"]))


def _box_or_all(answer: str) -> str | None:
    return boxed(answer) or answer.strip() or None


# -------------------------------------------------------------------------------------------------- lists and truths
def _last_pair(answer: str) -> list[int] | None:
    """The last `[90, 2]`."""
    lists = _LONE_LIST.findall(answer)
    numbers = [integer_text(number) for number in names(lists[-1]) or [None]] if lists else []
    return [int(number) for number in numbers] if len(numbers) == 2 and None not in numbers else None


def _truths(answer: str) -> list[bool] | None:
    """`The answer is **yes, no**.`, `答案是 **是, 否**。`, or the list alone."""
    leads = list(_LEAD.finditer(answer))
    said = answer[leads[-1].end() if leads else 0 :].lstrip(":：= \t\n").rstrip(".。 \t\n")
    bare = said.replace("**", "").rstrip(".。")
    truths = [_TRUTHS.get(word.casefold()) for word in names(bare) or [""]]
    return None if None in truths or said.count("**") % 2 else truths


def _published_truths(value: Any) -> list[bool]:
    truths = _truths(text(value))
    if truths is None:
        raise ValueError("not a list of truths")
    return truths


# ----------------------------------------------------------------------------------------------- literals and JSON
def _grid(answer: str) -> list[list[int]] | None:
    said = json_value(answer)
    return matrix(said, is_integer) if isinstance(said, list) else None


def _table_answer(answer: str) -> str | None:
    """The text of `{"result": [{"answer": "1251.00"}]}`; the number may go without its quotes."""
    match json_value(answer, read_decimal=str):
        case {"result": [{"answer": str(said), **more}], **others} if not more and not others:
            return said
    return None


def _two_decimals(value: Any) -> str:
    """A published number with two decimals."""
    if not _TWO_DECIMALS.fullmatch(text(value).strip()):
        raise ValueError("not a number with two decimals")
    return value.strip()


def _cipher(answer: str) -> str | None:
    match literal(answer):
        case [[str(said)]]:
            return said
    return None


def _published_cipher(value: Any) -> str:
    """The text of a published `[[X]]`, or a text without brackets."""
    marked = re.fullmatch(r"\[\[(.+)\]\]", text(value).strip(), re.DOTALL)
    return (marked[1] if marked else value).strip()


def _owners(value: Any) -> dict[str, str] | None:
    """Who owns what, of `(("Ann", "red book"), ...)` in any order; nobody is there twice."""
    pairs = matrix(value, lambda cell: isinstance(cell, str))
    if pairs is None or any(len(pair) != 2 for pair in pairs):
        return None
    owners = {_item(person): _item(thing) for person, thing in pairs}
    return owners if len(owners) == len(pairs) and all(owners) and all(owners.values()) else None


def _published_owners(value: Any) -> dict[str, str]:
    owners = _owners(literal(text(value)))
    if owners is None:
        raise ValueError("not a list of owners")
    return owners


def _canonical(value: Any) -> str | None:
    """A JSON object as text that is equal where the objects are, so that 1, 1.0, true and "1" stay apart."""
    return json.dumps(value, sort_keys=True) if isinstance(value, dict) and value else None


def _published_object(value: Any) -> str:
    said = _canonical(json.loads(value) if isinstance(value, str) else value)
    if said is None:
        raise ValueError("not an object")
    return said


def _tidied(tidy: Callable[[str], Any]) -> Callable[[Any], Any]:
    """A check of a published text: what the same reading as the answer's makes of it."""

    def check(value: Any) -> Any:
        said = tidy(text(value).strip())
        if said is None:
            raise ValueError("unreadable")
        return said

    return check


def _mistake(value: Any) -> str:
    """The number of the first mistake, published as null where there is none."""
    return number_or("no")("no" if value is None else value)


def _pair(value: Any) -> list[int]:
    pair = integers(value)
    if len(pair) != 2:
        raise ValueError("not a pair")
    return pair


RULES = {
    "arc_agi": Rule({"answer": from_json(matrix_of(integer))}, _grid, _equal),
    "boolean_expressions": Rule({"answer": _tidied(_letters)}, lambda answer: _letters(boxed(answer)), _equal),
    "buggy_tables": Rule({"answer": _two_decimals}, _table_answer, _equal),
    "cipher": Rule({"answer": _published_cipher}, _cipher, _equal),
    "goods_exchange": Rule({"owns_after": _published_owners}, lambda answer: _owners(literal(answer)), _equal),
    "object_counting": Rule({"answer": number_or(_UNKNOWN)}, boxed_number(_UNKNOWN), _equal),
    "object_properties": Rule({"answer": number_or(_UNKNOWN)}, boxed_number(_UNKNOWN), _equal),
    "operation": Rule({"answer": text}, _box_or_all, _operation),
    "space_reasoning": Rule({"answer": _tidied(_item)}, lambda answer: _item(_box_or_unknown(answer)), _equal),
    "space_reasoning_tree": Rule({"answer": _tidied(_items)}, lambda answer: _items(_box_or_unknown(answer)), _equal),
    "time_sequence": Rule({"answer": from_json(_pair)}, _last_pair, _equal),
    "web_of_lies": Rule({"answer": _published_truths}, _truths, _equal),
    "word_sorting": Rule({"answer": _tidied(names)}, lambda answer: names(boxed(answer)), _equal),
    "word_sorting_mistake": Rule({"answer": _mistake}, boxed_number("no"), _equal),
    "zebra_puzzle": Rule({"answer": _published_object}, lambda answer: _canonical(json_value(answer)), _equal),
}
