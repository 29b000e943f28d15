"""GSM8K: the number counts, not its spelling; what states another number, or none, is not correct."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mtalign.errors import SourceError
from mtalign.tasks import Judgement, Problem, gsm8k, judge
from mtalign.verification import responses
from mtalign.vocabulary import Verdict

from tests.places import DATA

PATH = DATA / "gsm8k/test.jsonl"
needs_data = pytest.mark.skipif(not PATH.exists(), reason=f"needs the GSM8K copy {PATH}")
ROW = {"question": "9 eggs at $2?", "answer": "9 * 2 = <<9*2=18>>18\n#### 18", "idx": 0}


def verdict(answer: str, gold: str = "18") -> Verdict:
    return gsm8k.verify(answer, Problem("gsm8k-0", "?", gold))


def write(path: Path, rows: list) -> dict:
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return {"path": str(path)}


def test_load(tmp_path):
    rows = [ROW, ROW | {"question": "a?", "answer": "#### 1,234"}, ROW, ROW | {"question": "b?", "answer": "#### -3 "}]
    source = write(tmp_path / "a.jsonl", rows)
    problems = gsm8k.load(source, seed=0)
    assert [(p.question, p.ground_truth) for p in problems] == [("9 eggs at $2?", "18"), ("a?", "1234"), ("b?", "-3")]
    assert gsm8k.load(source | {"limit": 2}, seed=1) == problems[:2]
    assert problems[1].problem_id == "gsm8k-a3720c8b6793"  # printf "a?" | b2sum --length 48


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (ROW | {"answer": "18"}, "no number after #### in its answer"),
        (ROW | {"answer": "#### x"}, "no number after #### in its answer"),
        (ROW | {"answer": 18}, "no usable answer"),
        ({"answer": "#### 18"}, "no usable question"),
        ("18", "no usable question"),
    ],
)
def test_broken_rows_are_named(tmp_path, row, message):
    source = write(tmp_path / "a.jsonl", [ROW, row])
    with pytest.raises(SourceError, match=rf"a\.jsonl, row 2: {message}; mend or remove it"):
        gsm8k.load(source, 0)
    assert len(gsm8k.load(source | {"broken_rows": 1}, 0)) == 1


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        ("9 * 2 = 18", "18"),
        ("It costs $1,234.50.", "1,234.50"),
        (r"\boxed{18} for 9 eggs", "18"),
        ("9 eggs\n#### 18\n", "18"),
        ("<think>9 or 8</think> so 18 it is", "18"),
        ("It is -3.", "-3"),
        ("<think>9", "9"),
        ("none", None),
        ("", None),
    ],
)
def test_extract(response, answer):
    assert gsm8k.extract(response) == answer


@pytest.mark.parametrize(
    "answer",
    [
        "18",
        "$18",
        "$18$",
        r"\$18.00",
        "18.",
        "**18**",
        "`18`",
        '"18"',
        "+18",
        "018",
        "1.8e1",
        "36/2",
        r"\frac{36}{2}",
        "2 * 9",
        "9 * 2 = 18",
        "x = 18",
        "#### 18",
        r"\boxed{18}",
        r"\boxed{\$18}",
        r"9 eggs: \boxed{18} dollars",
        r"\[ 18 \]",
        "18 dollars",
        "18 dollars!",
        r"18\text{ dollars}",
        "18%",
        r"18\%",
        r"18^\circ",
        "18 cm^2",
        r"18 \text{ cm}^{2}",
        "18 m²",
        "18kg",
        "18-inch",
        "18/hour",
        "18 eggs per day.",
        "Janet makes $18 every day.",
        "The answer is: 18",
        "1.5 dozen",
    ],
)
def test_spellings_of_18(answer):
    assert verdict(answer) == Verdict.CORRECT


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("1450000", "1,450,000"),
        ("1450000", r"1{,}450{,}000 \text{ people}"),
        ("1450000", "$1.45 million"),
        ("1450000", r"1.45 \times 10^{6}"),
        ("-3", "-3"),
        ("-3", "−3 degrees"),
        ("-3", "-$3"),
        ("-3", "x = -3"),
        ("5", "5.0"),
    ],
)
def test_other_numbers(gold, answer):
    assert verdict(answer, gold) == Verdict.CORRECT


OTHERS = [
    "-18",
    "- 18",
    "1.8",
    "180",
    "118",
    "18000",
    "18,000",
    "18 million",
    "18.01",
    "18.0000001",
    "19",
    "1 8",
    "18e1",
]
OTHERS += [
    "18 or 19",
    "18!",
    "18x",
    "18^2",
    "3:18",
    "18 > 17",
    "1/18",
    "18/2",
    "0x18",
    r"\sqrt{18}",
    r"\boxed{19}",
    "#### 9",
]


@pytest.mark.parametrize("answer", OTHERS)
def test_others_are_not_18(answer):
    assert verdict(answer) == Verdict.WRONG


@pytest.mark.parametrize("answer", ["", " ", "eighteen", "%%%", r"\boxed{}", "no number", "18" * 5000])
def test_no_number_is_unparsed(answer):
    assert verdict(answer) == Verdict.UNPARSED


@given(
    st.integers(-(10**9), 10**9), st.sampled_from(["{}", "${}", "{} apples", "x = {}", "{:,}", "{:,}.00", "**{}**."])
)
def test_any_whole_number_is_read(gold, form):
    assert verdict(form.format(gold), str(gold)) == Verdict.CORRECT
    assert verdict(form.format(gold + 1), str(gold)) == Verdict.WRONG


@given(st.text("0189.,-$%/=^\\{}() xeE×!", max_size=12))
def test_any_text_gets_a_verdict(answer):
    assert verdict(answer) in Verdict


def test_reading_is_linear():
    start = time.process_time()
    for part in ("1,", "9" * 10, "1 ", "-", "x ", "1.", "\\frac{", "$", "=", "^{2}", "a\u00b2", "####"):
        text = part * (gsm8k._LONGEST // len(part))
        gsm8k._only_number(text)
        gsm8k.extract(part * 20_000)
        responses.number(text)
    assert time.process_time() - start < 2


def test_judging():
    problem = gsm8k.from_row("row 1", ROW)
    assert judge(gsm8k, problem, "<think>9</think><answer>$18</answer>") == Judgement(True, "$18", Verdict.CORRECT)
    assert judge(gsm8k, problem, "9 * 2 = 18.") == Judgement(False, "18", Verdict.CORRECT)
    assert judge(gsm8k, problem, "I do not know") == Judgement(False, None, Verdict.UNPARSED)


@needs_data
def test_every_published_solution_is_correct():
    problems = gsm8k.load({"path": str(PATH)}, 0)
    solutions = [json.loads(line)["answer"] for line in PATH.read_text(encoding="utf-8").split("\n") if line]
    assert len({p.problem_id for p in problems}) == len(problems) == 1319
    for p, solution, other in zip(problems, solutions, problems[1:]):
        assert judge(gsm8k, p, solution).verdict == Verdict.CORRECT
        assert gsm8k.verify(p.ground_truth, other) == (
            Verdict.CORRECT if p.ground_truth == other.ground_truth else Verdict.WRONG
        )
