"""HumanEval and MBPP: published solutions pass in whatever form they come, others do not, and files are checked."""

import json
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from mtalign.errors import SandboxError, SourceError
from mtalign.tasks import Judgement, Problem, humaneval, judge, mbpp
from mtalign.tasks.shared import programs
from mtalign.verification.sandbox import runner as sandbox
from mtalign.verification.sandbox.runner import Limits
from mtalign.vocabulary import Verdict

from tests.places import DATA

HUMANEVAL, MBPP = DATA / "humaneval/HumanEval.jsonl", DATA / "mbpp/mbpp.jsonl"
needs_data = pytest.mark.skipif(not MBPP.exists(), reason=f"needs the HumanEval and MBPP copies in {DATA}")
needs_isolation = pytest.mark.skipif(sandbox.isolation()[0] is None, reason=f"no isolation: {sandbox.isolation()[1]}")

PROMPT = '''from typing import List


def double(x: int) -> int:
    return 2 * x


def total(numbers: List[int]) -> int:
    """ Twice the sum.
    >>> total([1, 2])
    6
    """
'''
BODY = "    result = 0\n    for number in numbers:\n        result += double(number)\n    return result\n"
WHOLE = f"def total(numbers: List[int]) -> int:\n{BODY}"
ROW = {
    "task_id": "HumanEval/7",
    "prompt": PROMPT,
    "entry_point": "total",
    "canonical_solution": BODY,
    "test": "def check(candidate):\n    assert candidate([1, 2]) == double(3)\n    assert candidate([]) == 0\n",
}
MBPP_ROW = {
    "task_id": 12,
    "text": "Write a function that doubles a node's value.",
    "code": "class Node:\r\n  def __init__(self, x): self.x = x\r\ndef twice(node):\r\n  return 2 * node.x",
    "test_setup_code": "root = Node(1)",
    "test_list": ["assert twice(root) == 2", "assert twice(Node(2)) == 4"],
    "challenge_test_list": [],
}


def problem() -> Problem:
    return humaneval.from_row("row 1", ROW)


def write(path: Path, rows: list) -> dict:
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return {"path": str(path)}


@pytest.fixture
def short(monkeypatch):
    """Endless programs are cut soon."""
    monkeypatch.setattr(programs, "run_tests", partial(sandbox.run_tests, limits=Limits(cpu_seconds=1, seconds=2.5)))


# ------------------------------------------------------------------------------------------------------------- loading
def test_humaneval_rows_are_problems(tmp_path):
    source = write(tmp_path / "a.jsonl", [ROW, ROW | {"task_id": "HumanEval/8"}, ROW])
    loaded = humaneval.load(source, seed=0)
    assert [p.problem_id for p in loaded] == ["humaneval-7", "humaneval-8"]
    assert loaded == humaneval.load(source, seed=1)
    assert humaneval.load(source | {"limit": 1}, 0) == loaded[:1] == [problem()]
    assert PROMPT.strip() in loaded[0].question
    assert "check" not in loaded[0].question
    assert loaded[0].ground_truth == BODY


def test_mbpp_rows_are_problems(tmp_path):
    rows = [MBPP_ROW | {"task_id": number} for number in (10, 11, 510, 511, 600, 601, 974)]
    source = write(tmp_path / "a.jsonl", rows)
    ids = {
        split: [int(p.problem_id.removeprefix("mbpp-")) for p in mbpp.load(source | {"split": split}, 0)]
        for split in mbpp.SPLITS
    }
    assert ids == {"prompt": [10], "test": [11, 510], "validation": [511, 600], "train": [601, 974]}
    assert len(mbpp.load(source, 0)) == 7
    assert len(mbpp.load(source | {"split": "train", "limit": 1}, 0)) == 1
    (first, *_) = mbpp.load(source, 0)
    assert all(test in first.question for test in MBPP_ROW["test_list"])
    assert json.loads(first.extra["takes"]) == ["Node", "twice"]


@pytest.mark.parametrize(
    ("module", "row", "message"),
    [
        (humaneval, ROW | {"test": None}, "no usable test; mend"),
        (humaneval, ROW | {"prompt": " "}, "no usable prompt; mend"),
        (humaneval, ROW | {"prompt": "def f(:"}, "prompt and test are no Python"),
        (humaneval, [ROW], "no usable task_id"),
        (mbpp, MBPP_ROW | {"text": 1}, "no usable text"),
        (mbpp, MBPP_ROW | {"test_list": []}, "no usable test_list"),
        (mbpp, MBPP_ROW | {"test_list": [1]}, "no usable test_list"),
        (mbpp, MBPP_ROW | {"test_setup_code": None}, "no usable task_id or test_setup_code"),
        (mbpp, MBPP_ROW | {"task_id": "12"}, "no usable task_id or test_setup_code"),
        (mbpp, MBPP_ROW | {"test_list": ["assert f(x = 1"]}, "code and tests are no Python"),
        (mbpp, None, "no usable text"),
    ],
)
def test_broken_rows_are_named(tmp_path, module, row, message):
    good = ROW if module is humaneval else MBPP_ROW
    source = write(tmp_path / "a.jsonl", [good, row])
    with pytest.raises(SourceError, match=rf"a\.jsonl, row 2: {message}.*broken_rows: 1"):
        module.load(source, 0)
    assert len(module.load(source | {"broken_rows": 1}, 0)) == 1


# ---------------------------------------------------------------------------------------------------------- extraction
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("x = 1", "x = 1"),
        ("```python\nx = 1\n```", "x = 1\n"),
        ("```py\nx = 1\n```", "x = 1\n"),
        ("Here:\n```Python3 title=a\n    x = 1\n```\nand\n```\noutput\n```", "    x = 1\n"),
        ("```python\nx = 1\n```\n```python\nx = 2\n```", "x = 2\n"),
        ("```\nx = 1\n```\n```\nx = 2\n```", "x = 2\n"),
        ("```bash\nls\n```", "```bash\nls\n```"),
        ("```python\nx = 1", "x = 1"),
        ("````python\nx = '''\n```\n'''\n````", "x = '''\n```\n'''\n"),
        ("~~~python\nx = 1\n~~~", "x = 1\n"),
        ("1. So:\n   ```python\n   x = 1\n   ```", "   x = 1\n"),
    ],
)
def test_code(answer, code):
    assert programs.code(answer) == code


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        ("    return 1\n", "    return 1"),
        ("<think>a</think>\n\n    return 1", "    return 1"),
        ("<think>a</think>\n", None),
        (" \n", None),
    ],
)
def test_extract(response, answer):
    assert humaneval.extract(response) == mbpp.extract(response) == answer


# -------------------------------------------------------------------------------------------------------- verification
@needs_isolation
@pytest.mark.parametrize(
    "answer",
    [
        BODY,
        BODY.strip(),
        WHOLE,
        PROMPT + BODY,
        f"from __future__ import annotations\n{PROMPT}{BODY}",
        f"Sure:\n```python\n{PROMPT}{BODY}```\nIt sums.",
        f"```python\n{WHOLE}```",
        f"```python\n{BODY}```",
        f"```\n{BODY.strip()}\n```",
        f"{BODY}\n\nThis works.",
        f"{BODY}\nprint(total([1]))",
        f"{WHOLE}\nif __name__ == '__main__':\n    raise ValueError",
        "return 2 * sum(numbers)",
        "total = lambda numbers: 2 * sum(numbers)",
        "def total(numbers):\n\treturn 2 * sum(numbers)",
        "import numbers as n\ndef total(numbers):\r\n  return 2 * sum(numbers)\r\n",
        "for number in numbers:\n        pass\n    return 2 * sum(numbers)",
    ],
)
def test_right_answers_in_many_forms(answer):
    assert humaneval.verify(answer, problem()) == Verdict.CORRECT


@needs_isolation
@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("    return sum(numbers)", Verdict.WRONG),
        ("    pass", Verdict.WRONG),
        ("def other(numbers):\n    return 2 * sum(numbers)", Verdict.WRONG),
        ("def double(x): return 0\ndef total(numbers): return 0", Verdict.WRONG),  # overriding a helper of the tests
        ("def total(numbers) return 2", Verdict.WRONG),
        ("```python\nnot code\n```", Verdict.WRONG),
        ("    while True: pass", Verdict.TIMEOUT),
        ("while True: pass", Verdict.TIMEOUT),
        ("I do not know.", Verdict.UNPARSED),
        ("", Verdict.UNPARSED),
        (" \n", Verdict.UNPARSED),
        ("```python\n```", Verdict.UNPARSED),
        ("\0", Verdict.UNPARSED),
        ("\ud800", Verdict.UNPARSED),
        ("(" * 10**5, Verdict.UNPARSED),
        ("-" * 10**6 + "1", Verdict.UNPARSED),
        ("import sys; sys.exit(0)", Verdict.WRONG),
        ("    import os; os._exit(0)", Verdict.WRONG),
        ("check = lambda f: None", Verdict.WRONG),
    ],
)
def test_other_answers(short, answer, verdict):
    assert humaneval.verify(answer, problem()) == verdict


@needs_isolation
def test_mbpp_verdicts(short):
    row = mbpp.from_row("row 1", MBPP_ROW)
    right = row.ground_truth
    for answer in (right, f"```python\n{right}\n```", right.replace("\r\n", "\n")):
        assert mbpp.verify(answer, row) == Verdict.CORRECT
    for answer in (right.replace("2", "3"), right.replace("twice", "double"), "def twice(node): return 2"):
        assert mbpp.verify(answer, row) == Verdict.WRONG
    assert mbpp.verify("class Node: pass\nwhile True: pass", row) == Verdict.TIMEOUT
    assert mbpp.verify("no idea", row) == Verdict.UNPARSED


@needs_isolation
def test_judging():
    block = f"<think>a</think><answer>\n```python\n{WHOLE}```\n</answer>"
    assert judge(humaneval, problem(), block) == Judgement(True, f"```python\n{WHOLE}```", Verdict.CORRECT)
    assert judge(humaneval, problem(), f"<think>a</think><answer>\n{BODY}</answer>").verdict == Verdict.CORRECT
    assert judge(humaneval, problem(), BODY).verdict == Verdict.CORRECT
    assert judge(humaneval, problem(), "<think>a").verdict == Verdict.UNPARSED


def test_without_isolation_nothing_runs_unless_allowed(monkeypatch):
    monkeypatch.setattr(sandbox, "isolation", lambda: (None, "none here"))
    for verify, row in ((humaneval.verify, problem()), (mbpp.verify, mbpp.from_row("row 1", MBPP_ROW))):
        with pytest.raises(SandboxError, match="none here"):
            verify(row.ground_truth, row)
        assert verify(row.ground_truth, row, allow_unisolated=True) == Verdict.CORRECT


# ----------------------------------------------------------------------------------------------------------- real data
@needs_data
@needs_isolation
def test_every_published_solution_of_humaneval_is_correct():
    problems = humaneval.load({"path": str(HUMANEVAL)}, 0)
    assert len({p.problem_id for p in problems}) == len(problems) == 164
    assert [p.problem_id for p in problems if humaneval.verify(p.ground_truth, p) != Verdict.CORRECT] == []


@needs_data
@needs_isolation
def test_published_solutions_of_mbpp_are_correct():
    """A sixteenth of them, and those whose tests take more than one function, or one that shadows a builtin."""
    problems = mbpp.load({"path": str(MBPP)}, 0)
    assert len({p.problem_id for p in problems}) == len(problems) == 974
    special = {f"mbpp-{number}" for number in (126, 367, 596, 601, 927)}
    sample = [p for i, p in enumerate(problems) if i % 16 == 0 or p.problem_id in special]
    assert [p.problem_id for p in sample if mbpp.verify(p.ground_truth, p) != Verdict.CORRECT] == []


@needs_data
@needs_isolation
def test_neighbours_solutions_are_wrong():
    for module, path in ((humaneval, HUMANEVAL), (mbpp, MBPP)):
        problems = module.load({"path": str(path), "limit": 20}, 0)
        verdicts = [module.verify(other.ground_truth, p) for p, other in pairwise(problems)]
        assert set(verdicts) == {Verdict.WRONG}
