"""BBH and BBEH: rows are read or refused with a remedy; answers get the freedoms that the benchmark gives, no more."""

import json
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mtalign.errors import SourceError
from mtalign.tasks import Judgement, Problem, bbeh, bbh, family, judge
from mtalign.vocabulary import Verdict

from tests.places import DATA

needs_data = pytest.mark.skipif(not DATA.exists(), reason=f"needs the copies of BBH and BBEH in {DATA}")
both = pytest.mark.parametrize("name", ["bbh", "bbeh"])
ROWS = [{"input": "1+1?", "target": "2"}, {"input": "Is it?", "target": "Yes"}, {"input": "Is it?", "target": "No"}]


def judged(answer: str, target: str) -> Verdict:
    return bbh.verify(answer, Problem("bbh-0", "?", target))


def write(path: Path, content) -> str:
    path.parent.mkdir(exist_ok=True)
    text = "\n".join(map(json.dumps, content)) if path.suffix == ".jsonl" else json.dumps(content)
    path.write_text(text, encoding="utf-8")
    return str(path)


# ------------------------------------------------------------------------------------------------------------- loading
@both
@pytest.mark.parametrize(
    ("file", "content"),
    [("navigate.json", {"canary": "", "examples": ROWS}), ("navigate.json", ROWS), ("navigate.jsonl", ROWS)],
)
def test_load_files(tmp_path, name, file, content):
    source = {"path": write(tmp_path / file, content)}
    problems = family(name).load(source, seed=0)
    assert [(p.question, p.ground_truth) for p in problems] == [("1+1?", "2"), ("Is it?", "Yes"), ("Is it?", "No")]
    assert [p.extra for p in problems] == [{"task": "navigate"}] * 3
    assert problems[0].problem_id == f"{name}-c987efb8e0dc"  # printf '["1+1?", "2"]' | b2sum --length 48
    assert len({p.problem_id for p in problems}) == 3
    assert family(name).load(source | {"limit": 1}, 1) == problems[:1]


def test_ids_depend_on_the_row_alone(tmp_path):
    forward = bbh.load({"path": write(tmp_path / "a.json", ROWS)}, 0)
    backward = bbh.load({"path": write(tmp_path / "b.json", ROWS[::-1])}, 0)
    assert [p.problem_id for p in forward] == [p.problem_id for p in backward[::-1]]


def test_equal_rows_are_kept_apart(tmp_path):
    first, again, other = bbh.load({"path": write(tmp_path / "a.json", [ROWS[0], ROWS[0], ROWS[1]])}, 0)
    assert again.problem_id == f"{first.problem_id}-2"
    assert (again.question, again.ground_truth, again.extra) == (first.question, first.ground_truth, first.extra)
    assert other.problem_id.count("-") == 1


def test_folders_and_tasks(tmp_path):
    write(tmp_path / "snarks.json", {"examples": ROWS[:1]})
    write(tmp_path / "README.md", "no rows")
    write(tmp_path / "bbeh_linguini" / "task.json", {"examples": ROWS[1:]})
    write(tmp_path / "mini" / "data.jsonl", [{**ROWS[0], "task": "nycc"}, ROWS[1]])
    source = {"path": str(tmp_path)}
    assert [p.extra["task"] for p in bbeh.load(source, 0)] == [
        "bbeh_linguini",
        "bbeh_linguini",
        "nycc",
        "mini",
        "snarks",
    ]
    assert [p.ground_truth for p in bbeh.load(source | {"task": "bbeh_linguini"}, 0)] == ["Yes", "No"]
    assert [p.ground_truth for p in bbeh.load(source | {"task": "nycc"}, 0)] == ["2"]
    with pytest.raises(SourceError, match=r"no task 'x'; set `task` to one of bbeh_linguini, mini, nycc, snarks, or"):
        bbeh.load(source | {"task": "x"}, 0)


def test_a_row_alone():
    assert bbh.from_row("row 1", ROWS[0] | {"task": "snarks"}).extra == {"task": "snarks"}
    for task, message in ((None, "no usable task"), ("nycc", "no task 'nycc'; set `task` to one of boolean_expr")):
        with pytest.raises(SourceError, match=f"row 1: {message}"):
            bbh.from_row("row 1", ROWS[0] | {"task": task})
    assert bbeh.from_row("row 1", ROWS[0] | {"task": "nycc"}).extra == {"task": "nycc"}
    assert bbeh.from_row("row 1", ROWS[0]).problem_id.startswith("bbeh-")


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({"target": "2"}, "input"),
        ({"input": " ", "target": "2"}, "input"),
        ({"input": "?"}, "target"),
        ({"input": "?", "target": ""}, "target"),
        ({"input": "?", "target": 2}, "target"),
        (["?", "2"], "input"),
        (None, "input"),
    ],
)
@pytest.mark.parametrize("file", ["rows.json", "rows.jsonl"])
def test_broken_rows_are_named(tmp_path, file, row, what):
    with pytest.raises(SourceError, match=rf"{file}, row 2: no usable {what}; mend or remove it"):
        bbh.load({"path": write(tmp_path / file, [ROWS[0], row]), "limit": 1}, 0)


@pytest.mark.parametrize("file", ["rows.json", "rows.jsonl"])
def test_broken_rows_are_left_out_only_where_allowed(tmp_path, caplog, file):
    source = {"path": write(tmp_path / file, [None, *ROWS, {"input": "?"}])}
    with pytest.raises(SourceError, match=r"row 1: no usable input.*`broken_rows: 2`"):
        bbh.load(source | {"broken_rows": 1}, 0)
    assert [p.ground_truth for p in bbh.load(source | {"broken_rows": 2}, 0)] == ["2", "Yes", "No"]
    assert "row 1:" in caplog.text and "row 5:" in caplog.text


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("a.jsonl", b'{"input": "?", "target": "2"}\n\n{"in', r"a\.jsonl, row 3: not JSON .*mend or remove"),
        ("a.json", b"[" * 100_000, r"a\.json: not JSON"),
        ("a.json", b'{"rows": []}', r"a\.json: neither a list of rows nor .*make it one"),
        ("a.json", b"\xff\xfe", r"a\.json: cannot be read .*correct `path`"),
        ("a.json", None, r"a\.json: cannot be read .*put the data set there"),
    ],
)
def test_broken_files_are_named(tmp_path, file, content, message):
    if content is not None:
        (tmp_path / file).write_bytes(content)
    with pytest.raises(SourceError, match=message):
        bbh.load({"path": str(tmp_path / file)}, 0)


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(
        SourceError, match=r"no \.jsonl or \.json or \.parquet file; put the data set there, or correct `path`"
    ):
        bbh.load({"path": str(tmp_path)}, 0)


# ---------------------------------------------------------------------------------------------------------- extraction
@pytest.mark.parametrize(
    ("response", "answer"),
    [
        ("The answer is (A).", "(A)."),
        ("The answer is: (A)", "(A)"),
        ("The final answer is (B)", "(B)"),
        ("Hm. The final answer is: (B)\nDone", "(B)\nDone"),
        ("The answer is (A). The final answer is (B). The answer is: (C)", "(C)"),
        ("The answer isn't (A)", "The answer isn't (A)"),
        ("so the answer is (A)", "so the answer is (A)"),  # the benchmark minds the case
        (" (A)\n", "(A)"),
        ("<think>The answer is (A)</think>(B)", "(B)"),
        ("The answer is ", None),
        ("", None),
    ],
)
def test_extract(response, answer):
    assert bbh.extract(response) == bbeh.extract(response) == answer


def test_judging():
    question = Problem("bbh-0", "?", "(B)")
    block = "<think>The answer is (B)</think><answer>(A)</answer>"
    assert judge(bbh, question, block) == Judgement(True, "(A)", Verdict.WRONG)
    assert judge(bbh, question, "It is. The answer is **(B)**.") == Judgement(False, "**(B)**.", Verdict.CORRECT)


# -------------------------------------------------------------------------------------------------------- verification
@pytest.mark.parametrize(
    ("target", "answer"),
    [
        ("(B)", "(b)"),
        ("(B)", "B"),
        ("B", "(B)"),
        ("(B)", "The answer is: (B)."),
        ("(B)", "It is (A)? No. The final answer is (B)"),
        ("(B)", "**(B)**"),
        ("(B)", "**(B).**"),
        ("(B)", r"$\boxed{\text{(B)}}$."),
        ("(B)", r"so \boxed{ (B) }"),
        ("(B)", r"\texttt{B}"),
        ("(B)", "(B)\nbecause (A) is not"),
        ("(B)", "[(B)]"),
        ("Yes", "yes."),
        ("True", "TRUE"),
        ("24", "24.0"),
        ("156.0", "156"),
        ("-35", " -35 "),
        ("yes, no, yes", "Yes,no, yes"),
        ("dearth, wind, & fire", "Dearth, wind, & fire"),
        ("] ] >", "] ] >"),
        ("[friday]", "Friday"),
        ("friday", "[friday]"),
        ("you've ab", "youve ab"),
        ("fish", "'fish'"),
        ("fish", "fish?"),
        ("fish?", "fish"),
        ("[]", "[]"),
        ("[]", ""),  # one is the other in brackets
        ("pha⁵⁵", "PHA⁵⁵"),
    ],
)
def test_accepted(target, answer):
    assert judged(answer, target) == Verdict.CORRECT


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        ("(B)", "(A)"),
        ("(B)", "(B) or (A)"),
        ("(B)", "(A)\n(B)"),
        ("(B)", "((B))"),
        ("(B)", "The answer is (B). The answer is (A)."),
        ("(B)", "the answer is (B)"),
        ("(valid)", "valid"),
        ("24", "24,0"),
        ("24", "24.01"),
        ("24", "2 4"),
        ("1000", "1,000"),
        ("yes, no, yes", "yes no yes"),
        ("yes, no, yes", "no, yes, yes"),
        ("] ] >", "] ]>"),
        ("barn damp", "damp barn"),
        ("Yes", "Yes..."),
        ("Yes", "nan"),
        ("fish", "fish??"),
    ],
)
def test_refused(target, answer):
    assert judged(answer, target) == Verdict.WRONG


@pytest.mark.parametrize("answer", ["", " \n", ".", "$$", r"\boxed{}", "****", "The answer is", "The answer is: ."])
def test_nothing_is_unparsed(answer):
    assert judged(answer, "(B)") == Verdict.UNPARSED


TARGETS = st.sampled_from(["(B)", "Yes", "24", "156.0", "yes, no, yes", "] ] >", "[friday]", "you've"])
PIECES = st.sampled_from([*"{}()[]$*.,'? \n\0", "\\boxed{", "\\text{", "The answer is", "The final answer is:", "1e9"])


@given(TARGETS, st.lists(PIECES | st.characters(), max_size=12).map("".join))
def test_any_text_gets_a_verdict(target, text):
    assert judged(text, target) in Verdict


@given(
    TARGETS,
    st.lists(st.sampled_from(["%s.", "$%s$", r"\boxed{%s}", r"\text{%s}", "**%s**", "The answer is %s"]), max_size=1),
    st.sampled_from(["", "Hm.\n\nThe answer is ", "The final answer is: "]),
    st.sampled_from(["wrong", "(C)", "25", "B or C"]),
)
def test_dress_changes_nothing(target, dress, before, wrong):
    for answer, verdict in ((target, Verdict.CORRECT), (wrong, Verdict.WRONG)):
        for pattern in dress:
            answer = pattern.replace("%s", answer)
        assert judged(before + answer, target) == verdict


def test_long_text_ends_soon():
    start = time.process_time()
    for part in ("The answer is ", "The final ", "9", "\\boxed{", "}", "$", "**", "[", "\n", ", ", "'"):
        for target in ("(B)", "24", "[friday]"):
            assert judged(part * 30_000, target) != Verdict.CORRECT
    assert time.process_time() - start < 5


# ----------------------------------------------------------------------------------------------------------- real data
@needs_data
@pytest.mark.parametrize(("name", "path", "rows"), [("bbh", "bbh", 6511), ("bbeh", "bbeh/mini/data.json", 460)])
def test_every_target_is_right(name, path, rows):
    problems = family(name).load({"path": str(DATA / path)}, 0)
    assert len({p.problem_id for p in problems}) == len(problems) == rows
    for p in problems:
        for answer in (p.ground_truth, f"The answer is: **{p.ground_truth}**.", rf"\boxed{{{p.ground_truth}}}"):
            assert family(name).verify(answer, p) == Verdict.CORRECT, p


@needs_data
def test_the_27_tasks():
    problems = bbh.load({"path": str(DATA / "bbh")}, 0)
    assert len({p.extra["task"] for p in problems}) == 27
    assert len(bbh.load({"path": str(DATA / "bbh"), "task": "snarks"}, 0)) == 178


@needs_data
@pytest.mark.parametrize(("name", "path"), [("bbh", "bbh"), ("bbeh", "bbeh/mini/data.json")])
def test_another_rows_target_is_wrong(name, path):
    def plain(text: str) -> str:
        return text.lower().strip("([])").removesuffix(".0")

    problems = family(name).load({"path": str(DATA / path)}, 0)
    pairs = [(p, q) for p, q in pairwise(problems) if plain(p.ground_truth) != plain(q.ground_truth)]
    assert len(pairs) > len(problems) / 2
    assert {family(name).verify(q.ground_truth, p) for p, q in pairs} == {Verdict.WRONG}
