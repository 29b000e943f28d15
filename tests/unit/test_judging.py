"""Verdicts on many answers: those of one by one, each different one once; and what is hostile ends in time."""

import json
import multiprocessing
import time
from contextlib import closing
from functools import partial

import numpy as np
import pytest
from mtalign import judging
from mtalign.errors import SourceError
from mtalign.judging import VerifierPool, verdicts
from mtalign.rl.groups import judge_and_reward
from mtalign.rl.methods import VALIDATION
from mtalign.tasks import Problem, families, family, judge, math
from mtalign.tasks.shared import programs
from mtalign.verification import latex_equality
from mtalign.verification.sandbox import runner as sandbox
from mtalign.verification.sandbox.runner import Limits
from mtalign.vocabulary import Verdict

PUBLISHED = {  # a published row of each family, as verify_responses gets it, and an answer that is right
    "math": ({"problem": "1/2?", "answer": r"\frac{1}{2}"}, "0.5"),
    "gsm8k": ({"question": "9 eggs at $2?", "answer": "9 * 2 = 18\n#### 18"}, "$18"),
    "random_calculation": ({"expression": r"\frac{7}{3} * 2", "answer": 14 / 3}, r"\frac{14}{3}"),
    "kor_bench": (
        {"idx": "18", "question": "?", "answer": "[[1/2]]", "rule_id": "2", "category": "operation"},
        r"[[\frac{1}{2}]]",
    ),
    "synlogic": (
        {"data_source": "operation", "extra_info": {"game_data_str": '{"question": "?", "answer": "1/2"}'}},
        r"\boxed{\frac{1}{2}}",
    ),
    "bbh": ({"input": "?", "target": "(B)", "task": "navigate"}, "The answer is (B)."),
    "bbeh": ({"input": "?", "target": "24"}, "24.0"),
    "humaneval": (
        {
            "task_id": "HumanEval/0",
            "prompt": 'def one():\n    """One."""\n',
            "entry_point": "one",
            "canonical_solution": "    return 1\n",
            "test": "def check(f):\n    assert f() == 1\n",
        },
        "    return 1",
    ),
    "mbpp": (
        {
            "task_id": 1,
            "text": "One.",
            "code": "def one(): return 1",
            "test_setup_code": "",
            "test_list": ["assert one() == 1"],
        },
        "def one():\n    return 1",
    ),
}
HOSTILE = [
    r"\boxed{10^{10^{10}}}",
    "[[10^{10^{10}}]]",
    "[[9**9**9**9]]",
    "{" * 100_000,
    "\\boxed{" + "{}" * 50_000 + "}",
    "[" * 50_000 + "]" * 50_000,
    "[[" + "(" * 200 + "1" + ")" * 200 + "]]",
    r"\boxed{" + r"\sqrt{" * 200 + "2" + "}" * 201,
    "٣٤ ²³ Ⅷ 𝟙𝟚 ½",
    "[[٣٤]]",
    "1000000000!",
    "[[1000000000!]]",
    r"\boxed{(10^{9})!!}",
    "9" * 100_000,
    "1e999999999",
    "#### 9e999999999",
    "\0\ud800\u202e",
    "",
]
needs_isolation = pytest.mark.skipif(sandbox.isolation()[0] is None, reason=f"no isolation: {sandbox.isolation()[1]}")
code_too = [pytest.param(name, marks=needs_isolation if name in ("humaneval", "mbpp") else ()) for name in PUBLISHED]


def problem(name: str) -> Problem:
    return family(name).from_row("row 1", PUBLISHED[name][0])


def test_every_family_with_rows_is_here():
    assert set(PUBLISHED) == {name for name in families() if hasattr(family(name), "from_row")}


@pytest.mark.parametrize("name", code_too)
def test_verdicts_are_those_of_one_by_one(name):
    right = PUBLISHED[name][1]
    asked = [(problem(name), answer) for answer in (right, "[[no]]", None, right, "", "def one(): return 2")]
    one_by_one = [family(name).verify(answer, p) if answer is not None else Verdict.UNPARSED for p, answer in asked]
    assert verdicts(name, asked, processes=2) == one_by_one
    assert one_by_one[0] == one_by_one[3] == Verdict.CORRECT
    assert verdicts(name, [], processes=2) == []


@pytest.mark.parametrize("name", code_too)
def test_hostile_answers_end_in_time(name, monkeypatch):
    monkeypatch.setattr(math, "_SECONDS", 0.5)
    monkeypatch.setattr(latex_equality, "_SECONDS", 0.5)
    monkeypatch.setattr(programs, "run_tests", partial(sandbox.run_tests, limits=Limits(cpu_seconds=1, seconds=2.5)))
    start = time.process_time()
    found = {answer[:50]: family(name).verify(answer, problem(name)) for answer in HOSTILE}
    assert Verdict.CORRECT not in found.values() and all(isinstance(said, Verdict) for said in found.values()), found
    assert time.process_time() - start < 20


@pytest.mark.parametrize("name", PUBLISHED)
def test_hostile_rows_are_named(name):
    row = PUBLISHED[name][0]
    for broken in (None, [], "x", 7, {}, *(row | {field: bad} for field in row for bad in (None, [], {}, 10**400))):
        try:
            family(name).from_row("row 1", broken)
        except SourceError as error:
            assert str(error).startswith("row 1: ")
    for field in row:
        for strange in ("\ud800\0", "(" * 10_000):
            try:
                family(name).from_row("row 1", row | {field: strange})
            except SourceError as error:
                json.dumps(str(error))


def test_each_different_answer_is_judged_once(monkeypatch):
    asked = []

    def verify(answer: str, problem: Problem) -> Verdict:
        asked.append((answer, problem.ground_truth))
        return Verdict.CORRECT if answer == problem.ground_truth else Verdict.WRONG

    monkeypatch.setattr(family("addition"), "verify", verify)
    one, other = Problem("a", "?", "1"), Problem("a", "?", "2")  # the same id: what was asked decides
    pairs = [(one, "1"), (other, "1"), (one, "1"), (one, "2"), (one, None), (other, "2"), (other, "1")]
    assert verdicts("addition", pairs, processes=1) == [
        "correct",
        "wrong",
        "correct",
        "wrong",
        "unparsed",
        "correct",
        "wrong",
    ]
    assert asked == [("1", "1"), ("1", "2"), ("2", "1"), ("2", "2")]


@pytest.mark.parametrize("name", ["gsm8k", pytest.param("mbpp", marks=needs_isolation)])
def test_judgements_of_a_group_are_those_of_one_by_one(name):
    right = PUBLISHED[name][1]
    responses = [right, f"<think>so</think><answer>{right}</answer>", "", "<think>so</think><answer>7</answer>", right]
    before = set(multiprocessing.active_children())
    with closing(VerifierPool(processes=2)) as judges:
        for _ in range(2):  # the same judges, twice
            group = judges.judgements(name, problem(name), responses)
            assert group == [judge(family(name), problem(name), response) for response in responses]
            assert len(set(multiprocessing.active_children()) - before) == 2
    assert group[1].verdict == Verdict.CORRECT
    assert set(multiprocessing.active_children()) == before


def test_quick_families_need_no_process():
    judges, one = VerifierPool(processes=2), Problem("a", "?", "12")
    responses = ["<think>1</think><answer>12</answer>", "13", ""]
    assert judges.judgements("addition", one, responses) == [judge(family("addition"), one, x) for x in responses]
    assert judges.verdicts("addition", [(one, "12")]) == [Verdict.CORRECT]
    assert judges._pools == {}


def test_what_is_stuck_is_a_timeout(monkeypatch):
    monkeypatch.setattr(judging, "_SECONDS", 2.0)
    monkeypatch.setattr(judging, "_verdict", stuck)
    assert verdicts("gsm8k", [(problem("gsm8k"), answer) for answer in ("18", "stuck", "19")], processes=1) == [
        "correct",
        "timeout",
        "wrong",
    ]


def test_a_stuck_verdict_costs_its_group_one_reward(monkeypatch):
    """As a trainer asks: a group judged and paid, then the next one by the same judges."""
    monkeypatch.setattr(judging, "_SECONDS", 2.0)
    monkeypatch.setattr(judging, "_verdict", stuck)
    with closing(VerifierPool(processes=1)) as judges:
        for answers, expected in ((["18", "stuck", "19"], [1, 0, 0]), (["19", "18"], [0, 1])):
            responses = [f"<think>so</think><answer>{answer}</answer>" for answer in answers]
            group = ("gsm8k", problem("gsm8k"), responses, np.zeros(len(answers)), (0, 1, 0, 0))
            assert judge_and_reward(judges, *group, VALIDATION)[1].tolist() == expected


def stuck(verify, answer: tuple[Problem, str]) -> Verdict:
    while answer[1] == "stuck":
        time.sleep(100)
    return verify(answer[1], answer[0])


# ---------------------------------------------------------------------------------------------------- hostile programs
ESCAPES = {
    "an endless loop": "while True: pass",
    "a fork bomb": "import os\nwhile True:\n    os.fork()",
    "10 GB": "x = bytearray(10 << 30)",
    "a file": "open('{folder}/escaped', 'w').write('x')",
    "a socket": "import socket\nsocket.create_connection(('127.0.0.1', 9))",
}


@needs_isolation
def test_hostile_programs_are_contained_and_the_others_judged(tmp_path, monkeypatch):
    monkeypatch.setattr(judging, "_verdict", soon)
    tmp_path.chmod(0o777)
    right = PUBLISHED["mbpp"][1]
    answers = [right]
    for program in ESCAPES.values():
        answers += [f"{program.replace('{folder}', str(tmp_path))}\n{right}", f"{right}\n# after that"]
    said = verdicts("mbpp", [(problem("mbpp"), answer) for answer in answers], processes=2)
    assert said[::2] == [Verdict.CORRECT] * (len(ESCAPES) + 1)
    assert said[1] == Verdict.TIMEOUT
    assert set(said[3::2]) <= {Verdict.WRONG, Verdict.TIMEOUT}
    assert list(tmp_path.iterdir()) == []


def soon(verify, answer: tuple[Problem, str]) -> Verdict:
    """In a worker, which has no other way to hear of shorter limits."""
    programs.run_tests = partial(sandbox.run_tests, limits=Limits(cpu_seconds=2))
    return verify(answer[1], answer[0])
