"""The command line for responses from elsewhere: a verdict for each row, in order, whatever the rows are."""

import json
import subprocess
import sys

import pytest
import verify_responses
from mtalign.artifacts.data import Data
from mtalign.data.problem_sets import write_problems
from mtalign.parquet import read_table
from mtalign.tasks import random_calculation

from tests.places import REPOSITORY
from tests.unit.test_judging import PUBLISHED, code_too


@pytest.fixture
def verify(tmp_path, monkeypatch):
    """Rows, or lines, through the command line."""

    def run(task: str, rows: list, *options: str) -> list[dict]:
        lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
        (tmp_path / "rows.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
        paths = ["--input", f"{tmp_path}/rows.jsonl", "--output", f"{tmp_path}/verdicts.jsonl"]
        monkeypatch.setattr(sys, "argv", ["verify_responses.py", "--task", task, *paths, "--processes", "2", *options])
        verify_responses.main()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.jsonl", "verdicts.jsonl"]
        return [json.loads(line) for line in (tmp_path / "verdicts.jsonl").read_text().splitlines()]

    return run


@pytest.mark.parametrize("task", code_too)
def test_each_family(verify, task):
    problem, right = PUBLISHED[task]
    rows = [{"problem": problem, "response": response} for response in (right, "[[no]]")]
    full = {"problem": problem, "response": f"<think>a\n</think>\n<answer>\n{right}\n</answer>"}
    first, second = verify(task, rows)
    assert first == {"row": 1, "verdict": "correct", "extracted": right, "reason": None}
    assert second["row"] == 2 and second["verdict"] in ("wrong", "unparsed")
    (third,) = verify(task, [full], "--full-response")
    assert third == {"row": 1, "verdict": "correct", "extracted": right.strip(), "reason": None}


def test_bad_rows_are_errors_and_the_rest_goes_on(verify, capsys):
    good = {"problem": PUBLISHED["bbh"][0], "response": "B"}
    bad = [
        (b"{", "not JSON"),
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"9" * 5000, "not JSON"),
        (b"[]", "no usable problem and response"),
        ({"problem": good["problem"]}, "no usable problem and response"),
        ({"response": "B"}, "no usable problem and response"),
        (good | {"response": None}, "no usable problem and response"),
        (good | {"response": ["B"]}, "no usable problem and response"),
        (good | {"problem": "?"}, "no usable task"),
        (good | {"problem": {"input": "?", "task": "navigate"}}, "no usable target"),
        (good | {"problem": good["problem"] | {"task": "chess"}}, "no task 'chess'"),
        (good | {"problem": {"input": "?", "target": "B"}}, "no usable task"),
    ]
    found = verify("bbh", [good, *(row for row, _ in bad), good])
    assert [row["row"] for row in found] == list(range(1, len(bad) + 3))
    assert found[0]["verdict"] == found[-1]["verdict"] == "correct"
    for row, (_, reason) in zip(found[1:], bad):
        assert (row["verdict"], row["extracted"]) == ("error", None)
        assert row["reason"].startswith(f"row {row['row']}: {reason}")
    table = {line.split()[0]: line.split()[1:] for line in capsys.readouterr().out.splitlines()}
    assert table["navigate"] == ["2", "2", "0", "0", "0", "0", "1.000"]
    assert table["unreadable"][:6] == ["14", "0", "0", "0", "0", "14"]
    assert table["all"] == ["16", "2", "0", "0", "0", "14", "1.000"]


def test_no_rows(verify):
    assert verify("bbh", []) == []


@pytest.mark.parametrize(
    ("task", "problem", "beside"),
    [
        ("bbh", {"input": "?", "target": "[[1]]"}, {"task": "navigate"}),
        ("bbeh", {"input": "?", "target": "[[1]]"}, {"task": "nycc"}),
        ("kor_bench", {"idx": "1", "question": "?", "answer": "[[1]]", "rule_id": "1"}, {"category": "logic"}),
    ],
)
def test_the_sub_task_may_stand_beside_the_problem(verify, task, problem, beside, capsys):
    (found,) = verify(task, [{"problem": problem, "response": "[[1]]"} | beside])
    assert found["verdict"] == "correct"
    assert next(iter(beside.values())) in capsys.readouterr().out


def test_ciphers_rows_keep_the_name_that_they_give_themselves(verify):
    problem = {"idx": "1", "question": "?", "answer": "[[N]]", "rule_id": "1", "category": "Encryption"}
    rows = [{"problem": problem, "response": "[[N]]"}, {"problem": problem, "response": "[[N]]", "category": "cipher"}]
    assert [row["verdict"] for row in verify("kor_bench", rows)] == ["correct", "correct"]


@pytest.mark.parametrize(
    ("response", "extracted", "verdict"),
    [
        ("<think>a</think><answer>1</answer> no: <answer>\nB\n</answer>", "B", "correct"),
        ("<think><answer>A</answer></think><answer>B</answer>", "B", "correct"),
        ("<think>a</think><answer>B</answer><answer>A", "B", "correct"),
        ("<think><answer>B</answer></think>B", None, "unparsed"),
        ("<think>a</think><answer>B", None, "unparsed"),
        ("B", None, "unparsed"),
        ("", None, "unparsed"),
        ("<answer></answer>", "", "unparsed"),
    ],
)
def test_full_responses(verify, response, extracted, verdict):
    (found,) = verify("bbh", [{"problem": PUBLISHED["bbh"][0], "response": response}], "--full-response")
    assert (found["extracted"], found["verdict"]) == (extracted, verdict)
    assert (found["reason"] is None) == (verdict == "correct")


def test_a_response_alone_is_the_answer(verify):
    rows = [{"problem": PUBLISHED["math"][0], "response": text} for text in ("0.5", "<answer>0.5</answer>x", "")]
    assert [row["verdict"] for row in verify("math", rows)][::2] == ["correct", "unparsed"]


@pytest.mark.parametrize(
    ("problem", "right", "wrong"),
    [
        ({"problem": "7/3?", "answer": 7 / 3}, [r"\frac{7}{3}", "2.333333", "2.3333333333333335"], ["2.33", "7/4"]),
        ({"expression": "2 * 3", "answer": "6"}, ["6", "6.0", "$2 * 3 = 6$"], ["6.1"]),
        ({"expression": "a", "answer": r"\frac{1}{3}"}, ["1/3", "0.333333"], ["0.333"]),
        ({"expression": "a", "answer": "1e-05"}, ["0.00001"], ["0"]),
    ],
)
def test_random_calculations_from_elsewhere(verify, problem, right, wrong):
    found = verify("random_calculation", [{"problem": problem, "response": text} for text in right + wrong])
    assert [row["verdict"] for row in found] == ["correct"] * len(right) + ["wrong"] * len(wrong)


def test_random_calculations_of_ours(verify, tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "a.parquet"
    problems = random_calculation.load({"generate": {"problems": 2, "steps": [3]}}, 0)
    shown = [(problem.question, problem) for problem in problems]
    write_problems(path, shown, data_source="a/b", family="random_calculation", ability="math", made_by={})
    rows = [
        {"problem": row, "response": truth}
        for row in read_table(path, Data).to_pylist()
        for truth in (row["reward_model"]["ground_truth"], "1/7")
    ]
    assert [row["verdict"] for row in verify("random_calculation", rows)] == ["correct", "wrong"] * 2
    assert [random_calculation.from_row("row 1", row["problem"]).problem_id for row in rows[::2]] == [
        p.problem_id for p in problems
    ]


def test_rows_in_verls_schema(verify):
    problem = {"prompt": [{"role": "user", "content": "1+1?"}], "reward_model": {"ground_truth": "2", "style": "rule"}}
    assert verify("math", [{"problem": problem, "response": r"\boxed{2}"}])[0]["verdict"] == "correct"


def test_it_runs_as_documented(tmp_path):
    row = {"problem": PUBLISHED["math"][0], "response": "1/2"}
    (tmp_path / "rows.jsonl").write_text(json.dumps(row))
    command = [sys.executable, "workflow_scripts/verify_responses.py", "--task", "math"]
    paths = ["--input", f"{tmp_path}/rows.jsonl", "--output", f"{tmp_path}/out/verdicts.jsonl"]
    done = subprocess.run([*command, *paths], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "out/verdicts.jsonl").read_text())["verdict"] == "correct"
    assert "accuracy" in done.stdout and "1/1" in done.stderr
    for wrong in (["--task", "chess", *paths], ["--task", "math", *paths[:1], "missing", *paths[2:]]):
        done = subprocess.run([*command[:2], *wrong], cwd=REPOSITORY, capture_output=True, text=True)
        assert done.returncode != 0 and "Traceback" not in done.stderr
