r"""RandomCalculation: every expression has the value that it reads as, computed here in another way."""

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mtalign.errors import SourceError
from mtalign.randomness import generator
from mtalign.tasks import Judgement, Problem, judge, random_calculation
from mtalign.tasks.random_calculation import reward, verify
from mtalign.tasks.shared.generated import slice_of
from mtalign.vocabulary import Verdict

FRACTION = re.compile(r"\\frac\{(\d+)\}\{(\d)\}")


def load(problems: int = 3, seed: int = 0, **generate) -> list[Problem]:
    return random_calculation.load({"generate": {"problems": problems, **generate}}, seed)


def expression(problem: Problem) -> str:
    return re.fullmatch(r".*\$\$(.*)\$\$", problem.question, re.DOTALL)[1]


def value(text: str) -> Fraction:
    """As Python reads it, which knows the same precedence."""
    text = FRACTION.sub(r"(F(\1) \\ \2)", text).replace("^", "**").replace("\\", "/")
    return eval(re.sub(r"(?<![\w(*])(\d+)", r"F(\1)", text).replace("(F(F(", "(F("), {"F": Fraction})


def problem(truth: str) -> Problem:
    return Problem("random_calculation-0", "?", truth)


# ----------------------------------------------------------------------------------------------------------- generating
@given(st.integers(1, 20), st.integers(0, 2**32))
def test_the_truth_is_what_the_expression_reads_as(steps, seed):
    (made,) = load(1, seed, steps=[steps])
    text = expression(made)
    assert Fraction(made.ground_truth) == value(text)
    assert len(re.findall(r" [-+*/] ", text)) == steps == int(made.extra["steps"])


@given(st.integers(0, 2**32))
def test_atoms_are_the_published_ones(seed):
    text = expression(load(1, seed, steps=[20])[0])
    atoms = re.split(r" [-+*/] ", text.replace("(", "").replace(")", ""))
    assert len(atoms) == 21
    for atom in atoms:
        assert re.fullmatch(r"\d{1,2}(\^[23])?|\\frac\{[1-9]\d?\}\{[2-9]\}", atom)


def test_all_kinds_of_atoms_and_operations_are_drawn():
    texts = [expression(p) for p in load(300, steps=[1])]
    parts = ("frac", "^2", "^3", " + ", " - ", " * ", " / ")
    counts = [sum(part in text for text in texts) for part in parts]
    assert all(55 < count < 200 for count in counts)


def test_operands_of_products_are_parenthesised_and_others_not():
    for made in load(200, steps=[2]):
        text = expression(made)
        outer = re.sub(r"\([^()]*\)", "()", text)
        assert ("(" in text) == (len(re.findall(r" [-+*/] ", outer)) == 1)
        if "(" in text:
            assert re.search(r"\(\) [*/] |[*/] \(\)", outer)


def test_a_difference_is_read_from_the_left():
    a, b, c = (random_calculation._Item(str(n), Fraction(n), Fraction(n), 0) for n in (9, 5, 3))
    inner = random_calculation._join(b, "+", c)
    outer = random_calculation._join(a, "-", inner)
    assert (outer.text, outer.value) == ("9 - 5 + 3", 7)
    assert random_calculation._join(outer, "*", a).text == "(9 - 5 + 3) * 9"
    assert random_calculation._join(a, "-", outer).value == value("9 - 9 - 5 + 3") == -2
    assert random_calculation._join(a, "/", random_calculation._join(a, "-", a)) is None


def test_the_published_size():
    problems = load(5)
    assert [int(p.extra["steps"]) for p in problems] == [steps for steps in range(1, 21) for _ in range(5)]
    assert len({p.question for p in problems}) == len({p.problem_id for p in problems}) == 100


def test_problems_depend_on_the_seed_and_not_on_their_number():
    assert load(3, steps=[7]) == load(9, steps=[7])[:3]
    assert load(3, steps=[7]) == load(3, steps=[2, 7])[3:]
    assert load(3) != load(3, seed=1)
    assert expression(load(1, steps=[3])[0]) == expression(load(1, steps=[3])[0])


def test_slices_share_no_question():
    for part in (0, 5):
        assert {slice_of(p.question) for p in load(20, steps=[3], slice=part)} == {part}


def test_too_few_problems(monkeypatch):
    monkeypatch.setattr(random_calculation, "_item", lambda steps, rng: random_calculation._atom(generator("same")))
    with pytest.raises(SourceError, match="only 1 of 2 1-step problems; ask for fewer"):
        load(2, steps=[1])


# --------------------------------------------------------------------------------------------------------- verification
@pytest.mark.parametrize(
    ("truth", "answer"),
    [
        ("-7/3", "-7/3"),
        ("-7/3", r"-\frac{7}{3}"),
        ("-7/3", r"\frac{-14}{6}"),
        ("-7/3", r"$-\dfrac{7}{3}$"),
        ("-7/3", r"\boxed{-\frac{7}{3}}"),
        ("-7/3", "x = -7/3."),
        ("-7/3", "-2.33333"),
        ("-7/3", "-2.3333333333333335"[:-1]),
        ("-7/3", "-2 - 1/3"),
        ("1234567", "1,234,567"),
        ("1234567", "1234567.0"),
        ("1/40", "0.025"),
        ("0", "0"),
        ("0", "-0.0"),
        (f"{10**80 + 1}/7", f"{10**80 + 1}/7"),
    ],
)
def test_equal_answers(truth, answer):
    assert verify(answer, problem(truth)) == Verdict.CORRECT


@pytest.mark.parametrize(
    ("truth", "answer", "verdict"),
    [
        ("-7/3", "7/3", Verdict.WRONG),
        ("-7/3", "-2.3333", Verdict.WRONG),  # five digits
        ("-7/3", "-2.33334", Verdict.WRONG),
        ("-7/3", "-2", Verdict.WRONG),
        ("1234567", "1234568", Verdict.WRONG),
        ("1234567", "1.234567", Verdict.WRONG),
        ("123456789123/2", "61728394561", Verdict.WRONG),
        ("123456789123/2", "6.17283945615e9", Verdict.WRONG),
        ("1/40", "1/0", Verdict.WRONG),
        ("1/40", "", Verdict.UNPARSED),
        ("1/40", "%%%", Verdict.UNPARSED),
        ("1/40", "}{" * 50_000, Verdict.UNPARSED),
    ],
)
def test_other_answers(truth, answer, verdict):
    assert verify(answer, problem(truth)) == verdict


@given(st.fractions(max_denominator=1000))
def test_any_fraction_is_read(truth):
    assert verify(str(truth), problem(str(truth))) == Verdict.CORRECT
    assert verify(rf"\frac{{{truth.numerator}}}{{{truth.denominator}}}", problem(str(truth))) == Verdict.CORRECT
    assert verify(str(truth + Fraction(1, 7)), problem(str(truth))) == Verdict.WRONG


def test_judging():
    assert judge(random_calculation, problem("5/2"), r"so \boxed{2.5}") == Judgement(False, "2.5", Verdict.CORRECT)
    assert judge(random_calculation, problem("5/2"), "it is 2.5").verdict == Verdict.UNPARSED


# ---------------------------------------------------------------------------------------------------- the graded reward
@given(st.fractions(max_denominator=100), st.decimals(-(10**6), 10**6, places=3))
def test_reward_is_the_published_one(truth, answer):
    distance = abs(float(answer) - float(truth))
    published = 1 - 0.5 * min(distance, 1) - 0.5 * min(distance / (abs(float(truth)) + 1e-6), 1)
    assert reward(f"{answer:f}", problem(str(truth))) == pytest.approx(published, abs=1e-6)


@pytest.mark.parametrize(
    ("truth", "answer", "expected"),
    [
        ("2", "2", 1.0),
        ("2", "3", 0.25),
        ("2", "300", 0.0),
        ("100", "101", 0.495),
        ("2", "none", 0.0),
        ("1/3", "1/3", 1.0),
    ],
)
def test_rewards(truth, answer, expected):
    assert reward(answer, problem(truth)) == pytest.approx(expected, abs=1e-6)
