"""Puzzles of every SynLogic task, made by hand from the rules, with answers and the verdicts that they deserve."""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """A puzzle made by hand: what is published of it, and answers with the verdicts that they deserve."""

    published: dict[str, Any]
    right: list[str]
    wrong: list[str]
    unparsed: list[str] = field(default_factory=list)


def fenced(content: Any, language: str = "python") -> str:
    return f"```{language}\n{content}\n```"


SUDOKU = [[(3 * (r % 3) + r // 3 + c) % 9 + 1 for c in range(9)] for r in range(9)]
GIVENS = [[cell if (r + c) % 2 else "X" for c, cell in enumerate(row)] for r, row in enumerate(SUDOKU)]
ZEBRA = {"header": ["House", "Name"], "rows": [["1", "Ann"], ["2", "Bob"]]}

CASES: dict[str, Case] = {
    "arc_agi": Case(
        {"answer": [[0, 1], [2, 3]]},
        ["[[0, 1], [2, 3]]", "[[0,1],\n [2,3]]\n", fenced("[[0,1],[2,3]]", "json"), "So:\n" + fenced("[[0,1],[2,3]]")],
        ["[[0, 1], [2, 4]]", "[[2, 3], [0, 1]]", "[[0, 1]]", "[[0, 1], [2, 3], [4]]", "[[0, 1], [2]]"],
        [
            "[[0, 1], [2, 3.0]]",
            "[[0, 1], [2, true]]",
            '[[0, 1], [2, "3"]]',
            "[0, 1]",
            "It is [[0, 1], [2, 3]]",
            "[]",
            "",
            "[[0, 1], [2, 3]",
            "{}",
            "[[0, 1], [2, NaN]]",
            "```json\n[[0, 1], [2, 3]]",
            "[[0, 1], [2, 3]] it is",
        ],
    ),
    "arrow_maze": Case(
        {"maze": [["2", "X", "→"], ["X", "1", "X"], ["1", "X", "1"]]},
        [
            '[["2", "→", "→"], ["↑", "1", "↑"], ["1", "↓", "1"]]',
            fenced('[["2", "→", "→"],\n ["←", "1", "↑"],\n ["1", "→", "1"]]'),
        ],
        [
            '[["2", "→", "→"], ["↓", "1", "↑"], ["1", "↓", "1"]]',  # the 2 has three arrows, the 1 below none
            '[["2", "→", "→"], ["↑", "1", "↑"], ["1", "X", "1"]]',
            '[["2", "→", "→"], ["↑", "2", "↑"], ["1", "↓", "1"]]',
            '[["2", "→", "↗"], ["↑", "1", "↑"], ["1", "↓", "1"]]',
            '[["2", "→", "→"], ["↑", "1", "↑"]]',
        ],
        ['[["2", "→", "→"], ["↑", 1, "↑"], ["1", "↓", "1"]]', '["2"]', "→", ""],
    ),
    "boolean_expressions": Case(
        {"answer": "A,C"},
        [r"\boxed{A,C}", r"\boxed{c, a}", r"\boxed{B} or rather \boxed{A，C}", r"\boxed{A C}."],
        [r"\boxed{A}", r"\boxed{A,B,C}", r"\boxed{A,C} but \boxed{B}", r"\boxed{A,D}"],
        ["A,C", r"\boxed{}", r"\boxed{A,C", r"\boxed{A,1}", r"\boxed{A, C!}", ""],
    ),
    "buggy_tables": Case(
        {"answer": "1251.00"},
        [
            '{"result": [{"answer": "1251.00"}]}',
            fenced('{"result": [{"answer": "1251.00"}]}', "json"),
            '{"result": [{"answer": 1251.00}]}',
        ],
        [
            '{"result": [{"answer": "1251.0"}]}',
            '{"result": [{"answer": "1251.01"}]}',
            '{"result": [{"answer": 1251.0}]}',
            '{"result": [{"answer": "-1251.00"}]}',
            '{"result": [{"answer": "1251.00 ml"}]}',
        ],
        [
            "1251.00",
            '{"result": {"answer": "1251.00"}}',
            '{"result": [{"answer": "1251.00"}, {"answer": "1251.00"}]}',
            '{"result": []}',
            '{"result": [{"answer": "1251.00", "answer": "1251.00"}]}',
            '{"answer": "1251.00"}',
            "{}",
            '{"result": [{"answer": 1251}]}',
            '{"result": [{"answer": true}]}',
            '{"result": [{"answer": ["1251.00"]}]}',
            '{"result": [{"answer": "1251.00"}], "sure": "yes"}',
            "",
        ],
    ),
    "calcudoko": Case(
        {
            "grid_size": 3,
            "regions": [
                {"cells": ["(1,1)", "(1,2)"], "target": 1, "operator": "-"},
                {"cells": ["(1,3)", "(2,3)"], "target": 3, "operator": "÷"},
                {"cells": ["(2,1)", "(2,2)"], "target": 6, "operator": "*"},
                {"cells": ["(3,1)", "(3,2)"], "target": 4, "operator": "+"},
            ],
        },
        ["[[1 2 3,2 3 1,3 1 2]]", "[[2 1 3,3 2 1,1 3 2]]", "[[3 1 2,1 2 3]]? No: [[1 2 3, 2 3 1, 3 1 2]]."],
        [
            "[[1 2 3,2 3 1,3 2 1]]",
            "[[1 2 3,3 1 2,2 3 1]]",
            "[[1 2 3,2 3 1]]",
            "[[1 2 3,2 3 1,3 1 2,1 2 3]]",
            "[[1 2 3,2 3 1,3 1]]",
            "[[1 2 3,2 3 1,3 1 4]]",
            "[[1 2 3,2 3 1,3 1 2]] or [[1 2 3]]",
        ],
        [
            "1 2 3,2 3 1,3 1 2",
            "[[1 2 3,2 3 1,3 1 2]",
            "[[1,2,3],[2,3,1],[3,1,2]]",
            "[[1 2 3,2 3 1,3 1 x]]",
            "[[]]",
            "[[1 2 3,,2 3 1,3 1 2]]",
            "[[1.0 2 3,2 3 1,3 1 2]]",
            "[[１ 2 3,2 3 1,3 1 2]]",
            "",
        ],
    ),
    "campsite": Case(
        {
            "grid": [["T", "X", "X", "X"], ["X", "X", "T", "X"], ["X", "X", "X", "X"]],
            "row_constraints": [1, 1, 0],
            "col_constraints": [0, 1, 0, 1],
        },
        ["[['T', 'C', 'X', 'X'], ['X', 'X', 'T', 'C'], ['X', 'X', 'X', 'X']]"],
        [
            "[['T', 'X', 'X', 'X'], ['X', 'X', 'T', 'C'], ['X', 'X', 'X', 'X']]",  # a tent too few
            "[['T', 'C', 'X', 'X'], ['X', 'X', 'X', 'C'], ['X', 'X', 'X', 'X']]",  # a tree is gone
            "[['T', 'C', 'X', 'T'], ['X', 'X', 'T', 'C'], ['X', 'X', 'X', 'X']]",  # a tree is new
            "[['T', 'X', 'X', 'C'], ['X', 'C', 'T', 'X'], ['X', 'X', 'X', 'X']]",  # a tent without a tree
            "[['T', 'C', 'X', 'X'], ['X', 'X', 'T', 'C']]",
        ],
        ["[['T', 'C', 'x', 'X'], ['X', 'X', 'T', 'C'], ['X', 'X', 'X', 'X']]", "T C X X", ""],
    ),
    "cipher": Case(
        {"answer": "[[HELLO]]"},
        ['[["HELLO"]]', fenced("[['HELLO']]"), "So:\n" + fenced('[["HELLO"]]')],
        ['[["HELLO!"]]', '[["hello"]]', '[["OLLEH"]]'],
        [
            "HELLO",
            "[[HELLO]]",
            '["HELLO"]',
            '[["HELLO", "HELLO"]]',
            '[["HELLO"], ["HELLO"]]',
            "[[1]]",
            '[[["HELLO"]]]',
            "",
        ],
    ),
    "cryptarithm": Case(
        {"letter_words": ["AB", "B", "BA"], "operators": ["+"]},
        ["The answer is 89 + 9 = 98.", "答案是 89+9=98。", "1+1=2, so **89 + 9 = 98**", "89 + 9 = 98"],
        [
            "89 + 9 = 99",
            "The answer is 98 + 8 = 106.",
            "9 + 89 = 98",
            "89 + 9 = 98, or 12 + 2 = 14",
            "98 - 9 = 89",
            "89 + 9 + 0 = 98",
            "10 + 0 = 10",
        ],
        [
            "89 + 9",
            "AB + B = BA",
            "98",
            "8 9 + 9 = 98",
            "89 + 9 = 98 = 98",
            "89 + = 98",
            "-89 + 9 = 98",
            "1.89 + 9 = 98",
            "89 + 9 = 98.5",
            "x89 + 9 = 98",
            "89 + 9 = 98x",
            "89 + 9 = 98-",
            "2/89 + 9 = 98",
            "",
        ],
    ),
    "dyck_language": Case(
        {"question_sequence": "([{}<", "full_sequence": "([{}<>])"},
        ["([{}<>])", " ( [ {} <> ] )\n", fenced("([{}<>])", "")],
        ["([{}<>])()", "([{}<>)]", "[{}<>])", "([{}<>]", "([{}<<>>])", "()"],
        ["The sequence is ([{}<>])", "([{}<>]).", '"([{}<>])"', ""],
    ),
    "dyck_language_errors": Case(
        {"bracket_string": "([)]"},
        ["3", " 3\n", fenced("3", "")],
        ["4", "-1", "2", "33", "-3"],
        ["3.0", "position 3", "3, 4", "three", "３", "--3", "9" * 5000, ""],
    ),
    "dyck_language_reasoning_errors": Case(
        {"error_indices": [7, 9, 12]},
        ["7,9,12", '"7, 9, 12"', "12,7,9", "7，9，12"],
        ["7,9", "7,9,12,13", "7", '""', "7,9,21"],
        ["", "none", "7 9 12", "Thoughts 7,9,12", "7,9,12,", "7,9,12.0", '"7,9,12'],
    ),
    "futoshiki": Case(
        {
            "grid_size": 3,
            "prefilled_coords": [[0, 0]],
            "constraints": [[[1, 0], [2, 0], "<"]],
            "answer": [[1, 3, 2], [3, 2, 1], [2, 1, 3]],  # which breaks the inequality, as published ones do
        },
        ["[[1 2 3,2 3 1,3 1 2]]", "[[1 3 2,2 1 3,3 2 1]]", "First [[1 2 3]], then [[1 2 3,2 3 1,3 1 2]]."],
        [
            "[[1 3 2,3 2 1,2 1 3]]",
            "[[2 3 1,1 2 3,3 1 2]]",
            "[[1 2 3,2 1 3,3 1 2]]",
            "[[1 2,2 1]]",
            "[[0 1 2,1 2 0,2 0 1]]",
        ],
        ["[[1, 2, 3], [2, 3, 1], [3, 1, 2]]", "1 2 3", ""],
    ),
    "goods_exchange": Case(
        {"owns_after": "(('Ann','red book'),('Bob','blue cup'))"},
        [
            "(('Ann', 'red book'), ('Bob', 'blue cup'))",
            fenced("(('Bob','blue cup'),('Ann','red  book'))"),
            '[["Ann", "Red book"], ["Bob", "blue cup"]]',
        ],
        [
            "(('Ann','blue cup'),('Bob','red book'))",
            "(('Ann','red book'),)",
            "(('Ann','red book'),('Bob','red book'))",
            "(('Ann','red book'),('Bob','blue cup'),('Cid','pen'))",
            "(('Ann','red book'),('Rob','blue cup'))",
        ],
        [
            "(('Ann','red book'),('Bob','blue cup'),('Bob','blue cup'))",
            "('Ann','red book')",
            "Ann has the red book.",
            "",
            "(('Ann','red book','x'),('Bob','blue cup'))",
            "{'Ann': 'red book', 'Bob': 'blue cup'}",
            "(('Ann', 1),)",
        ],
    ),
    "kukurasu": Case(
        {"row_sums": [3, 3], "col_sums": [1, 1, 2]},
        ['[["1", "1", "X"], ["X", "X", "1"]]'],
        [
            '[["X", "X", "1"], ["1", "1", "X"]]',
            '[["1", "1", "X"]]',
            '[["1", "1"], ["X", "X"]]',
            '[["X", "X", "X"], ["X", "X", "X"]]',
            '[["1", "1", "X"], ["X", "X", "1"], ["X", "X", "X"]]',
        ],
        [
            '[[1, 1, "X"], ["X", "X", 1]]',
            '[["1", "1", "0"], ["0", "0", "1"]]',
            "[[True, True, 'X'], ['X', 'X', True]]",
            "",
        ],
    ),
    "math_path": Case(
        {"query_expr": "?-(2*?)*3 = -2"},
        ["[[4 -(2 *1) *3 = -2]]", "[[4-(2*1)*3=-2]]", "[[1=1]], no: [[4 - (2*1)*3 = -2]]", "[[4-2*1*3 = -2]]"],
        [
            "[[5-(2*1)*3 = -2]]",
            "[[4-(2*1)*3 = -3]]",
            "[[4-(3*1)*2 = -2]]",
            "[[4+(2*1)*-3 = -2]]",
            "[[4-(2*1)*3+0 = -2]]",
            "[[4-(2*1)*3 = -2]] [[4-(2*2)*3 = -2]]",
            "[[4-(2*01)*3 = -2]]",
            "[[10-(2*2)*3 = -2]]",
            "[[4-(2*1*3 = -2]]",
            "[[４-(2*1)*3 = -2]]",
            "[[x-(2*1)*3 = -2]]",
        ],
        ["4 -(2 *1) *3 = -2", "[[4 -(2 *1) *3]]", "[[-2 = -2 = -2]]", "[4-(2*1)*3 = -2]", ""],
    ),
    "mathador": Case(
        {"numbers": [1, 2, 5, 8], "operators": ["+", "-", "*", "/"], "result": 24},
        ["((1+5)/2)*8", fenced("((1+5)/2)*8"), "(1 + 5) * 8 / 2", "8*(5-2)*1", "-(2-5)*8*1"],
        ["(1+5)*8", "((1+5)/2)*8*1", "25-1", "8+8+8", "(1+5)*8/3", "2+5+8+1", "5*5-1", "(8-5)*(2*1)*4"],
        [
            "((1+5)/2)*8 = 24",
            "24 is ((1+5)/2)*8",
            "((1+5)//2)*8",
            "(1+5)**2",
            "1_0",
            "0x18",
            "24.0",
            "((1+5)/2)*8 # yes",
            "__import__('os').system('false')",
            "(1,5)",
            "max(1,5)",
            fenced("x = ((1+5)/2)*8"),
            "8/(5-5)",
            "()",
            "",
        ],
    ),
    "minesweeper": Case(
        {"revealed_grid": [["1", "X"], ["1", "1"]]},
        ["[(0, 1)]", "[[0, 1]]", fenced("[(0, 1)]")],
        ["[]", "[(0, 1), (0, 1)]", "[(1, 0)]", "[(0, 1), (1, 1)]", "[(0, -1)]", "[(9, 9)]"],
        ["(0, 1)", "[0, 1]", "[(False, True)]", "[(0, 1.0)]", "[(0, 1, 2)]", "[(0, 1)] it is", "[()]", ""],
    ),
    "norinori": Case(
        {"region_grid": [["A", "A", "A"], ["B", "B", "B"], ["B", "B", "B"]]},
        [
            "[[(1,1), (1,2)], [(3,2), (3,3)]]",
            "[[(1,1), (2,1)], [(2,3), (1,3)]]",
            "[[[3, 1], [3, 2]], [[1, 2], [1, 3]]]",
        ],
        [
            "[[(1,1), (1,2)]]",
            "[[(1,1), (1,2)], [(2,2), (2,3)]]",
            "[[(1,1), (1,3)], [(3,2), (3,3)]]",
            "[[(0,1), (1,1)], [(3,2), (3,3)]]",
            "[[(1,1), (1,2)], [(1,1), (1,2)], [(3,2), (3,3)]]",
        ],
        [
            "[]",
            "[(1,1), (1,2)]",
            "[[(1,1), (1,2), (1,3)], [(3,2), (3,3)]]",
            "[[(1,1)], [(3,2), (3,3)]]",
            "None",
            "",
            "[[(True,1), (1,2)], [(3,2), (3,3)]]",
            "[[(1,1), (1,2)], 7]",
        ],
    ),
    "number_wall": Case(
        {"grid": [["X", 2, "X"], ["X", "X", "X"], ["X", "X", "X"]]},
        ['[["A", 2, "A"], ["A", "X", "A"], ["A", "A", "A"]]'],
        [
            '[["A", 2, "X"], ["A", "A", "A"], ["A", "A", "A"]]',  # walls in a square
            '[["A", 2, "A"], ["A", "X", "A"], ["A", "X", "A"]]',  # an island too large
            '[["A", 2, "A"], ["A", "X", "A"], ["A", "A", "X"]]',  # an island without a number
            '[["A", 2, "A"], ["A", "X", "A"], ["A", "A", 1]]',  # a number of one's own
            '[["A", "X", "A"], ["A", "X", "A"], ["A", "A", "A"]]',
            '[["A", 2, "A"], ["A", "X", "A"]]',
        ],
        [
            '[["A", "2", "A"], ["A", "X", "A"], ["A", "A", "A"]]',
            '[["A", 2.0, "A"], ["A", "X", "A"], ["A", "A", "A"]]',
            '[["A", 2, "A"], ["A", None, "A"], ["A", "A", "A"]]',
            "A2A",
            "",
        ],
    ),
    "numbrix": Case(
        {"grid": [[1, "X", "X"], ["X", "X", "X"], ["X", "X", 9]]},
        ["[[1, 2, 3], [6, 5, 4], [7, 8, 9]]", "[[1, 6, 7], [2, 5, 8], [3, 4, 9]]"],
        [
            "[[1, 2, 3], [4, 5, 6], [7, 8, 9]]",
            "[[7, 8, 9], [6, 5, 4], [1, 2, 3]]",
            "[[1, 2, 3], [6, 5, 4], [7, 8, 8]]",
            "[[1, 2, 3], [6, 5, 4]]",
            "[[1, 2, 3], [6, 5, 4], [7, 8]]",
            "[[0, 1, 2], [5, 4, 3], [6, 7, 8]]",
        ],
        [
            "[[True, 2, 3], [6, 5, 4], [7, 8, 9]]",
            "[[1.0, 2, 3], [6, 5, 4], [7, 8, 9]]",
            "[1, 2, 3]",
            "[[1, 2, 3], # up\n [6, 5, 4], [7, 8, 9]]",
            "solution = [[1, 2, 3], [6, 5, 4], [7, 8, 9]]",
            "",
        ],
    ),
    "object_counting": Case(
        {"answer": "536"},
        [r"\boxed{536}", r"It is \boxed{1}, no, \boxed{ 536 }."],
        [r"\boxed{535}", r"\boxed{536} \boxed{5}", r"\boxed{-536}", r"\boxed{unknown}"],
        ["536", r"\boxed{536.0}", r"\boxed{536 items}", r"\boxed{}", r"\boxed{53", ""],
    ),
    "object_properties": Case(
        {"answer": "unknown"},
        [r"\boxed{unknown}", r"\boxed{Unknown}"],
        [r"\boxed{0}"],
        ["unknown", r"\boxed{unknowable}", r"\boxed{8.0}", ""],
    ),
    "operation": Case(
        {"answer": "92.83333333333333"},
        [r"\boxed{\frac{557}{6}}", "557/6", r"\boxed{1} \boxed{92.83333333333333}", "92.83333333333333"],
        [r"\boxed{92.5}", "-557/6", r"\boxed{92.83333333333333} \boxed{92}"],
        ["", r"\frac{", " \n"],
    ),
    "skyscraper_puzzle": Case(
        {"top": [3, 2, 1], "bottom": [1, 2, 2], "left": [3, 2, 1], "right": [1, 2, 2]},
        ["[[1, 2, 3], [2, 3, 1], [3, 1, 2]]", fenced("[[1,2,3],[2,3,1],[3,1,2]]")],
        [
            "[[1, 3, 2], [2, 1, 3], [3, 2, 1]]",
            "[[2, 3, 1], [1, 2, 3], [3, 1, 2]]",
            "[[1, 2, 3], [2, 3, 1], [3, 1, 3]]",
            "[[1, 2, 3], [2, 3, 1]]",
            "[[1, 2, 4], [2, 4, 1], [4, 1, 2]]",
        ],
        ['[["1", "2", "3"], ["2", "3", "1"], ["3", "1", "2"]]', "[[True, 2, 3], [2, 3, 1], [3, 1, 2]]", "", "123"],
    ),
    "space_reasoning": Case(
        {"answer": "air conditioner"},
        [r"\boxed{air conditioner}", r"\boxed{cup}: no, \boxed{Air  conditioner}"],
        [r"\boxed{conditioner}", r"\boxed{unknown}", "unknown", r"\boxed{air conditioner, cup}"],
        ["air conditioner", r"\boxed{}", r"\boxed{ }", ""],
    ),
    "space_reasoning_tree": Case(
        {"answer": "bowl, chair, ice cube tray"},
        [
            r"\boxed{bowl, chair, ice cube tray}",
            r"\boxed{chair,bowl,Ice cube tray}",
            r"\boxed{bowl，chair，ice cube tray}",
        ],
        [
            r"\boxed{bowl, chair}",
            r"\boxed{bowl, chair, ice cube tray, cup}",
            r"\boxed{bowl, chair, ice tray}",
            "unknown",
        ],
        ["bowl, chair, ice cube tray", r"\boxed{bowl, chair, ice cube tray, bowl}", r"\boxed{bowl, , chair}", ""],
    ),
    "star_placement_puzzle": Case(
        {"region_grid": [[name] * 4 for name in "ABCD"], "k": 1},
        [
            "{'A': [(1, 2)], 'B': [(2, 4)], 'C': [(3, 1)], 'D': [(4, 3)]}",
            fenced("{'A': [(1, 3)], 'B': [(2, 1)],\n'C': [(3, 4)], 'D': [[4, 2]]}"),
        ],
        [
            "{'A': [(1, 1)], 'B': [(2, 2)], 'C': [(3, 3)], 'D': [(4, 4)]}",  # in touch
            "{'A': [(1, 2)], 'B': [(2, 4)], 'C': [(3, 2)], 'D': [(4, 4)]}",  # columns
            "{'B': [(1, 2)], 'A': [(2, 4)], 'C': [(3, 1)], 'D': [(4, 3)]}",  # under another region's name
            "{'A': [(1, 2)], 'B': [(2, 4)], 'C': [(3, 1)]}",
            "{'A': [(1, 2), (1, 2)], 'B': [(2, 4)], 'C': [(3, 1)], 'D': []}",
            "{'A': [(0, 1)], 'B': [(1, 3)], 'C': [(2, 0)], 'D': [(3, 2)]}",
            "{}",
            "{'A': [(1, 2)], 'B': [(2, 4)], 'C': [(3, 1)], 'D': [(4, 3)], 'E': []}",
        ],
        [
            "{'A': [(1, 2)], 'B': [(2, 4)], 'C': [(3, 1)], 'D': [(4, 3)], 'A': [(1, 2)]}",
            "[[A(1,2)\n\nB(2,4)]]",
            "{1}",
            "",
            "{'A': (1, 2), 'B': (2, 4), 'C': (3, 1), 'D': (4, 3)}",
            "{'A': [(True, 2)], 'B': [(2, 4)]}",
            "{'A': [1]}",
        ],
    ),
    "sudoku": Case(
        {"original_sudoku": GIVENS},
        [str(tuple(map(tuple, SUDOKU))), fenced(tuple(map(tuple, SUDOKU))), str(SUDOKU)],
        [
            str(SUDOKU[::-1]),
            str(SUDOKU[:8]),
            str([*SUDOKU, SUDOKU[0]]),
            str([row[:8] for row in SUDOKU]),
            str([[cell % 9 + 1 for cell in row] for row in SUDOKU]),
        ],
        [str(SUDOKU[0]), str(SUDOKU).replace("1", "True"), str(SUDOKU)[:-1], "123456789" * 9, f"Solved: {SUDOKU}", ""],
    ),
    "survo": Case(
        {"original_matrix": [[0, 0, 5], [0, 0, 5], [5, 5, 10]], "candidate_numbers": [2, 2, 3, 3]},
        ["[[2, 3, 5], [3, 2, 5], [5, 5, 10]]", "[[3, 2, 5], [2, 3, 5], [5, 5, 10]]"],
        [
            "[[1, 4, 5], [4, 1, 5], [5, 5, 10]]",
            "[[2, 3, 5], [2, 3, 5], [5, 5, 10]]",
            "[[2, 3, 5], [3, 2, 5]]",
            "[[2, 3, 5], [3, 2, 5], [5, 5, 11]]",
            "[[2, 3], [3, 2]]",
        ],
        ["[[2, 3, 5], [3, 'X', 5], [5, 5, 10]]", "[[2.0, 3, 5], [3, 2, 5], [5, 5, 10]]", "[]", ""],
    ),
    "time_sequence": Case(
        {"answer": [90, 2]},
        ["[90, 2]", "On [3] days: [90，2]", fenced("[90, 2]", "")],
        ["[90, 3]", "[2, 90]", "[0, 0]", "[90, 2] or [60, 2]", "[-90, 2]"],
        ["90, 2", "[90, 2, 1]", "[90.0, 2]", "[true, 2]", "[[90, 2]]", "[90]", "[]", "[90, 2] [x]", ""],
    ),
    "web_of_lies": Case(
        {"answer": "yes, no"},
        [
            "The answer is **yes, no**.",
            "答案是 **是，否**。",
            "Ann? Yes.\nThe answer is: **Yes, No**",
            "yes, no",
            "**yes, no.**",
        ],
        [
            "The answer is **no, yes**.",
            "yes",
            "The answer is **yes, no, no**.",
            "The answer is **yes, no**. The answer is no.",
        ],
        ["The answer is **yes, maybe**.", "The answer is yes and no", "**yes, no** I think", "The answer is", "**", ""],
    ),
    "word_sorting": Case(
        {"answer": "yens, apple, berry"},
        [r"\boxed{yens,apple,berry}", r"\boxed{apple} ... \boxed{yens, apple, berry}", r"\boxed{yens，apple，berry}"],
        [
            r"\boxed{apple,yens,berry}",
            r"\boxed{yens,apple}",
            r"\boxed{yens,apple,berry,berry}",
            r"\boxed{Yens,apple,berry}",
        ],
        ["yens,apple,berry", r"\boxed{yens,,apple,berry}", r"\boxed{yens,apple,berry,}", r"\boxed{}", ""],
    ),
    "word_sorting_mistake": Case(
        {"answer": None},
        [r"\boxed{No}", r"\boxed{3}? \boxed{no}"],
        [r"\boxed{3}", r"\boxed{No} \boxed{1}"],
        ["No", r"\boxed{None}", r"\boxed{no mistake}", r"\boxed{3.0}", ""],
    ),
    "wordscapes": Case(
        {"grid": [["X", "X"], ["X", "0"]], "across_words": ["at"], "down_words": ["ab"]},
        ['[["a", "t"], ["b", " "]]', "[['A', 'T'], ['B', ' ']]"],
        [
            '[["a", "t"], ["c", " "]]',
            '[["a", "t"], ["b", "x"]]',
            '[["t", "a"], ["b", " "]]',
            '[["a", " "], ["b", " "]]',
            '[["a", "b"], ["t", " "]]',
            '[["a", "t"]]',
            '[["a", "t"], ["b", "0"]]',
        ],
        ['[["a", "t"], ["b", ""]]', '[["at"], ["b "]]', '[["a", 1], ["b", " "]]', "at, ab", ""],
    ),
    "zebra_puzzle": Case(
        {"answer": json.dumps(ZEBRA)},
        [json.dumps(ZEBRA), fenced(json.dumps(dict(reversed(ZEBRA.items())), indent=2), "json")],
        [
            json.dumps(ZEBRA | {"rows": ZEBRA["rows"][::-1]}),
            json.dumps(ZEBRA).replace('"1"', "1"),
            '{"rows": []}',
            json.dumps(ZEBRA | {"more": []}),
            json.dumps(ZEBRA).replace("Bob", "Rob"),
        ],
        [json.dumps(ZEBRA["rows"]), "House 1: Ann", "{}", str(ZEBRA), '{"a": 1, "a": 1}', '{"a": Infinity}', ""],
    ),
}

TWO_STARS = (
    "{'A': [(1, 2), (1, 4)], 'B': [(2, 6), (2, 8)], 'C': [(3, 2), (3, 4)], 'D': [(4, 6), (4, 8)],"
    " 'E': [(5, 1), (5, 3)], 'F': [(6, 5), (6, 7)], 'G': [(7, 1), (7, 3)], 'H': [(8, 5), (8, 7)]}"
)

#: (task, what is published, right answers, wrong answers): single rules, closer.
MORE: list[tuple[str, dict[str, Any], list[str], list[str]]] = [
    # Two threes in a cage, though the product is right.
    (
        "calcudoko",
        {"grid_size": 3, "regions": [{"cells": ["(1,3)", "(2,2)"], "target": 9, "operator": "*"}]},
        [],
        ["[[1 2 3,2 3 1,3 1 2]]"],
    ),
    # Tents pair off with trees, even where one has two trees beside it; here both tents have the same one.
    (
        "campsite",
        {"grid": [["X", "T", "X", "T"]], "row_constraints": [2], "col_constraints": [1, 0, 1, 0]},
        ["[['C', 'T', 'C', 'T']]"],
        [],
    ),
    (
        "campsite",
        {"grid": [["X", "T", "X", "X", "T"]], "row_constraints": [2], "col_constraints": [1, 0, 1, 0, 0]},
        [],
        ["[['C', 'T', 'C', 'X', 'T']]"],
    ),
    # The tents' counts are right and each has its tree, but they touch.
    (
        "campsite",
        {"grid": [["T", "X", "X"], ["X", "X", "T"]], "row_constraints": [1, 1], "col_constraints": [1, 1, 0]},
        [],
        ["[['T', 'C', 'X'], ['C', 'X', 'T']]", "[['T', 'X', 'X'], ['C', 'C', 'T']]"],
    ),
    (
        "cryptarithm",
        {"letter_words": ["A", "B", "C"], "operators": ["+"]},
        ["1 + 2 = 3", "5 + 4 = 9", "0 + 1 = 1 and 2 + 6 = 8"],
        ["1 + 1 = 2", "0 + 4 = 4", "7 + 5 = 12", "5 - 2 = 3"],
    ),
    ("cryptarithm", {"letter_words": ["AB", "CD", "CE"], "operators": ["+"]}, [], ["01 + 23 = 24"]),
    (
        "math_path",
        {"query_expr": "?+? = 5"},
        ["[[1+4 = 5]]", "[[0+5=5]]"],
        ["[[1+5 = 5]]", "[[1+3 = 4]]", "[[10-5 = 5]]"],
    ),
    # Brackets left out: the equation that is written is true, or the one that was asked, but not both.
    ("math_path", {"query_expr": "(?+2)*3 = 9"}, ["[[(1+2)*3 = 9]]"], ["[[1+2*3 = 9]]", "[[3+2*3 = 9]]"]),
    ("math_path", {"query_expr": "?/4*8 = 6"}, ["[[3/4*8 = 6]]"], ["[[4/4*8 = 6]]"]),
    ("math_path", {"query_expr": "(1-?)%3 = 2"}, ["[[(1-2)%3 = 2]]", "[[(1-5)%3 = 2]]"], ["[[(1-3)%3 = 2]]"]),
    ("math_path", {"query_expr": "5/? = 5"}, ["[[5/1 = 5]]"], ["[[5/0 = 5]]"]),
    # Exact, not nearly: as floats 8/(3-8/3) is not 24, and the other is.
    (
        "mathador",
        {"numbers": [3, 3, 8, 8], "operators": ["+", "-", "*", "/"], "result": 24},
        ["8/(3-8/3)"],
        ["8*3+8-3", "8+8+3+3"],
    ),
    ("mathador", {"numbers": [4, 6], "operators": ["+"], "result": 24}, [], ["4*6"]),
    # 2 + 1 mines: with any logic (2,1) is one too, which no single number tells; (1,2) is free.
    (
        "minesweeper",
        {"revealed_grid": [["2", "X", "X", "X"], ["3", "X", "3", "0"], ["X", "X", "X", "X"], ["X"] * 4]},
        ["[(0, 1), (1, 1)]", "[(1, 1), (2, 1), (0, 1)]"],
        ["[(0, 1), (1, 1), (2, 0)]", "[(0, 1), (1, 1), (3, 3)]", "[(0, 1)]", "[(0, 1), (1, 1), (0, 2)]"],
    ),
    # Nothing is certain.
    ("minesweeper", {"revealed_grid": [["1", "X", "X"]] * 2}, ["[]"], ["[(0, 1)]"]),
    # Cells marked X are no region, and all of them are covered.
    (
        "norinori",
        {"region_grid": [["X", "A", "A", "A", "X"], ["A"] * 5]},
        ["[[(1,1), (1,2)], [(1,4), (1,5)]]", "[[(1,1), (2,1)], [(1,5), (2,5)]]"],
        [
            "[[(1,1), (1,2)], [(2,4), (2,3)]]",
            "[[(2,2), (2,3)]]",
            "[[(1,1), (1,2)], [(1,4), (1,5)], [(2,3), (2,3)]]",
        ],
    ),
    # Islands at a corner of each other; one island that bends around a corner.
    ("number_wall", {"grid": [[1, "X"], ["X", 1]]}, [], ["[[1, 'A'], ['A', 1]]"]),
    ("number_wall", {"grid": [["X", 1], [1, "X"]]}, [], ["[['A', 1], [1, 'A']]"]),
    ("number_wall", {"grid": [[3, "X"], ["X", "X"]]}, ["[[3, 'X'], ['X', 'A']]", "[[3, 'X'], ['A', 'X']]"], []),
    ("object_properties", {"answer": "7"}, [r"\boxed{7}", r"\boxed{07}"], [r"\boxed{unknown}", r"\boxed{8}"]),
    ("space_reasoning", {"answer": "unknown"}, [r"\boxed{unknown}", "Unknown"], [r"\boxed{cup}"]),
    ("space_reasoning_tree", {"answer": "unknown"}, [r"\boxed{unknown}", "unknown"], [r"\boxed{cup, unknown}"]),
    # Two stars in each row and column.
    (
        "star_placement_puzzle",
        {"region_grid": [[name] * 8 for name in "ABCDEFGH"], "k": 2},
        [
            TWO_STARS,
        ],
        [
            TWO_STARS.replace("(1, 2), ", ""),
            TWO_STARS.replace("(1, 2)", "(1, 3)"),
            TWO_STARS.replace("(1, 4)", "(1, 2)"),
        ],
    ),
    # Rows and columns of a Latin square are not enough.
    (
        "sudoku",
        {"original_sudoku": [["X"] * 9] * 9},
        [str(SUDOKU), str(list(map(list, zip(*SUDOKU)))), str(SUDOKU[::-1])],
        [str([[(r + c) % 9 + 1 for c in range(9)] for r in range(9)])],
    ),
    (
        "web_of_lies",
        {"answer": "no, no"},
        ["The answer is **no**, **no**."],
        ["The answer is **no**."],
    ),
    (
        "web_of_lies",
        {"answer": "是, 否"},
        ["答案是 **是, 否**。", "The answer is **yes, no**."],
        ["答案是 **否, 是**。"],
    ),
    ("word_sorting_mistake", {"answer": 3}, [r"\boxed{3}"], [r"\boxed{No}", r"\boxed{2}"]),
    # A letter that no word asks for.
    (
        "wordscapes",
        {"grid": [["X", "X", "X"]], "across_words": ["at"], "down_words": []},
        [],
        ["[['a', 't', 'x']]", "[['a', 't', ' ']]"],
    ),
    ("zebra_puzzle", {"answer": {"a": [1, True, None]}}, ['{"a": [1, true, null]}'], ['{"a": [1, 1, null]}'] * 2),
    ("arc_agi", {"answer": "[[1]]"}, ["[[1]]"], ["[[0]]"]),
    ("time_sequence", {"answer": "[0, 0]"}, ["[0, 0]"], ["[30, 0]"]),
    ("cipher", {"answer": "A B"}, ["[['A B']]"], ["[['AB']]"]),
    ("cipher", {"answer": "[[#[{'\"]]"}, ["""[['#[{\\'"']]""", fenced("""[["#[{'\\""]]""")], ["[['#[{']]"]),
    ("cipher", {"answer": "((" * 50}, [f"[['{'((' * 50}']]"], []),
    ("dyck_language_reasoning_errors", {"error_indices": []}, ['""', "''"], ["1"]),
    (
        "dyck_language",
        {"question_sequence": "((", "full_sequence": "(()())"},
        ["(())", "(()())"],
        ["((()))", "(())()"],
    ),
]
