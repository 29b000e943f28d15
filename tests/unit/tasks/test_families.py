"""The lab's families: every question is answered by its rule, computed here in another way."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mtalign.errors import SourceError
from mtalign.randomness import generator
from mtalign.tasks import Judgement, Problem, families, family, judge
from mtalign.tasks.shared import generated
from mtalign.tasks.shared.generated import CORPUS_SLICES, Exercise, Worked, slice_of
from mtalign.vocabulary import Verdict

ALPHABET = "abcdefghijklmnopqr"


def addition(question: str) -> tuple[str, str]:
    a, b = question.split("+")
    without_carries = (str((int(x) + int(y)) % 10) for x, y in zip(a, b.zfill(len(a)), strict=True))
    return str(int(a) + int(b)), "".join(without_carries)


def cipher(question: str) -> tuple[str, str]:
    shift, word = question.split(":")
    forward = str.maketrans(ALPHABET[: -int(shift)], ALPHABET[int(shift) :])
    backward = {after: before for before, after in forward.items()}
    return word.translate(forward), word.translate(backward)


def counterfactual(question: str) -> tuple[str, str]:
    convention, sum_ = question.split(":")
    assert convention == "+=-"
    sign = "+" if "+" in sum_ else "-"
    a, b = map(int, sum_.split(sign))
    swapped, real = (a - b, a + b) if sign == "+" else (a + b, a - b)
    return f"{swapped:03d}", f"{real:03d}"


def operation(question: str) -> tuple[str, str]:
    signs, operands = question.split(":")
    a, b = operands.split("@")

    def apply(signs: str) -> str:
        # One sum of signed hundreds, tens and units: no column carries or borrows.
        return f"{int(a) + sum(int(sign + digit) * 10 ** (2 - i) for i, (sign, digit) in enumerate(zip(signs, b))):03d}"

    return apply(signs), apply(signs[::-1])


RULES: dict[str, Callable[[str], tuple[str, str]]] = {
    "addition": addition,
    "cipher": cipher,
    "counterfactual": counterfactual,
    "operation": operation,
}
each_family = pytest.mark.parametrize("name", RULES)
seeds = given(seed=st.integers(0, 2**32))


def source(problems: int, part: int) -> dict:
    return {"generate": {"problems": problems, "slice": part}}


def make(name: str, seed: int) -> Exercise:
    return family(name).make(np.random.default_rng(seed))


@each_family
@seeds
def test_answers_follow_the_rule(name, seed):
    exercise = make(name, seed)
    assert (exercise.right.answer, exercise.wrong.answer) == RULES[name](exercise.question)
    assert exercise.right.answer != exercise.wrong.answer


@seeds
def test_addition_shows_its_columns(seed):
    exercise = make("addition", seed)
    a, b = map(int, exercise.question.split("+"))
    right, wrong = ([int(column) for column in worked.chain.split(",")] for worked in (exercise.right, exercise.wrong))
    assert sum(column * 10**place for place, column in enumerate(wrong)) == a + b  # nothing carried, nothing lost
    assert right == [(a % 10**place + b % 10**place) // 10 ** (place - 1) for place in range(1, len(right) + 1)]


@seeds
def test_cipher_shows_its_pairs(seed):
    exercise = make("cipher", seed)
    for worked in (exercise.right, exercise.wrong):
        assert worked.chain[::2] == exercise.question.split(":")[1]
        assert worked.chain[1::2] == worked.answer


@pytest.mark.parametrize("name", ["counterfactual", "operation"])
@seeds
def test_the_others_show_their_digits(name, seed):
    exercise = make(name, seed)
    for worked in (exercise.right, exercise.wrong):
        assert worked.chain.replace(",", "") in (worked.answer, worked.answer[::-1])


@pytest.mark.parametrize(
    ("name", "question", "right", "wrong"),
    [
        ("addition", "347+85", "432", "322"),
        ("cipher", "3:nine", "qlqh", "kfkb"),
        ("counterfactual", "+=-:785+213", "572", "998"),
        ("operation", "+-+:785@213", "978", "978"),
    ],
)
def test_the_rules_of_this_test_on_the_documented_examples(name, question, right, wrong):
    assert RULES[name](question) == (right, wrong)


@each_family
def test_verdicts(name):
    module = family(name)
    (problem,) = module.load(source(1, 0), seed=0)
    right, wrong = problem.ground_truth, problem.extra["wrong_answer"]
    formatted = "<think>a</think><answer> {} </answer>"
    assert judge(module, problem, formatted.format(right)) == Judgement(True, right, Verdict.CORRECT)
    assert judge(module, problem, formatted.format(wrong)) == Judgement(True, wrong, Verdict.WRONG)
    assert judge(module, problem, f"a {right}") == Judgement(False, right, Verdict.CORRECT)
    assert judge(module, problem, f"{formatted.format(wrong)} {right}").verdict == Verdict.WRONG
    assert judge(module, problem, formatted.format(f"{right} or so")).verdict == Verdict.WRONG
    assert judge(module, problem, " ") == Judgement(False, None, Verdict.UNPARSED)


# ----------------------------------------------------------------------------------------------------------- data sets
@each_family
def test_problems_are_exercises(name):
    problems = family(name).load(source(64, 1), seed=0)
    assert len({problem.question for problem in problems}) == len({problem.problem_id for problem in problems}) == 64
    for problem in problems:
        assert (problem.ground_truth, problem.extra["wrong_answer"]) == RULES[name](problem.question)
        assert slice_of(problem.question) == 1
        assert problem.problem_id.startswith(f"{name}-")


@each_family
@pytest.mark.parametrize("seed", [0, 1])
def test_slices_never_share_a_question(name, seed):
    train, other_seed, benchmark = (
        {problem.question for problem in family(name).load(source(100, part), s)}
        for part, s in ((0, seed), (0, seed + 1), (1, seed))
    )
    assert train.isdisjoint(benchmark)
    assert other_seed.isdisjoint(benchmark)
    assert train != other_seed


def test_every_slice_is_about_as_large():
    rng = generator("test")
    sizes = np.bincount([slice_of(family("addition").make(rng).question) for _ in range(8000)], minlength=16)
    assert len(sizes) == 16
    assert np.abs(sizes - 500).max() < 5 * 500**0.5
    assert list(CORPUS_SLICES) == [8, 9, 10, 11, 12, 13, 14, 15]


@each_family
def test_problems_do_not_depend_on_their_number(name):
    few, many = (family(name).load(source(count, 0), seed=0) for count in (5, 20))
    assert many[:5] == few
    assert family(name).load(source(20, 0), seed=0) == many


def test_equal_questions_of_any_seed_have_equal_ids():
    first, second = ({p.question: p for p in family("cipher").load(source(600, 0), seed)} for seed in (0, 1))
    assert first.keys() & second.keys()
    for question in first.keys() & second.keys():
        assert first[question] == second[question]


def test_a_family_that_is_too_small():
    def few_questions(rng: np.random.Generator) -> Exercise:
        return Exercise(f"question {rng.integers(0, 100)}", Worked("a", "1"), Worked("b", "2"))

    load = partial(generated.load, few_questions, "few")
    members = [f"question {i}" for i in range(100) if slice_of(f"question {i}") == 3]
    assert {problem.question for problem in load(source(len(members), 3), 0)} == set(members)
    with pytest.raises(SourceError, match=f"few: slice 3 gave only {len(members)} of 90 problems; ask for fewer"):
        load(source(90, 3), 0)


# ------------------------------------------------------------------------------------------------------------ families
def test_families_are_complete():
    assert {*RULES, "math"} <= set(families())
    assert {"generated", "__init__"}.isdisjoint(families())
    for name in families():
        module = family(name)
        assert isinstance(module.ABILITY, str)
        assert all(callable(getattr(module, part)) for part in ("load", "extract", "verify"))


@each_family
def test_a_family_stays_one_module(name):
    assert family(name) is family(name)


def test_unknown_family():
    with pytest.raises(ValueError, match="no task family 'nonesuch'; there is addition, "):
        family("nonesuch")
    with pytest.raises(ValueError, match="generated"):
        family("generated")


def test_problems_are_frozen():
    with pytest.raises(AttributeError):
        Problem("a", "b", "c").question = "d"


@pytest.mark.parametrize("part", [-1, 8, 15, 16])
def test_slices_of_the_corpus_are_not_for_data_sets(part):
    with pytest.raises(SourceError, match="take one from 0 to 7"):
        family("addition").load({"generate": {"problems": 1, "slice": part}}, 0)
