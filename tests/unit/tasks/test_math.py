"""Real mathematics: files are read or refused with a remedy; whatever a model writes gets a verdict, soon."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mtalign.errors import SourceError
from mtalign.tasks import Judgement, Problem, family, judge, math
from mtalign.vocabulary import Verdict

from tests.places import DATA

needs_data = pytest.mark.skipif(not DATA.exists(), reason=f"needs the MATH copies in {DATA}")
ROWS = [{"problem": "1+1?", "answer": "2"}, {"problem": "2+2?", "answer": "4"}, {"problem": "1+1?", "answer": "3"}]


def problem(gold: str) -> Problem:
    return Problem("math-0", "?", gold)


def write(path: Path, rows: list) -> dict:
    text = json.dumps(rows) if path.suffix == ".json" else "\n".join(map(json.dumps, rows))
    path.write_text(text, encoding="utf-8")
    return {"path": str(path)}


# ------------------------------------------------------------------------------------------------------------- loading
@pytest.mark.parametrize("name", ["rows.json", "rows.jsonl"])
def test_load_keeps_the_first_of_equal_problems(tmp_path, name):
    source = write(tmp_path / name, ROWS)
    problems = family("math").load(source, seed=0)
    assert [(p.question, p.ground_truth) for p in problems] == [("1+1?", "2"), ("2+2?", "4")]
    assert problems == math.load(source, seed=1)
    assert math.load(source | {"limit": 1}, 0) == problems[:1]
    assert math.load(source | {"limit": 9}, 0) == problems


def test_problem_id_depends_on_the_problem_alone(tmp_path):
    forward, backward = (math.load(write(tmp_path / f"{step}.jsonl", ROWS[:2][::step]), seed=0) for step in (1, -1))
    assert forward == backward[::-1]
    assert forward[0].problem_id == "math-b0754841d3f4"  # printf "1+1?" | b2sum --length 48
    assert len({p.problem_id for p in forward}) == 2


def test_blank_lines_and_foreign_fields_are_fine(tmp_path):
    (tmp_path / "a.jsonl").write_text('\n{"problem": "é?\\u2028", "answer": " 2 ", "level": 5}\r\n\n', encoding="utf-8")
    assert [(p.question, p.ground_truth) for p in math.load({"path": f"{tmp_path}/a.jsonl"}, 0)] == [("é?\u2028", "2")]


def test_rows_of_other_copies(tmp_path):
    """AMC calls the problem a question; one-shot files are verl rows whose prompt ends in an instruction."""
    prompt = "1+1? Let's think step by step and output the final answer within \\boxed{}."
    verl = {"prompt": [{"role": "user", "content": prompt}], "reward_model": {"ground_truth": "2"}}
    for row in ({"question": "1+1?", "answer": 2.0}, verl):
        (loaded,) = math.load(write(tmp_path / "a.jsonl", [row]), 0)
        assert (loaded.question, math.verify("2", loaded)) == ("1+1?", Verdict.CORRECT)


@pytest.mark.parametrize("answer", ["336", r"336^\circ", r"$336^{\circ}$"])
def test_degrees(answer):
    assert math.verify(answer, Problem("aime25", "?", r"336^\circ")) == Verdict.CORRECT


@pytest.mark.parametrize(("answer", "gold"), [(27.0, "27.0"), (25, "25"), ("025", "025")])
def test_numbers_are_answers(tmp_path, answer, gold):
    (loaded,) = math.load(write(tmp_path / "a.json", [{"problem": "?", "answer": answer}]), 0)
    assert loaded.ground_truth == gold
    assert math.verify(str(answer).lstrip("0"), loaded) == Verdict.CORRECT


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({"answer": "2"}, "problem"),
        ({"problem": "?"}, "answer"),
        ({"problem": " ", "answer": "2"}, "problem"),
        ({"problem": "?", "answer": ""}, "answer"),
        ({"problem": "?", "answer": None}, "answer"),
        ({"problem": "?", "answer": True}, "answer"),
        ({"problem": "?", "answer": float("nan")}, "answer"),
        ({"problem": "?", "answer": ["2"]}, "answer"),
        ({"problem": 7, "answer": "2"}, "problem"),
        (["?", "2"], "problem"),
        (None, "problem"),
    ],
)
@pytest.mark.parametrize("name", ["rows.json", "rows.jsonl"])
def test_broken_rows_are_named(tmp_path, name, row, what):
    with pytest.raises(SourceError, match=rf"{name}, row 2: no usable {what}; mend or remove it"):
        math.load(write(tmp_path / name, [ROWS[0], row, ROWS[1]]) | {"limit": 1}, 0)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "a.jsonl",
            b'{"problem": "?", "answer": "2"}\n\n{"problem": "?"',
            r"a.jsonl, row 3: not JSON .*mend or remove",
        ),
        ("a.jsonl", b"[" * 100_000, r"a.jsonl, row 1: not JSON"),
        ("a.json", b'[{"problem": "?"]', r"a.json: not JSON .*line 1"),
        ("a.json", b'{"problem": "?", "answer": "2"}', r"a.json: neither a list of rows nor .*; make it one"),
        ("a.json", b"\xff\xfe", r"a.json: cannot be read .*correct `path`"),
        ("missing.jsonl", None, r"missing.jsonl: cannot be read .*put the data set there"),
    ],
)
def test_broken_files_are_named(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=message):
        math.load({"path": str(tmp_path / name)}, 0)


# ---------------------------------------------------------------------------------------------------------- extraction
@pytest.mark.parametrize(
    ("response", "answer"),
    [
        (r"It is \boxed{4}.", "4"),
        (r"\boxed{1} or \boxed{2}", "2"),
        (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
        ("\\boxed{\n 1,\n 2 }", "1,\n 2"),
        (r"\boxed {4}", "4"),
        (r"\boxed{a \boxed{5} b}", "5"),
        (r"\boxed{3} and then \boxed{4", "3"),
        (r"\boxed{4}}}}", "4"),
        (r"{{{ \boxed{4}", "4"),
        (r"\boxed{\{1, 2\}}", r"\{1, 2\}"),
        (r"\boxed{\left\{ x \right.}", r"\left\{ x \right."),
        (r"\boxed{}", None),
        (r"\boxed{3} \boxed{ }", None),
        (r"\boxed 4", None),
        (r"boxed{4}", None),
        ("", None),
    ],
)
def test_extract(response, answer):
    assert math.extract(response) == answer


BALANCED = st.recursive(
    st.text("ab 1+", max_size=3),
    lambda inner: st.tuples(inner, st.sampled_from(["{%s}", r"\frac{%s}{2}", r"\{%s"]), inner).map(
        lambda parts: parts[0] + parts[1] % parts[2]
    ),
)


@given(st.text("ab {}\\1"), BALANCED.filter(str.strip), st.text("ab }1"))
def test_extract_finds_the_box_among_anything(before, content, after):
    assert math.extract(f"{before} \\boxed{{{content}}}{after}") == content.strip()


@given(st.lists(st.sampled_from(["\\", "boxed", "\\boxed{", "{", "}", " ", "1"])).map("".join))
def test_extract_gives_balanced_text_that_is_there(response):
    answer = math.extract(response)
    if answer is not None:
        assert answer in response
        plain = answer.replace("\\\\", "").replace("\\{", "").replace("\\}", "")
        assert plain.count("{") == plain.count("}")


def test_extract_is_linear():
    start = time.process_time()
    for part in ("{", "}", "\\boxed{", "\\boxed ", "\\boxed{}", "\\"):
        math.extract(part * 50_000)
    assert time.process_time() - start < 5


# -------------------------------------------------------------------------------------------------------- verification
@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("4", "4."),
        ("4", "$4$"),
        ("4", r"\boxed{4}"),
        ("4", r"\[ 4 \]"),
        ("4", "x = 4"),
        ("4", "The answer is $4$."),
        ("12.8", "12.80"),
        ("025", "25"),
        ("27.0", "27"),
        (r"336^\circ", "336"),
        ("1000", "1,000"),
        (r"10,\!080", "10080"),
        (r"\$32,\!348", "32348"),
        ("10", r"10 \text{ dollars}"),
        (r"\frac{1}{2}", "0.5"),
        (r"\frac{1}{2}", "1/2"),
        (r"\left( 3, \frac{\pi}{2} \right)", r"(3, \pi/2)"),
        ("1,-2", "-2, 1"),
        ("3\\sqrt{13}", r"\sqrt{117}"),
        ("p - q", "-q+p"),
        (r"\text{Evelyn}", "Evelyn"),
        (r"\text{(C)}", "C"),
        ("x^2+1", "1+x^2"),
        ("unreadable %%", "unreadable %%"),
    ],
)
def test_equal_answers(gold, answer):
    assert math.verify(answer, problem(gold)) == Verdict.CORRECT


@pytest.mark.parametrize(
    ("gold", "answer", "verdict"),
    [
        ("2", "2x", Verdict.WRONG),  # read without dollar signs, this would be 2
        ("3", r"3\sqrt{13}", Verdict.WRONG),
        ("4", "2 or 4", Verdict.WRONG),
        ("(1,2)", "(2,1)", Verdict.WRONG),
        ("4", "", Verdict.UNPARSED),
        ("4", " \n", Verdict.UNPARSED),
        ("4", "%%%", Verdict.UNPARSED),
        ("4", r"\frac{", Verdict.UNPARSED),
        ("4", "}{" * 50_000, Verdict.UNPARSED),
        ("4", r"So $x=5$, " * 1000 + r"\boxed{4}.", Verdict.CORRECT),
        ("4", r"So $x=4$, " * 1000 + r"\boxed{5}.", Verdict.WRONG),
        ("4", "4" + " " * 5000 + "4", Verdict.UNPARSED),
    ],
)
def test_other_answers(gold, answer, verdict):
    assert math.verify(answer, problem(gold)) == verdict


@pytest.mark.parametrize(
    "answer",
    [
        r"\boxed{10^{10^{10}}}",
        "1000000000!",
        r"\sum_{n=1}^{10^{10}} n^{100}",
        "{" * 1000 + "}" * 1000,
        "(" * 900 + "1" + ")" * 900,
        r"\sqrt{" * 300 + "2" + "}" * 300,
        "-" * 1999,
    ],
)
def test_what_takes_too_long_ends(answer, monkeypatch):
    monkeypatch.setattr(math, "_SECONDS", 0.5)
    start = time.process_time()
    assert math.verify(answer, problem("4")) in (Verdict.TIMEOUT, Verdict.UNPARSED)
    assert time.process_time() - start < 3


def test_a_timeout_is_named(monkeypatch):
    monkeypatch.setattr(math, "_SECONDS", 0.5)
    assert math.verify("10^{10^{10}}", problem("4")) == Verdict.TIMEOUT


@settings(max_examples=200)
@given(
    st.lists(
        st.sampled_from(
            [*"{}()[]^_+-=<,.;!%$&| 1x\n\0", "\\frac", "\\sqrt", "\\pm", "\\int", "\\text{", "\\boxed{", "\\"]
        )
        | st.characters(),
        max_size=12,
    ).map("".join)
)
def test_any_text_gets_a_verdict(answer):
    assert math.verify(answer, problem("4")) in Verdict


def test_threads_get_the_same_verdicts():
    with ThreadPoolExecutor(2) as threads:
        asked = {answer: threads.submit(math.verify, answer, problem("4")) for answer in (r"\frac{8}{2}", "5", "%%%")}
        verdicts = {answer: future.result() for answer, future in asked.items()}
    assert verdicts == {r"\frac{8}{2}": Verdict.CORRECT, "5": Verdict.WRONG, "%%%": Verdict.UNPARSED}


def test_judging_prefers_the_answer_block():
    wrong_block = r"<think>\boxed{4}</think><answer>5</answer>"
    assert judge(math, problem("4"), wrong_block) == Judgement(True, "5", Verdict.WRONG)
    assert judge(math, problem("4"), r"so \boxed{\frac{8}{2}}") == Judgement(False, r"\frac{8}{2}", Verdict.CORRECT)
    assert judge(math, problem("4"), "it is 4") == Judgement(False, None, Verdict.UNPARSED)


# ----------------------------------------------------------------------------------------------------------- real data
@needs_data
def test_every_published_solution_of_math500_is_correct():
    path = DATA / "math500/test.jsonl"
    problems = math.load({"path": str(path)}, 0)
    solutions = [json.loads(line)["solution"] for line in path.read_text(encoding="utf-8").split("\n") if line]
    assert len({p.problem_id for p in problems}) == len(problems) == 500
    for p, solution in zip(problems, solutions):
        assert judge(math, p, solution).verdict == Verdict.CORRECT, p


@needs_data
def test_neighbours_answers_of_math500_are_wrong():
    problems = math.load({"path": str(DATA / "math500/test.jsonl")}, 0)
    answers = [p.ground_truth.removeprefix("x=") for p in problems]
    pairs = [(p, next_) for p, own, next_ in zip(problems[:200], answers, answers[1:]) if own != next_]
    assert {math.verify(answer, p) for p, answer in pairs} == {Verdict.WRONG}


@given(st.tuples(*[st.integers(-12, 12), st.integers(1, 12)] * 2), st.sampled_from(["{}/{}", r"\frac{{{}}}{{{}}}"]))
def test_plain_numbers_are_judged_as_math_verify_does(parts, form):
    from math_verify import parse, verify

    a, b, c, d = parts
    forms = {form.format(abs(a), b), str(a), rf"\boxed{{\frac{{{abs(a)}}}{{{b}}}}}"}
    for answer in forms:
        for gold in (str(c), rf"\frac{{{abs(c)}}}{{{d}}}", rf"-\frac{{{abs(c)}}}{{{d}}}"):
            said = verify(parse(f"${gold}$"), parse(answer if "boxed" in answer else f"${answer}$"))
            assert (math.verify(answer, problem(gold)) == Verdict.CORRECT) == said, (gold, answer)


@needs_data
def test_the_train_copy_is_refused_for_its_missing_answers():
    with pytest.raises(SourceError, match=r"rllm_train_math\.json, row 887: no usable answer"):
        math.load({"path": str(DATA / "math_train/rllm_train_math.json")}, 0)


def test_broken_rows_are_left_out_only_where_allowed(tmp_path, caplog):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"problem": "1+1?", "answer": "2"}\n{"problem": "1+2?", "answer": null}\nnot JSON\n')
    with pytest.raises(SourceError, match=r"row 2: no usable answer.*`broken_rows: 2`"):
        math.load({"path": str(path)}, 0)
    with pytest.raises(SourceError, match="row 2"):
        math.load({"path": str(path), "broken_rows": 1}, 0)
    assert [p.question for p in math.load({"path": str(path), "broken_rows": 2}, 0)] == ["1+1?"]
    assert "row 2" in caplog.text and "row 3" in caplog.text
