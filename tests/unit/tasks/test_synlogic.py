"""SynLogic: published rows become problems or are refused with a remedy; each puzzle's rule accepts what obeys it."""

import ast
import json
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise, permutations, product
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mtalign.errors import SourceError
from mtalign.tasks import Judgement, Problem, families, family, judge, synlogic
from mtalign.tasks.synlogic_rules import EASY, HARD_ONLY, RULES, brackets, fields, placements, reading
from mtalign.vocabulary import Verdict

from tests.places import DATA as SHARED
from tests.unit.tasks.synlogic_cases import CASES, MORE, ZEBRA, fenced

DATA = SHARED / "synlogic_dev"
FILES = ("easy_like_train.jsonl", "easy_like_validation.jsonl", "other_tasks.jsonl")
needs_data = pytest.mark.skipif(not DATA.exists(), reason=f"needs the SynLogic copies in {DATA}")
ARROWS = "↑↓←→↖↗↘↙"


def spaced(rows: list[list[int]]) -> str:
    """As calcudoko and futoshiki want it: [[1 2,2 1]]."""
    return f"[[{','.join(' '.join(map(str, row)) for row in rows)}]]"


def puzzle(task: str, /, **published: Any) -> Problem:
    """A problem as `load` makes it, of a row as it is published."""
    metadata = {name: value for name, value in published.items() if name != "answer"}
    game = {"question": "?", "answer": published.get("answer", ""), "metadata": metadata or None}
    return synlogic.from_row("here", {"data_source": task, "extra_info": {"game_data_str": json.dumps(game)}})


def verdict(answer: str, task: str, /, **published: Any) -> Verdict:
    return synlogic.verify(answer, puzzle(task, **published or CASES[task].published))


each_task = pytest.mark.parametrize("task", sorted(CASES))


# --------------------------------------------------------------------------------------------------- the cases by hand
def test_every_task_has_a_rule_and_a_case():
    assert set(CASES) == set(RULES) == {*EASY, *HARD_ONLY}
    assert (len(EASY), len(HARD_ONLY)) == (27, 8)


@each_task
def test_right_answers(task):
    assert {answer: verdict(answer, task) for answer in CASES[task].right} == dict.fromkeys(
        CASES[task].right, Verdict.CORRECT
    )


@each_task
def test_wrong_answers(task):
    assert {answer: verdict(answer, task) for answer in CASES[task].wrong} == dict.fromkeys(
        CASES[task].wrong, Verdict.WRONG
    )


@each_task
def test_unreadable_answers(task):
    assert {answer: verdict(answer, task) for answer in CASES[task].unparsed} == dict.fromkeys(
        CASES[task].unparsed, Verdict.UNPARSED
    )


# ------------------------------------------------------------------------------------------------- single rules, closer
@pytest.mark.parametrize(
    ("task", "published", "right", "wrong"),
    MORE,
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_more_answers(task, published, right, wrong):
    assert [verdict(answer, task, **published) for answer in right] == [Verdict.CORRECT] * len(right)
    assert [verdict(answer, task, **published) for answer in wrong] == [Verdict.WRONG] * len(wrong)


# --------------------------------------------------------------------------- all answers of small puzzles, brute force
def accepted(task: str, answers: Any, /, **published: Any) -> list:
    rule, instance = RULES[task], RULES[task].instance({"answer": ""} | (published or CASES[task].published))
    return [answer for answer in answers if rule.obeys(answer, **instance)]


def grids(rows: int, columns: int, cells: Any) -> Iterator[list[list]]:
    for filled in product(cells, repeat=rows * columns):
        yield [list(filled[r * columns : (r + 1) * columns]) for r in range(rows)]


@pytest.mark.parametrize(("task", "solutions"), [("calcudoko", 2), ("futoshiki", 2), ("skyscraper_puzzle", 1)])
def test_of_all_squares_only_the_solutions_are_accepted(task, solutions):
    found = accepted(task, grids(3, 3, (1, 2, 3)))
    read = RULES[task].read
    assert len(found) == solutions
    assert read(CASES[task].right[0]) in found


def test_of_all_drawings_only_the_solution_is_accepted():
    assert accepted("kukurasu", grids(2, 3, "1X")) == [[["1", "1", "X"], ["X", "X", "1"]]]
    walls = ([[a, 2, b], [c, d, e], [f, g, h]] for a, b, c, d, e, f, g, h in product("XA", repeat=8))
    assert accepted("number_wall", walls) == [[["A", 2, "A"], ["A", "X", "A"], ["A", "A", "A"]]]
    (tents,) = accepted("campsite", (g for g in grids(3, 4, "TCX") if g[0][0] == g[1][2] == "T" and g[2] == ["X"] * 4))
    assert tents == [["T", "C", "X", "X"], ["X", "X", "T", "C"], ["X"] * 4]


def test_of_all_paths_and_stars_only_the_solutions_are_accepted():
    paths = ([[1, *p[:2]], list(p[2:5]), [*p[5:], 9]] for p in permutations(range(2, 9)))
    assert len(accepted("numbrix", paths)) == 2
    stars = (
        {name: [(r, c)] for r, (name, c) in enumerate(zip("ABCD", columns), 1)}
        for columns in product(range(6), repeat=4)
    )
    assert len(accepted("star_placement_puzzle", stars)) == 2
    matrices = ([[a, b, 5], [c, d, 5], [5, 5, 10]] for a, b, c, d in product(range(6), repeat=4))
    assert len(accepted("survo", matrices)) == 2


def test_of_all_dominoes_only_the_solutions_are_accepted():
    """Two cells in the first row, two in the others, and no side of one domino at the other."""
    cells = list(product((1, 2, 3), repeat=2))
    dominoes = [[a, b] for a in cells for b in cells if a < b and abs(a[0] - b[0]) + abs(a[1] - b[1]) == 1]
    pairs = [[one, other] for one in dominoes for other in dominoes if one < other]
    solutions = []
    for one, other in pairs:
        reached = {(r + i, c + j) for r, c in one for i, j in ((0, 0), (0, 1), (1, 0), (0, -1), (-1, 0))}
        if [r for r, _ in one + other].count(1) == 2 and not reached & set(other):
            solutions.append([one, other])
    assert accepted("norinori", pairs) == solutions
    assert len(solutions) > 4
    assert accepted("norinori", ([one] for one in dominoes)) == []


def arrow_counts(grid: list[list[str]]) -> list[int]:
    """Arrows per number, counted from the arrows: each walks back along its like, and so to one number or to none."""
    steps = dict(zip(ARROWS, [(-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (-1, 1), (1, 1), (1, -1)]))
    cells = {(r, c): cell for r, row in enumerate(grid) for c, cell in enumerate(row)}
    counts = {at: 0 for at, cell in cells.items() if cell.isdigit()}
    for (r, c), cell in cells.items():
        if cell in steps:
            down, right = steps[cell]
            while cells.get((r, c)) == cell:
                r, c = r - down, c - right
            if (r, c) in counts:
                counts[r, c] += 1
    return list(counts.values())


@given(
    st.lists(st.lists(st.sampled_from([*ARROWS, "1", "2", "↓", "→"]), min_size=4, max_size=4), min_size=3, max_size=3)
)
def test_arrows_counted_the_other_way(grid):
    counts = arrow_counts(grid)
    numbered = iter(map(str, counts))
    maze = [[next(numbered) if cell.isdigit() else cell for cell in row] for row in grid]
    empty = [[cell if cell.isdigit() else "X" for cell in row] for row in maze]
    assert accepted("arrow_maze", [maze], maze=empty) == [maze]
    if counts:
        counts[0] += 1
        numbered = iter(map(str, counts))
        other = [[next(numbered) if cell.isdigit() else cell for cell in row] for row in grid]
        assert accepted("arrow_maze", [other], maze=[[c if c.isdigit() else "X" for c in row] for row in other]) == []


@settings(max_examples=60)
@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=3, max_size=3), st.integers(0, 2**9 - 1))
def test_mines_against_all_layouts(mines, shown):
    """Any layout that agrees with the numbers is possible; what it shares with all others is certain."""
    cells = list(product(range(3), repeat=2))

    def numbers(mined: set) -> dict:
        return {(r, c): sum(max(abs(r - a), abs(c - b)) == 1 for a, b in mined) for r, c in cells}

    mined = {(r, c) for r, c in cells if mines[r][c]}
    revealed = {cell for bit, cell in enumerate(cells) if shown >> bit & 1} - mined
    hidden = sorted(set(cells) - revealed)
    truth = numbers(mined)
    layouts = [
        layout
        for bits in range(2 ** len(hidden))
        if (layout := {cell for bit, cell in enumerate(hidden) if bits >> bit & 1}) is not None
        and all(numbers(layout)[cell] == truth[cell] for cell in revealed)
    ]
    certain = set.intersection(*layouts)
    one_step = set()
    for r, c in revealed:
        around = {cell for cell in hidden if max(abs(r - cell[0]), abs(c - cell[1])) == 1}
        one_step |= around if len(around) == truth[r, c] else set()
    grid = [[str(truth[r, c]) if (r, c) in revealed else "X" for c in range(3)] for r in range(3)]
    candidates = [certain, one_step, *(certain | {cell} for cell in hidden), *(certain - {cell} for cell in certain)]
    for answer in candidates:
        right = one_step <= answer <= certain
        assert accepted("minesweeper", [sorted(answer)], revealed_grid=grid) == [sorted(answer)] * right


@given(st.text("([{<>}])", max_size=12))
def test_errors_of_brackets(sequence):
    """Taking away pairs that stand side by side leaves nothing, or the first error among what is left."""
    left = list(enumerate(sequence, start=1))
    while beside := [i for i, (a, b) in enumerate(pairwise(left)) if a[1] + b[1] in ("()", "[]", "{}", "<>")]:
        del left[beside[0] : beside[0] + 2]
    closing = [place for place, bracket in left if bracket in ")]}>"]
    expected = closing[0] if closing else len(sequence) + 1 if left else -1
    assert brackets.first_error(sequence) == expected


# ---------------------------------------------------------------------------------------- near misses of right answers
def damaged(rows: list[list], alphabet: Callable[[Any], list]) -> Iterator[list]:
    """Rows with one thing changed: each cell, each row, the shape, the type of a cell."""
    for r, row in enumerate(rows):
        yield rows[:r] + rows[r + 1 :]
        yield [*rows[:r], row, *rows[r:]]
        yield [*rows[:r], row[:-1], *rows[r + 1 :]]
        yield [*rows[:r], [*row, row[0]], *rows[r + 1 :]]
        for c, cell in enumerate(row):
            for other in alphabet(cell):
                yield [*rows[:r], [*row[:c], other, *row[c + 1 :]], *rows[r + 1 :]]
    yield [rows]
    yield rows[0]


def like(cell: Any, *symbols: str) -> list:
    """What a cell may be mistaken for."""
    others: list = [None, [cell], str(cell) if isinstance(cell, int) else 1, "", *(s for s in symbols if s != cell)]
    return others + ([cell + 1, cell - 1, -cell or -1, float(cell), bool(cell)] if isinstance(cell, int) else [])


MATRICES: dict[str, Callable[[Any], list]] = {
    "arc_agi": like,
    "arrow_maze": lambda cell: like(cell, *ARROWS, "X", "9"),
    "campsite": lambda cell: like(cell, *"TCX"),
    "goods_exchange": lambda cell: like(cell, "pen"),
    "kukurasu": lambda cell: like(cell, *"1X0"),
    "number_wall": lambda cell: like(cell, *"XA"),
    "numbrix": like,
    "skyscraper_puzzle": like,
    "sudoku": like,
    "survo": like,
    "wordscapes": lambda cell: like(cell, *"qj ", "0"),
}
ROWS_OF_NUMBERS = ("calcudoko", "futoshiki")
BOX = r"\boxed{%s}"


def outcome(expression: str) -> tuple:
    """The digits, sorted, and the value, as Python sees it."""
    return sorted(filter(str.isdigit, expression)), eval(expression)


@dataclass(frozen=True)
class Text:
    """An answer in which each character counts; meaning: what two ways to write the same answer have in common."""

    frame: str
    content: str
    signs: str
    meaning: Callable[[str], Any] = str


TEXTS = {
    "boolean_expressions": Text(BOX, "A,C", "ABz1", lambda text: set(text.casefold()) - {","}),
    "buggy_tables": Text("%s", '{"result": [{"answer": "1251.00"}]}', '0159.-"}x', lambda text: text.replace(" ", "")),
    "cipher": Text('[["%s"]]', "HELLO", 'aZ"]'),
    "cryptarithm": Text("%s", "89 + 9 = 98", "0123456789+-.x", lambda text: text.replace(" ", "").rstrip(".")),
    "dyck_language": Text("%s", "([{}<>])", "()[]{}<>x"),
    "dyck_language_errors": Text("%s", "3", "0123456789-x", int),
    "dyck_language_reasoning_errors": Text("%s", "7,9,12", "0123456789x", lambda text: set(map(int, text.split(",")))),
    "mathador": Text("%s", "((1+5)/2)*8", "0123456789+-*/)x", outcome),
    "math_path": Text("[[%s]]", "4-(2*1)*3 = -2", "0123456789+-*/)x", lambda text: text.replace(" ", "")),
    "object_counting": Text(BOX, "536", "0123456789-x", int),
    "space_reasoning": Text(BOX, "air conditioner", "aé,", str.split),
    "space_reasoning_tree": Text(
        BOX, "bowl, chair, ice cube tray", "aé", lambda text: {tuple(x.split()) for x in text.split(",")}
    ),
    "time_sequence": Text("[%s]", "90, 2", "0123456789-x", lambda text: list(map(int, text.split(",")))),
    "web_of_lies": Text("The answer is **%s**.", "yes, no", "yn*,x", lambda text: text.replace(" ", "")),
    "word_sorting": Text(BOX, "yens, apple, berry", "aé,", lambda text: [word.strip() for word in text.split(",")]),
    "word_sorting_mistake": Text(BOX, "No", "N1x", str.casefold),
}


def means(text: Text, content: str) -> Any:
    try:
        with warnings.catch_warnings(action="ignore"):
            return text.meaning(content)
    except (ValueError, SyntaxError, TypeError, ZeroDivisionError, NameError):
        return None


def near_misses(task: str, answer: str) -> list[str]:
    """Answers that are not right any more: one thing in a right one is changed."""
    if task in MATRICES:
        content = reading.unfenced(answer)
        rows = [list(row) for row in (json.loads if task == "arc_agi" else ast.literal_eval)(content)]
        write = json.dumps if task == "arc_agi" else repr
        bad = [write(rows) for rows in damaged(rows, MATRICES[task])]
        around = [content[:-1], content[1:], content.replace(",", " and ", 1), f"{content} is it", f"Answer: {content}"]
        return bad + around + [fenced(text) for text in around]
    rows = RULES[task].read(answer)
    bad = [spaced(rows) for rows in damaged(rows, lambda cell: [cell + 1, 0, "x", "1.0"]) if isinstance(rows[0], list)]
    return [*bad, answer.replace("[[", "["), answer.replace(" ", ","), answer.replace(",", ";")]


def edits(text: Text) -> list[str]:
    """Each character left out, put in, or exchanged, where that changes the meaning."""
    content, edited = text.content, {""}
    for i in range(len(content) + 1):
        edited |= {content[:i] + content[i + 1 :]}
        edited |= {content[:i] + sign + rest for sign in text.signs for rest in (content[i:], content[i + 1 :])}
    return sorted(text.frame % other for other in edited if means(text, other) != means(text, content))


@pytest.mark.parametrize("task", [*MATRICES, *ROWS_OF_NUMBERS])
def test_near_misses_are_refused(task):
    problem = puzzle(task, **CASES[task].published)
    misses = near_misses(task, CASES[task].right[0])
    assert len(misses) > 20
    assert [text for text in misses if synlogic.verify(text, problem) == Verdict.CORRECT] == []


@pytest.mark.parametrize("task", TEXTS)
def test_edits_are_refused(task):
    problem, text = puzzle(task, **CASES[task].published), TEXTS[task]
    assert synlogic.verify(text.frame % text.content, problem) == Verdict.CORRECT
    assert len(edits(text)) > 8
    assert [other for other in edits(text) if synlogic.verify(other, problem) == Verdict.CORRECT] == []


def malformed(cells: list[tuple]) -> Iterator[list]:
    """Lists of cells with one of them moved off its grid, missing, there twice, or not made of two whole numbers."""
    for i, (r, c) in enumerate(cells):
        yield cells[:i] + cells[i + 1 :]
        yield [*cells[:i], (r, c), *cells[i:]]
        for other in (
            (r + 9, c),
            (-r - 1, c),
            (r, float(c)),
            (str(r), c),
            (r,),
            (r, c, 1),
            [r, [c]],
            r,
            None,
            "(1, 2)",
        ):
            yield [*cells[:i], other, *cells[i + 1 :]]


def test_malformed_stars_and_dominoes_are_refused():
    stars = ast.literal_eval(CASES["star_placement_puzzle"].right[0])
    answers = [stars | {name: cells} for name in stars for cells in [*malformed(stars[name]), [], None]]
    moves = product((-1, 0, 1), repeat=2)
    answers += [stars | {n: [(r + i, c + j)]} for n, [(r, c)] in stars.items() for i, j in moves if i or j]
    answers += [{other: cells for other, cells in stars.items() if other != name} for name in stars]
    assert [a for a in answers if verdict(repr(a), "star_placement_puzzle") == Verdict.CORRECT] == []
    dominoes = ast.literal_eval(CASES["norinori"].right[0])
    answers = [[domino, dominoes[1]] for domino in malformed(dominoes[0])] + [
        dominoes[:1],
        dominoes * 2,
        [*dominoes, []],
    ]
    assert [a for a in answers if verdict(repr(a), "norinori") == Verdict.CORRECT] == []
    mines = ast.literal_eval(CASES["minesweeper"].right[0])
    assert [a for a in malformed(mines) if verdict(repr(a), "minesweeper") == Verdict.CORRECT] == []


# ---------------------------------------------------------------------------------------------- whatever a model writes
ALL = {task: puzzle(task, **case.published) for task, case in CASES.items() if task != "operation"}
scraps = st.sampled_from(
    [
        "[[",
        "]]",
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        ", ",
        "\n",
        " ",
        "1",
        "2",
        "-",
        "+",
        "*",
        "/",
        "%",
        "=",
        '"',
        "'",
        ":",
        "X",
        "A",
        "T",
        "C",
        "yes",
        "no",
        "是",
        "**",
        "```",
        "```python\n",
        "```json\n",
        "\\boxed{",
        "The answer is ",
        "答案是",
        "unknown",
        "True",
        "None",
        "1.0",
        "1e999",
        "NaN",
        "#",
        "\\",
        "\0",
        "\ud800",
        "１",
        "²",
        "lambda: 0",
        "__import__",
        "f'{1}'",
        "b''",
        "_",
    ]
)


@settings(max_examples=250)
@given(st.lists(scraps | st.characters(), max_size=25).map("".join))
def test_any_text_gets_a_verdict(answer):
    for problem in ALL.values():
        assert synlogic.verify(answer, problem) in (Verdict.CORRECT, Verdict.WRONG, Verdict.UNPARSED)


leaves = (
    st.integers(-2, 10)
    | st.booleans()
    | st.none()
    | st.floats()
    | st.sampled_from(["X", "A", "1", "→", "T", "", "Ann"])
)
values = st.recursive(
    leaves | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.sampled_from(["A", "result", "answer", 1, True]), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=120)
@given(values, st.booleans())
def test_any_literal_gets_a_verdict(value, as_json):
    answer = json.dumps(value) if as_json else repr(value)
    for problem in ALL.values():
        assert synlogic.verify(fenced(answer), problem) in (Verdict.CORRECT, Verdict.WRONG, Verdict.UNPARSED)


@settings(max_examples=60)
@given(st.integers(1, 4), st.integers(1, 4), st.data())
def test_any_matrix_gets_a_verdict(rows, columns, data):
    cells = st.integers(-1, 9) | st.sampled_from(["X", "A", "1", "2", *ARROWS, "T", "C", " ", "a"])
    matrix = data.draw(st.lists(st.lists(cells, min_size=columns, max_size=columns), min_size=rows, max_size=rows))
    for task, problem in ALL.items():
        if synlogic.verify(repr(matrix), problem) == Verdict.CORRECT:
            assert any(ast.literal_eval(answer) == matrix for answer in CASES[task].right[:1]), task


HUGE = [
    *('"\\' * 9_000, "'\\" * 9_000, "[" + '"\\\\", ' * 3_000),
    *(
        "[" * 90_000,
        "{" * 90_000,
        "(" * 19_000,
        "[" * 9_000 + "]" * 9_000,
        "{1:" * 6_000,
        "-" * 19_000 + "1",
        "~" * 19_000,
    ),
    *(
        "1+" * 9_000 + "1",
        "not " * 4_000 + "1",
        "a." * 9_000 + "a",
        "9" * 19_000,
        "[" + "1," * 9_000 + "]",
        '"' * 19_000,
    ),
    *(
        "[[" + "1 " * 40_000,
        "[[" * 45_000,
        "[[1 " * 20_000,
        "]]" * 45_000,
        "[[" + "1 1," * 20_000 + "]]",
        "[[" + "1" * 9_000 + "]]",
    ),
    *(
        "\\boxed{" * 12_000,
        "\\boxed{" + "A," * 40_000 + "}",
        "```" * 30_000,
        "```\n" * 20_000,
        "1" * 90_000,
        "1 " * 45_000,
    ),
    *("1+1=" * 22_000, "1 + " * 20_000 + "1 = 1", "=" * 90_000, "1+1=2\n" * 15_000, "-1" * 45_000, "* " * 45_000),
    *(
        "The answer is " * 6_000,
        "**" * 45_000,
        "yes, " * 18_000,
        "答案是" * 30_000,
        ", " * 45_000,
        "[1, 2] " * 12_000,
        "([{<" * 20_000,
    ),
    *(
        "(1*" * 90 + "1" + ")" * 90,
        "9*" * 149 + "9",
        "'" + "a" * 19_000,
        "\n" * 90_000,
        "\0" * 9_000,
        "🦓" * 90_000,
        "x" * 200_000,
    ),
    *(
        "{" + "'A': [(1, 2)], " * 1_200 + "}",
        "[" + "[(1, 1), (1, 2)], " * 1_000 + "]",
        str([[1] * 90] * 60),
        "(" * 150 + "1" + ")" * 150,
    ),
]


@pytest.mark.parametrize("answer", HUGE, ids=lambda answer: repr(answer[:12]))
def test_nothing_hangs(answer):
    for task, problem in ALL.items():
        start = time.process_time()
        assert synlogic.verify(answer, problem) != Verdict.CORRECT
        assert synlogic.verify(fenced(answer), problem) != Verdict.CORRECT
        assert time.process_time() - start < 3, task  # under .5 s on an idle machine


def test_mines_that_would_take_too_long_count_as_uncertain(monkeypatch):
    task, published, (_, certain), _ = next(more for more in MORE if more[0] == "minesweeper")
    assert verdict(certain, task, **published) == Verdict.CORRECT
    for name in ("_SEARCH", "_LARGEST"):
        with monkeypatch.context() as patched:
            patched.setattr(placements, name, 1)
            assert verdict(certain, task, **published) == Verdict.WRONG
    start = time.process_time()
    for rows, columns in ((1, 400), (2, 130), (3, 100), (14, 14), (60, 60)):
        grid = [["X" if (r + c) % 2 else str(min(r + c, 2)) for c in range(columns)] for r in range(rows)]
        claimed = [(r, c) for r in range(rows) for c in range(columns) if (r + c) % 2]
        assert verdict(repr(claimed[:900]), task, revealed_grid=grid) in Verdict
    assert time.process_time() - start < 5


def test_operation_gets_a_verdict_on_anything():
    problem = puzzle("operation", answer="6")
    for answer in ("[" * 5_000, "\\boxed{" * 500, "x" * 200_000, "\0", "６", "🦓", r"\boxed{\frac{12}{2}}"):
        assert synlogic.verify(answer, problem) in Verdict
    assert synlogic.verify(r"\boxed{\frac{12}{2}}", problem) == Verdict.CORRECT
    assert synlogic.verify("x" * 200_000, problem) == Verdict.UNPARSED


def test_nothing_is_run(monkeypatch):
    def ran(*_: Any) -> None:
        raise AssertionError("an answer was run")

    monkeypatch.setattr("builtins.eval", ran)
    monkeypatch.setattr("builtins.exec", ran)
    for problem in ALL.values():
        synlogic.verify("__import__('os').getcwd()", problem)
        synlogic.verify(fenced("[print(1)]"), problem)


def test_judging_takes_the_answer_block_or_all_after_the_thinking():
    problem = puzzle("futoshiki", **CASES["futoshiki"].published)
    right, wrong = CASES["futoshiki"].right[0], CASES["futoshiki"].wrong[0]
    answered = f"<think>{wrong}\n</think>\n<answer>\n{right}\n</answer>"
    assert judge(synlogic, problem, answered) == Judgement(True, right, Verdict.CORRECT)
    assert judge(synlogic, problem, f"{right}</think>So {wrong}") == Judgement(False, f"So {wrong}", Verdict.WRONG)
    assert judge(synlogic, problem, f"<think>{right}</think> ") == Judgement(False, None, Verdict.UNPARSED)
    assert judge(synlogic, problem, f"So {right}") == Judgement(False, f"So {right}", Verdict.CORRECT)


# ------------------------------------------------------------------------------------------------------------- loading
def row(task: str = "cipher", question: str = "?", answer: Any = "[[A]]", metadata: Any = None) -> dict:
    game = {"question": question, "answer": answer, "difficulty": 1, "metadata": metadata, "gpt_response": ""}
    extra = {"game_data_str": json.dumps(game, ensure_ascii=False), "index": 0, "split": "train"}
    return {
        "data_source": task,
        "prompt": [{"role": "user", "content": "..."}],
        "ability": "logic_puzzle",
        "extra_info": extra,
    }


def write(path: Path, rows: list) -> dict:
    if path.suffix == ".parquet":
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    else:
        path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return {"path": str(path)}


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.parquet"])
def test_load_keeps_the_first_of_equal_problems(tmp_path, name):
    rows = [row(), row("val/cipher", "Ö?", "[[B]]"), row(answer="[[C]]"), row("zebra_puzzle", answer=ZEBRA)]
    problems = family("synlogic").load(write(tmp_path / name, rows), seed=0)
    assert [(p.question, p.ground_truth, p.extra["task"]) for p in problems] == [
        ("?", "[[A]]", "cipher"),
        ("Ö?", "[[B]]", "cipher"),
        ("?", json.dumps(ZEBRA), "zebra_puzzle"),
    ]
    assert len({p.problem_id for p in problems}) == 3
    assert problems[0].problem_id == "synlogic-cipher-2eac13123919"  # printf "cipher\n?" | b2sum --length 48
    assert synlogic.load({"path": str(tmp_path / name), "limit": 1}, 1) == problems[:1]
    assert synlogic.load(write(tmp_path / f"other-{name}", rows[1::-1]), 0) == problems[1::-1]


def test_synlogic_is_a_family_and_its_rules_are_none():
    assert "synlogic" in families()
    assert not {name for name in families() if "rules" in name}
    assert synlogic.ABILITY == "logic"


def test_rows_without_game_data_state_question_and_answer():
    stated = {"game_data_str": None, "original_question": "Decode!", "original_answer": "[[ABC]]"}
    problem = synlogic.from_row("here", {"data_source": "val/cipher", "extra_info": stated})
    assert (problem.question, problem.ground_truth) == ("Decode!", "[[ABC]]")
    assert synlogic.verify("[['ABC']]", problem) == Verdict.CORRECT
    with pytest.raises(SourceError, match="here: sudoku has no usable original_sudoku"):
        synlogic.from_row("here", {"data_source": "sudoku", "extra_info": stated})
    with pytest.raises(SourceError, match="here: word_sorting_mistake has no usable answer"):
        synlogic.from_row(
            "here", {"data_source": "word_sorting_mistake", "extra_info": stated | {"original_answer": None}}
        )


def changed(task: str, **published: Any) -> dict:
    """A row of a case with fields that are not as they should be; None leaves one out."""
    metadata = {name: value for name, value in (CASES[task].published | published).items() if value is not None}
    return row(task, answer=metadata.pop("answer", ""), metadata=metadata)


BROKEN = [
    (None, "no usable data_source and extra_info"),
    (["cipher"], "no usable data_source and extra_info"),
    ({}, "no usable data_source and extra_info"),
    ({"data_source": "cipher"}, "no usable data_source and extra_info"),
    ({"data_source": "cipher", "extra_info": {}}, "cipher has no usable question"),
    ({"data_source": "cipher", "extra_info": {"game_data_str": "{"}}, "game_data_str: not JSON"),
    ({"data_source": "cipher", "extra_info": {"game_data_str": "[" * 99_999}}, "game_data_str: not JSON"),
    ({"data_source": "cipher", "extra_info": {"game_data_str": "[]"}}, "game_data_str is no object"),
    ({"data_source": "cipher", "extra_info": {"game_data_str": '{"metadata": [1]}'}}, "game_data_str is no object"),
    (row("chess"), "no such task: 'chess'; there is arc_agi, arrow_maze"),
    (row(question=" "), "cipher has no usable question"),
    (row(question=7), "cipher has no usable question"),
    (row(answer=7), "cipher has no usable answer"),
    (row("arc_agi", answer=[[1, 2], [3]]), "arc_agi has no usable answer"),
    (row("arc_agi", answer=[[True]]), "arc_agi has no usable answer"),
    (row("arc_agi", answer="[[1,"), "arc_agi has no usable answer"),
    (row("boolean_expressions", answer="A, 2"), "boolean_expressions has no usable answer"),
    (row("buggy_tables", answer="1251.5"), "buggy_tables has no usable answer"),
    (row("object_counting", answer=None), "object_counting has no usable answer"),
    (row("time_sequence", answer=[1]), "time_sequence has no usable answer"),
    (row("web_of_lies", answer="perhaps"), "web_of_lies has no usable answer"),
    (row("word_sorting", answer="a,,b"), "word_sorting has no usable answer"),
    (row("word_sorting_mistake", answer="yes"), "word_sorting_mistake has no usable answer"),
    (row("zebra_puzzle", answer="[]"), "zebra_puzzle has no usable answer"),
    (row("sudoku"), "sudoku has no usable original_sudoku"),
    (changed("sudoku", original_sudoku=[["X"] * 9] * 8), "sudoku has original_sudoku do not fit|do not fit together"),
    (changed("sudoku", original_sudoku=[["x"] * 9] * 9), "sudoku has no usable original_sudoku"),
    (changed("arrow_maze", maze=[["?"]]), "arrow_maze has no usable maze"),
    (changed("calcudoko", regions=[{"cells": ["(1,4)"], "target": 1, "operator": "+"}]), "do not fit together"),
    (changed("calcudoko", regions=[{"cells": [], "target": 1, "operator": "+"}]), "do not fit together"),
    (changed("calcudoko", regions=[{"cells": ["1;2"], "target": 1, "operator": "+"}]), "no usable regions"),
    (changed("calcudoko", regions=[{"cells": ["(1,1)"], "target": 1, "operator": "-"}]), "no usable regions"),
    (changed("calcudoko", regions=[{"cells": ["(1,1)"], "target": 1, "operator": "^"}]), "no usable regions"),
    (changed("calcudoko", regions=["(1,1)"]), "no usable regions"),
    (changed("campsite", row_constraints=[1, 1]), "do not fit together"),
    (changed("campsite", row_constraints=[1, 1, True]), "no usable row_constraints"),
    (changed("dyck_language", question_sequence=")"), "do not fit together"),
    (changed("dyck_language", full_sequence="([{}<>]"), "do not fit together"),
    (changed("dyck_language_errors", bracket_string="(a)"), "no usable bracket_string"),
    (changed("futoshiki", constraints=[[[0, 0], [0, 3], "<"]]), "do not fit together"),
    (changed("futoshiki", constraints=[[[0, 0], [0, 1], "="]]), "no usable constraints"),
    (changed("futoshiki", constraints=[[[0, 0], "<"]]), "no usable constraints"),
    (changed("futoshiki", prefilled_coords=[[0]]), "no usable prefilled_coords"),
    (changed("goods_exchange", owns_after="(('Ann',),)"), "no usable owns_after"),
    (changed("goods_exchange", owns_after="(("), "no usable owns_after"),
    (changed("kukurasu", col_sums=[]), "do not fit together"),
    (changed("mathador", operators=["^"]), "no usable operators"),
    (changed("mathador", result=24.0), "no usable result"),
    (changed("minesweeper", revealed_grid=[["M"]]), "no usable revealed_grid"),
    (changed("number_wall", grid=[]), "no usable grid"),
    (changed("skyscraper_puzzle", top=[1, 2]), "do not fit together"),
    (changed("survo", original_matrix=[[1], [1, 2]]), "no usable original_matrix"),
    (changed("wordscapes", down_words=["a b"]), "no usable down_words"),
    *(
        (changed(task, **{name: None}), f"{task} has no usable {name}")
        for task in sorted(CASES)
        for name in CASES[task].published
        if name != "answer"
    ),
]


@pytest.mark.parametrize(("broken", "what"), BROKEN)
def test_broken_rows_are_named(tmp_path, broken, what):
    with pytest.raises(SourceError, match=rf"rows\.jsonl, row 2: .*({what}).*; mend or remove it"):
        synlogic.load(write(tmp_path / "rows.jsonl", [row(), broken, row("val/cipher", "!")]) | {"limit": 1}, 0)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b'\n{"data_source": "cipher"', r"a\.jsonl, row 2: not JSON .*mend or remove it"),
        ("a.jsonl", b"[" * 100_000, r"a\.jsonl, row 1: not JSON"),
        ("a.jsonl", b"\xff\xfe", r"a\.jsonl: cannot be read .*correct `path`"),
        ("a.parquet", b"PAR1", r"a\.parquet: cannot be read .*correct `path`"),
        ("missing.jsonl", None, r"missing\.jsonl: cannot be read .*put the data set there"),
        ("missing.parquet", None, r"missing\.parquet: cannot be read .*put the data set there"),
    ],
)
def test_broken_files_are_named(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=message):
        synlogic.load({"path": str(tmp_path / name)}, 0)


def test_checks_of_published_fields():
    assert fields.matrix_of(fields.either(fields.integer, fields.one_of("X")))([[1, "X"]]) == [[1, "X"]]
    for check, bad in [(fields.integer, True), (fields.one_of(1), True), (fields.one_of(1), 1.0), (fields.text, " ")]:
        with pytest.raises(ValueError):
            check(bad)


# ----------------------------------------------------------------------------------------------------------- real data
def published_rows() -> Iterator[tuple[str, Problem, dict]]:
    """Each published row: its canonical answer, the problem, the row."""
    lines = (json.loads(line) for line in (DATA / "canonical_answers.jsonl").read_text(encoding="utf-8").splitlines())
    canonical = {(line["data_source"], line["index"]): line["canonical_response"] for line in lines}
    for name in FILES:
        for line in (DATA / name).read_text(encoding="utf-8").split("\n"):
            if line:
                published = json.loads(line)
                problem = synlogic.from_row(name, published)
                yield canonical[problem.extra["task"], published["extra_info"]["index"]], problem, published


@needs_data
def test_every_canonical_answer_is_correct():
    rows = list(published_rows())
    assert len(rows) == 384
    assert [(p.problem_id, answer) for answer, p, _ in rows if synlogic.verify(answer, p) != Verdict.CORRECT] == []


@needs_data
def test_files_load_as_they_are():
    counts = [len(synlogic.load({"path": str(DATA / name)}, 0)) for name in FILES]
    assert counts == [240, 48, 96]


@needs_data
def test_published_fields_agree_with_what_the_prompts_show():
    for _, problem, published in published_rows():
        task, instance = problem.extra["task"], json.loads(problem.extra["instance"])
        game = json.loads(published["extra_info"]["game_data_str"])
        if task == "futoshiki":
            shown = problem.question.split("Current puzzle:")[1].split("Inequality")[0].split()
            size = instance["grid_size"]
            given = {divmod(i, size): int(cell) for i, cell in enumerate(shown) if cell != "X"}
            assert given == {(r, c): instance["answer"][r][c] for r, c in instance["prefilled_coords"]}
            assert all(
                f"({a + 1},{b + 1}) {sign} ({c + 1},{d + 1})" in problem.question
                for (a, b), (c, d), sign in instance["constraints"]
            )
        if task == "dyck_language_errors":
            assert str(brackets.first_error(instance["bracket_string"])) == game["answer"]
        if task == "arrow_maze":  # so that each arrow belongs to a ray
            cells = [cell for line in instance["maze"] for cell in line]
            assert sum(int(cell) for cell in cells if cell.isdigit()) == sum(not cell.isdigit() for cell in cells)
        if task == "word_sorting":
            first = [*game["metadata"]["front_letters"].split(",")]
            alphabet = first + [letter for letter in map(chr, range(97, 123)) if letter not in first]
            words = sorted(game["metadata"]["words"], key=lambda word: [alphabet.index(letter) for letter in word])
            assert instance["answer"] == words[:: game["metadata"]["order"]]


@needs_data
@settings(max_examples=150)
@given(data=st.data())
def test_near_misses_of_canonical_answers_are_refused(data):
    rows = [(answer, p) for answer, p, _ in ROWS if p.extra["task"] in {*MATRICES, *ROWS_OF_NUMBERS}]
    answer, problem = data.draw(st.sampled_from(rows))
    miss = data.draw(st.sampled_from(near_misses(problem.extra["task"], answer)))
    assert synlogic.verify(miss, problem) != Verdict.CORRECT, (problem.problem_id, miss)


@needs_data
def test_neighbours_answers_are_refused():
    """Another puzzle's answer is no answer to this one, but where the answers happen to be the same."""
    rows = [(answer, p) for answer, p, _ in ROWS if p.extra["task"] != "operation"]
    for (answer, problem), (other, neighbour) in pairwise(rows):
        if problem.extra["task"] == neighbour.extra["task"] and synlogic.verify(other, problem) == Verdict.CORRECT:
            assert RULES[problem.extra["task"]].read(answer) == RULES[problem.extra["task"]].read(other), problem


ROWS = list(published_rows()) if DATA.exists() else []
