"""KOR-Bench: rows are read or refused with a remedy; each rule accepts and refuses what the benchmark's own does."""

import json
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from mtalign.errors import SourceError
from mtalign.tasks import Judgement, Problem, family, judge, kor_bench
from mtalign.tasks.shared.kor_prompts import CATEGORIES
from mtalign.verification import latex_equality
from mtalign.vocabulary import Verdict

from tests.places import DATA as SHARED

DATA = SHARED / "kor_bench"
needs_data = pytest.mark.skipif(not DATA.exists(), reason=f"needs the copy of KOR-Bench in {DATA}")
each_category = pytest.mark.parametrize("category", CATEGORIES)
# What the benchmark's own grader says of its golds.
REFUSED_GOLDS = {"puzzle": {11, 12, 18, 31, 32, 33, 35, 36, 37, 84, 93, 94}}
MATHEMATICAL = (
    "18 73 74 77 94 115 116 117 121 122 123 125 131 132 134 135 136 141 143 145 146 147 149 151 152 153 154 155 156 "
    "160 161 162 164 165 166 170 206 209 211 212 213 214 215 217 218"
)


def problem(category: str, rule: int, idx: int, gold: str) -> Problem:
    return Problem("kor-0", "?", gold, {"category": category, "idx": str(idx), "rule_id": str(rule)})


def judged(answer: str, category: str, rule: int, idx: int, gold: str) -> Verdict:
    return kor_bench.verify(answer, problem(category, rule, idx, gold))


# ------------------------------------------------------------------------------------------------------------- loading
RULES = [
    {"idx": "1", "title": "A", "rule_content": "Rule {one}."},
    {"idx": "2", "title": "B", "rule_content": "Rule 2"},
]
ROWS = [
    {"idx": "1", "question": "What {is} 1?", "answer": "[[1]]", "rule_id": "1", "needle": []},
    {"idx": "11", "question": "And 2?", "answer": "[[2]]", "rule_id": "2", "needle": []},
]


def write(folder: Path, category: str, rows: list = ROWS, rules: list = RULES) -> dict:
    (folder / category).mkdir(exist_ok=True)
    for name, content in (("sample", rows), ("rule", rules)):
        (folder / category / f"{name}.jsonl").write_text("\n".join(map(json.dumps, content)), encoding="utf-8")
    return {"path": str(folder), "category": category}


def test_load(tmp_path):
    source = write(tmp_path, "logic")
    first, second = family("kor_bench").load(source, seed=0)
    assert first.problem_id == "kor_bench-logic-1"
    assert first.question.endswith("### Logic Rule:\n\nRule {one}.\n\n### Question:\nWhat {is} 1?\n\n### Answer:\n")
    assert (second.ground_truth, second.extra) == ("[[2]]", {"category": "logic", "idx": "11", "rule_id": "2"})
    assert kor_bench.load(source | {"limit": 1}, 1) == [first]
    assert kor_bench.load(write(tmp_path, "logic", ROWS[::-1]), 0) == [second, first]


def test_the_category_may_lie_deeper_but_only_once(tmp_path):
    (tmp_path / "data").mkdir()
    write(tmp_path / "data", "logic")
    source = {"path": str(tmp_path), "category": "logic"}
    assert len(kor_bench.load(source, 0)) == 2
    write(tmp_path, "logic")
    with pytest.raises(SourceError, match="logic is there 2 times; set `path` to one"):
        kor_bench.load(source, 0)


def test_a_row_alone():
    loaded = kor_bench.from_row("row 1", ROWS[0] | {"category": "logic"})
    assert (loaded.problem_id, loaded.question) == ("kor_bench-logic-1", "What {is} 1?")
    assert kor_bench.from_row("row 1", ROWS[0] | {"category": "Encryption"}).extra["category"] == "cipher"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"idx": None}, "no usable idx; mend or remove it"),
        ({"idx": 11}, "no usable idx"),
        ({"idx": "eleven"}, "idx 'eleven' is no number; mend"),
        ({"idx": "1"}, "a second row with idx 1; mend or remove it"),
        ({"question": " "}, "no usable question; mend"),
        ({"answer": ["2"]}, "no usable answer; mend"),
        ({"answer": "2"}, r"answer '2' is not of the form \[\[...\]\]; mend"),
        ({"answer": "[[2]] or [[3]]"}, "answer .* is not of the form"),
        ({"rule_id": "3"}, r"rule 3 is not in .*rule\.jsonl; add it there, or mend"),
        ({"rule_id": None}, "no usable rule_id; mend"),
        ({"real_life_answer": None}, "no usable real_life_answer; mend"),
        ({"real_life_answer": "A"}, "real_life_answer 'A' is not of the form"),
    ],
)
def test_broken_rows_are_named(tmp_path, change, message):
    rows = [row | {"real_life_answer": "[[3]]"} for row in ROWS]
    source = write(tmp_path, "counterfactual", [rows[0], rows[1] | change])
    with pytest.raises(SourceError, match=rf"counterfactual/sample\.jsonl, row 2: {message}"):
        kor_bench.load(source | {"limit": 1}, 0)


@pytest.mark.parametrize("row", [None, [], "x", 1])
def test_rows_that_are_no_objects_are_named(tmp_path, row):
    with pytest.raises(SourceError, match=r"sample\.jsonl, row 1: no usable rule_id; mend or remove it"):
        kor_bench.load(write(tmp_path, "logic", [row]), 0)


def test_broken_rows_are_left_out_only_where_allowed(tmp_path, caplog):
    source = write(tmp_path, "logic", [None, *ROWS, ROWS[0], {"idx": "2"}])
    with pytest.raises(SourceError, match=r"row 1: no usable rule_id.*`broken_rows: 3`"):
        kor_bench.load(source | {"broken_rows": 2}, 0)
    assert [p.extra["idx"] for p in kor_bench.load(source | {"broken_rows": 3}, 0)] == ["1", "11"]
    assert all(f"row {number}:" in caplog.text for number in (1, 4, 5))


def test_broken_rules_are_named(tmp_path):
    with pytest.raises(SourceError, match=r"rule\.jsonl, row 2: no usable rule_content; mend"):
        kor_bench.load(write(tmp_path, "logic", rules=[RULES[0], {"idx": "2"}]), 0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'\n{"idx": ', r"row 2: not JSON .*mend or remove it"),
        (b"[" * 100_000, r"row 1: not JSON"),
        (b"\xff\xfe", r"cannot be read .*put the data set there, or correct `path`"),
        (None, r"cannot be read .*put the data set there, or correct `path`"),
    ],
)
def test_broken_files_are_named(tmp_path, content, message):
    source = write(tmp_path, "logic")
    (tmp_path / "logic/sample.jsonl").unlink()
    if content is not None:
        (tmp_path / "logic/sample.jsonl").write_bytes(content)
    with pytest.raises(SourceError, match=rf"logic/sample\.jsonl(:|,) {message}"):
        kor_bench.load(source, 0)


@pytest.mark.parametrize("category", [None, "mixed", ["logic"]])
def test_unknown_categories(tmp_path, category):
    with pytest.raises(
        SourceError, match=r"no category .*; set `category` to one of cipher, counterfactual, logic, op"
    ):
        kor_bench.load({"path": str(tmp_path), "category": category}, 0)


# ---------------------------------------------------------------------------------------------------------- extraction
@pytest.mark.parametrize(
    ("response", "answer"),
    [
        ("It is [[A]].", "[[A]]"),
        ("[[A]] or [[B]]", "[[A]]"),
        ("[x], then [[\nA\n]]", "[[\nA\n]]"),
        ("[[[c]d]]", "[[[c]d]]"),
        (r"[x] \boxed{3} $\boxed{4}$", r"$\boxed{4}$"),
        (r"$\boxed{4} $ [x]", "[x]"),
        ("[[A] [B]", "[[A]"),
        ("<think>[[A]]</think> [[B]]", "[[B]]"),
        ("]] [[", None),
        ("A", None),
        ("", None),
    ],
)
def test_extract(response, answer):
    assert kor_bench.extract(response) == answer


@given(st.lists(st.sampled_from(["[[", "]]", "[", "]", "$\\boxed{", "}$", "A", ";", "\n"])).map("".join))
def test_what_is_extracted_is_judged_as_the_response(response):
    extracted = kor_bench.extract(response)
    for category in ("logic", "puzzle", "cipher"):
        verdict = judged(response, category, 11, 101, "[[A]]")
        assert (Verdict.UNPARSED if extracted is None else judged(extracted, category, 11, 101, "[[A]]")) == verdict


def test_judging():
    question = problem("cipher", 1, 1, "[[A]]")
    assert judge(kor_bench, question, "<think>[[A]]</think><answer>[[B]]</answer>") == Judgement(
        True, "[[B]]", Verdict.WRONG
    )
    assert judge(kor_bench, question, "so [[A]]") == Judgement(False, "[[A]]", Verdict.CORRECT)
    assert judge(kor_bench, question, "so A") == Judgement(False, None, Verdict.UNPARSED)


# -------------------------------------------------------------------------------------------------------- verification
FORMULA, TABLE = "[[p1&p2];[p3||p4]]", "[[I,O];[+,-];[-,+]]"
WORDS, GRID = "[[nine ten]]", "[[12 6,8 1]]"
CARDS = "[[(7*5-9)-2 \n(7*5-2)-9]]"
ACCEPTED = [
    ("logic", 1, 1, FORMULA, '[[ "p1 & p2"];\n[p3||p4.]]'),
    ("logic", 15, 145, "[[[c]open]]", "[[[c] open]]"),
    ("logic", 5, 41, TABLE, "[[I, O]; [+,-]; [-,+]]"),
    ("logic", 5, 42, "[[I,O];[+,-];[-,+];[+,+]]", "[[I,O];[-,+];[+,-];[+,+]]"),
    ("cipher", 1, 1, "[[N]]", 'Ciphertext: [[ "N" ]]'),
    ("cipher", 1, 1, "[[N]]", r"$\boxed{N}$ [M]"),
    ("cipher", 1, 1, "[[N]]", "[\nN\n]"),
    ("cipher", 1, 1, "[[NO]]", "[[[N]O]]"),
    ("counterfactual", 1, 1, "[[C]]", "[[C]]"),
    ("operation", 1, 1, "[[24]]", "[[ 24 ]]"),
    ("operation", 15, 148, "[[2/x]]", "[[2 / x]]"),
    ("operation", 2, 15, "[[4or-12]]", r"[[-12 \text{or} 4]]"),
    ("operation", 2, 15, "[[4or-12]]", "[[-12\tor\t4]]"),
    ("operation", 18, 178, "[[{x∣x≤0 or x≥1}]]", "[[x ≥ 1 and x≤ 0]]"),
    ("operation", 18, 179, "[[{x∣x≤-1 or x≥1}]]", "[[{x|x≥1 or x≤ -1}]]"),
    ("operation", 18, 171, "[[{1,2,4,5}]]", r"[[\{5, 4, 2, 1\}]]"),
    ("operation", 23, 221, "[[((1,2),(9,64))]]", r"[[\begin{pmatrix} 1 & 2 \\ 9 & 64 \end{pmatrix}]]"),
    ("operation", 24, 231, "[[((1,2),(3,4))]]", "[[[1, -2], [03, 4]]]"),
    ("operation", 25, 241, "[[((17,22),(27,32))]]", "[[17, 22; 27, 32]]"),
    ("operation", 13, 121, "[[5+5i]]", "[[ z = 5(1+i) ]]"),
    ("operation", 13, 121, "[[5+5i]]", r"$\boxed{5i+5}$"),
    ("operation", 13, 121, "[[5+5i]]", r"[[\text{it is }\left(5+5i\right)]]"),
    ("operation", 8, 73, r"[[2\sqrt{11}]]", r"[[\displaystyle 2 \sqrt{11}]]"),
    ("operation", 8, 73, r"[[2\sqrt{11}]]", r"[[$\\sqrt{44}$]]"),
    ("operation", 2, 18, r"[[-6+\sqrt{22}or-6-\sqrt{22}]]", r"[[-\sqrt{22}-6 or \sqrt{22}-6]]"),
    ("operation", 13, 121, "[[%5]]", "[[x =%5]]"),  # unreadable, but equal
    ("puzzle", 1, 1, WORDS, "[[Nine, TEN]]"),
    ("puzzle", 2, 11, "[[t,tal]]", "[[-Tal]]"),
    ("puzzle", 2, 13, "[[tion]]", "[[-tion]]"),
    ("puzzle", 3, 21, "[[pea ape]]", "[[Ape, pea]]"),
    ("puzzle", 4, 31, "[[appel pepla]]", "[[pepla]]"),
    ("puzzle", 4, 31, "[[appel pepla]]", "[[]]"),  # a known flaw
    ("puzzle", 5, 44, "[[T=9,L=1,C=8]]", "[[L=1, C = 8,\nT=9]]"),
    ("puzzle", 9, 81, "[[6+2*3-2=10]]", "[[6 + 2 × 3 − 2 = 10]]"),
    ("puzzle", 9, 81, "[[6+2*3-2=10]]", "[[7+1*(9)-6]]"),  # any numbers will do, and no right side
    ("puzzle", 9, 89, "[[3/3+2/1-5-3=-5]]", "[[3/3+2/1-5-3 = 0]]"),
    ("puzzle", 10, 92, "[[6*8/(9-7)]]", "[[8 × 6 / (9 − 7) = 24]]"),
    ("puzzle", 10, 93, CARDS, "[[7*5-(9+2)]]"),
    ("puzzle", 18, 171, "[[← 9,↑ ↓]]", "[[ [←,9], [↑,↓]]]"),
    ("puzzle", 6, 51, "[[4]]", "[[ (4) ]]"),
    ("puzzle", 11, 101, GRID, "[[12, 6\n8, 1]]"),
]
REFUSED = [
    ("logic", 1, 1, FORMULA, "[[p2&p1];[p3||p4]]"),
    ("logic", 1, 1, FORMULA, "[[p3||p4];[p1&p2]]"),
    ("logic", 1, 1, "[[A,C]]", "[[AC]]"),
    ("logic", 1, 1, "[[A]]", "[[a]]"),
    ("logic", 6, 41, "[[I,O];[+,-];[-,+];[+,+]]", "[[I,O];[-,+];[+,-];[+,+]]"),  # another rule
    ("logic", 5, 41, TABLE, "[[-,+];[+,-];[I,O]]"),  # the outer parts carry the brackets
    ("logic", 5, 41, TABLE, "[[I,O];[+,-]]"),
    ("cipher", 1, 1, "[[N]]", "[[n]]"),
    ("cipher", 1, 1, "[[N]]", "[[N.]]"),
    ("cipher", 1, 1, "[[N]]", "[[M]] or [[N]]"),
    ("cipher", 1, 1, "[[N]]", r"[[M]] $\boxed{N}$"),
    ("counterfactual", 1, 1, "[[C]]", "[[C. Professor Oak]]"),
    ("operation", 1, 1, "[[24]]", "[[24.0]]"),
    ("operation", 15, 148, "[[2/x]]", r"[[\frac{2}{x}]]"),  # not among the mathematical ones
    ("operation", 2, 15, "[[4or-12]]", "[[4]]"),
    ("operation", 2, 15, "[[4or-12]]", "[[4or12]]"),
    ("operation", 2, 15, "[[4or-12]]", "[[4,-12]]"),
    ("operation", 18, 178, "[[{x∣x≤0 or x≥1}]]", "[[x≤1 or x≥0]]"),
    ("operation", 18, 178, "[[{x∣x≤0 or x≥1}]]", "[[{x∣x<=0 or x>=1}]]"),  # the signs themselves only
    ("operation", 18, 178, "[[{x∣x≤0 or x≥1}]]", "[[x≤0]]"),
    ("operation", 18, 179, "[[{x∣x≤-1 or x≥1}]]", "[[{x∣x≤1 or x≥-1}]]"),
    ("operation", 18, 180, "[[{x∣x≤0 or x≥1}]]", "[[x ≥ 1 and x ≤ 0]]"),
    ("operation", 18, 171, "[[{1,2,4,5}]]", "[[{1,2,4,5,5}]]"),
    ("operation", 18, 172, "[[{a,b}]]", "[[{A,b}]]"),
    ("operation", 23, 221, "[[((1,2),(9,64))]]", "[[((2,1),(9,64))]]"),
    ("operation", 23, 221, "[[((1,2),(9,64))]]", f"[[{'1' * 10_000}]]"),
    ("operation", 25, 241, "[[((17,22),(27,32))]]", "[[17 22; 27 32]]"),  # without spaces, 1722 and 2732
    ("operation", 22, 220, "[[((1,2),(9,64))]]", "[[1 2 9 64]]"),  # another rule
    ("operation", 13, 121, "[[5+5i]]", "[[5-5i]]"),
    ("operation", 13, 121, "[[5+5i]]", "[[5+5i = 5]]"),
    ("operation", 13, 121, "[[5+5i]]", r"[[\text{5+5i}]]"),
    ("operation", 13, 121, "[[5+5i]]", "[[5+5i %]]"),
    ("operation", 13, 121, "[[5+5i]]", f"[[5+5i{'+0' * 300}]]"),  # absurdly long
    ("operation", 2, 18, r"[[-6+\sqrt{22}or-6-\sqrt{22}]]", r"[[-6+\sqrt{22}]]"),
    ("puzzle", 1, 1, WORDS, "[[ten nine]]"),
    ("puzzle", 2, 11, "[[t,tal]]", "[[t,tal]]"),
    ("puzzle", 3, 21, "[[pea ape]]", "[[pea ape ape]]"),
    ("puzzle", 4, 31, "[[appel pepla]]", "[[apple]]"),
    ("puzzle", 4, 31, "[[appel pepla]]", "[[appel pepla]]"),
    ("puzzle", 5, 44, "[[T=9,L=1,C=8]]", "[[T=9,L=1]]"),
    ("puzzle", 5, 44, "[[T=9,L=1,C=8]]", "[[T=1,L=9,C=8]]"),
    ("puzzle", 9, 81, "[[6+2*3-2=10]]", "[[6*2+3-5=10]]"),  # other operators, the right value
    ("puzzle", 9, 81, "[[6+2*3-2=10]]", "[[6+2*3-3=10]]"),
    ("puzzle", 9, 81, "[[6+2*3-2=10]]", "[[10=6+2*3-2]]"),
    ("puzzle", 9, 81, "[[6+2*3-2=10]]", "[[6+2x3-2=10]]"),
    ("puzzle", 9, 84, "[[2+2+3*4=28]]", "[[2+2+3*4=28]]"),  # the benchmark's own gold is false
    ("puzzle", 10, 92, "[[6*8/(9-7)]]", "[[6*8/(9-8)]]"),
    ("puzzle", 10, 92, "[[6*8/(9-7)]]", "[[6*8/2]]"),
    ("puzzle", 10, 92, "[[6*8/(9-7)]]", "[[24=6*8/(9-7)]]"),
    ("puzzle", 10, 92, "[[6*8/(9-7)]]", "[[9**8**7**6]]"),
    ("puzzle", 10, 93, CARDS, CARDS),
    ("puzzle", 18, 171, "[[← 9,↑ ↓]]", "[[→ 9,↑ ↓]]"),
    ("puzzle", 6, 51, "[[X_1]]", "[[x_1]]"),
    ("puzzle", 6, 51, "[[X_1]]", "[[X1]]"),
    ("puzzle", 11, 101, GRID, "[[8 1,12 6]]"),
]


@pytest.mark.parametrize(("category", "rule", "idx", "gold", "answer"), ACCEPTED)
def test_accepted(category, rule, idx, gold, answer):
    assert judged(answer, category, rule, idx, gold) == Verdict.CORRECT


@pytest.mark.parametrize(("category", "rule", "idx", "gold", "answer"), REFUSED)
def test_refused(category, rule, idx, gold, answer):
    assert judged(answer, category, rule, idx, gold) == Verdict.WRONG


@pytest.mark.parametrize("answer", [r"$\boxed{4}$", "[4]", "4", "[[4", "4]]", ""])
def test_puzzles_need_double_brackets(answer):
    assert judged(answer, "puzzle", 6, 51, "[[4]]") == Verdict.UNPARSED


@pytest.mark.parametrize("answer", ["4", "", r"\boxed{4}", "[4", r"$\boxed{4}"])
@pytest.mark.parametrize("category", ["logic", "operation", "cipher", "counterfactual"])
def test_an_answer_must_be_marked(category, answer):
    assert judged(answer, category, 1, 1, "[[4]]") == Verdict.UNPARSED


def test_the_real_life_answer():
    question = problem("counterfactual", 1, 1, "[[C]]")
    question.extra["real_life_answer"] = "[[A]]"
    assert [kor_bench.gave_real_life_answer(f"[[{letter}]]", question) for letter in "ABC"] == [True, False, False]
    assert [kor_bench.verify(f"[[{letter}]]", question) for letter in "AC"] == [Verdict.WRONG, Verdict.CORRECT]


def test_mathematics_that_takes_too_long_is_a_timeout(monkeypatch):
    assert judged("[[5]]", "operation", 13, 121, "[[5+5i]]") == Verdict.WRONG  # imports sympy
    monkeypatch.setattr(latex_equality, "_SECONDS", 0.5)
    start = time.process_time()
    assert judged("[[10^{10^{10}}]]", "operation", 13, 121, "[[5+5i]]") == Verdict.TIMEOUT
    assert time.process_time() - start < 3


KINDS = [
    *(("logic", rule, 1, FORMULA) for rule in (1, 5)),
    ("cipher", 1, 1, "[[N]]"),
    ("operation", 2, 15, "[[4or-12]]"),
    ("operation", 18, 178, "[[{x∣x≤0 or x≥1}]]"),
    ("operation", 18, 171, "[[{1,2}]]"),
    ("operation", 23, 221, "[[((1,2),(9,64))]]"),
    ("operation", 13, 121, "[[5+5i]]"),
    *(("puzzle", rule, 1, WORDS) for rule in (1, 2, 3, 4, 5, 6, 18)),
    ("puzzle", 9, 81, "[[6+2*3-2=10]]"),
    ("puzzle", 10, 92, "[[6*8/(9-7)]]"),
]
PIECES = st.sampled_from([*'[]{}()$"\\;,.=+-*/%×≤ \n\0', "or", "\\text{", "\\frac", "\\left", "[[", "]]", "9**", "12"])


@given(st.sampled_from(KINDS), st.lists(PIECES | st.characters(), max_size=12).map("".join), st.booleans())
def test_any_text_gets_a_verdict(kind, text, bracketed):
    assert judged(f"[[{text}]]" if bracketed else text, *kind) in Verdict


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "-".join(map(str, kind[:3])))
def test_long_text_ends_soon(kind):
    judged("[[1]]", *kind)  # imports sympy
    start = time.process_time()
    for part in (
        "[[",
        "]]",
        "[",
        "$\\boxed{",
        "\\text{",
        "(",
        "-",
        "9",
        "9**",
        "≤",
        "≤ ",
        ";",
        "or",
        "= ",
        "\\",
        "a,",
        "\n",
    ):
        for text in (part * 30_000, f"[[{part * 30_000}]]", f"[[{part * 40}]]"):
            assert judged(text, *kind) != Verdict.CORRECT or kind[1] == 4
    assert time.process_time() - start < 5


SHUFFLED = [
    ("operation", 18, 171, "1,2,4,5", ","),
    ("operation", 4, 36, "3or4or7", "or"),
    ("puzzle", 3, 23, "ar at ta art rat", " "),
    ("puzzle", 5, 44, "T=9,L=1,C=8", ","),
]


@given(st.sampled_from(SHUFFLED), st.data())
def test_order_is_free_where_it_is(case, data):
    category, rule, idx, gold, separator = case
    parts = data.draw(st.permutations(gold.split(separator)))
    assert judged(f"[[{separator.join(parts)}]]", category, rule, idx, f"[[{gold}]]") == Verdict.CORRECT
    parts[data.draw(st.integers(0, len(parts) - 1))] = "Q"
    assert judged(f"[[{separator.join(parts)}]]", category, rule, idx, f"[[{gold}]]") == Verdict.WRONG


# ----------------------------------------------------------------------------------------------------------- real data
@needs_data
@each_category
def test_every_gold_gets_the_evaluators_verdict(category):
    problems = kor_bench.load({"path": str(DATA), "category": category}, 0)
    assert len({p.problem_id for p in problems}) == len(problems) == 250
    refused = {int(p.extra["idx"]) for p in problems if kor_bench.verify(p.ground_truth, p) != Verdict.CORRECT}
    assert refused == REFUSED_GOLDS.get(category, set())
    assert {kor_bench.verify(p.ground_truth[2:-2], p) for p in problems} <= {Verdict.UNPARSED, Verdict.WRONG}


@needs_data
@each_category
def test_prompts_are_the_official_ones(category):
    templates = yaml.safe_load((DATA / "prompts/zero-shot.yaml").read_text(encoding="utf-8"))
    rules, rows = (
        [json.loads(line) for line in (DATA / category / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
        for name in ("rule", "sample")
    )
    contents = {rule["idx"]: rule["rule_content"] for rule in rules}
    official = [
        templates[f"{category}_prompt_format"][0].format(contents[row["rule_id"]], row["question"]) for row in rows
    ]
    assert [p.question for p in kor_bench.load({"path": str(DATA), "category": category}, 0)] == official


@needs_data
@each_category
def test_another_questions_gold_is_wrong(category):
    problems = kor_bench.load({"path": str(DATA), "category": category}, 0)
    for p, other in zip(problems, problems[10:] + problems[:10]):
        if other.ground_truth.lower() != p.ground_truth.lower():
            assert kor_bench.verify(other.ground_truth, p) == Verdict.WRONG, (p, other)


@needs_data
def test_the_mathematical_ones():
    unequal_text = {}
    for p in kor_bench.load({"path": str(DATA), "category": "operation"}, 0):
        if p.extra["rule_id"] not in ("18", "23", "24", "25"):
            verdict = kor_bench.verify(p.ground_truth.replace("[[", "[[0+"), p)
            unequal_text[int(p.extra["idx"])] = verdict == Verdict.CORRECT
    assert {idx for idx, accepted in unequal_text.items() if accepted} == set(map(int, MATHEMATICAL.split()))


@needs_data
def test_real_life_answers():
    for p in kor_bench.load({"path": str(DATA), "category": "counterfactual"}, 0):
        assert kor_bench.gave_real_life_answer(p.extra["real_life_answer"], p)
        assert not kor_bench.gave_real_life_answer(p.ground_truth, p)
        assert kor_bench.verify(p.extra["real_life_answer"], p) == Verdict.WRONG
