"""Puzzles whose answer is a matrix of numbers: calcudoko, futoshiki, numbrix, skyscraper_puzzle, sudoku, survo.

The rules are those of the SynLogic paper (arXiv 2505.19641, appendix A.2) and of the published prompts.
"""

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from math import prod
from typing import Any

from mtalign.tasks.synlogic_rules.fields import either, from_json, integer, integers, list_of, matrix_of, one_of
from mtalign.tasks.synlogic_rules.reading import is_integer, rows_of_numbers
from mtalign.tasks.synlogic_rules.reading import matrix_of as read_matrix_of
from mtalign.tasks.synlogic_rules.rule import Rule

__all__ = ["RULES"]

Matrix = list[list[int]]
Cell = tuple[int, int]
_EMPTY = "X"


def _cells(matrix: list[list]) -> dict[Cell, Any]:
    return {(r, c): cell for r, row in enumerate(matrix) for c, cell in enumerate(row)}


def _same_shape(one: list[list], other: list[list]) -> bool:
    return list(map(len, one)) == list(map(len, other))


def _keeps(answer: Matrix, givens: list[list], empty: Any = _EMPTY) -> bool:
    """The same shape, and every given where it was."""
    cells = _cells(answer)
    return _same_shape(answer, givens) and all(given in (empty, cells[cell]) for cell, given in _cells(givens).items())


def _is_permutation(numbers: Iterable[int], size: int) -> bool:
    return sorted(numbers) == list(range(1, size + 1))


def _is_latin(matrix: Matrix, size: int) -> bool:
    """A square in which each row and each column holds each of 1 to its size."""
    if len(matrix) != size or any(len(row) != size for row in matrix):
        return False
    return all(_is_permutation(line, size) for line in [*matrix, *zip(*matrix)])


# ---------------------------------------------------------------------------------------------------------- calcudoko
def _region(value: Any) -> dict:
    """A published cage: cells such as "(4,2)", 1-based, row first; a target; an operator."""
    if not isinstance(value, dict) or not {"cells", "target", "operator"} <= set(value):
        raise ValueError("not a region")
    cells = [[int(number) for number in cell.strip("()").split(",")] for cell in list_of(str)(value["cells"])]
    if any(len(cell) != 2 for cell in cells):
        raise ValueError("not a cell")
    operator = one_of("+", "-", "*", "÷")(value["operator"])
    if operator in "-÷" and len(cells) != 2:
        raise ValueError("two numbers have a difference or a quotient; more have none")
    return {"cells": cells, "target": integer(value["target"]), "operator": operator}


def calcudoko(answer: Matrix, /, grid_size: int, regions: list[dict]) -> bool:
    """A Latin square; in each cage no number twice, and their sum, product, difference or quotient is its target."""
    if not _is_latin(answer, grid_size):
        return False
    for region in regions:
        numbers = sorted((answer[r - 1][c - 1] for r, c in region["cells"]), reverse=True)
        made = {
            "+": sum(numbers),
            "*": prod(numbers),
            "-": numbers[0] - numbers[-1],
            "÷": numbers[0] / numbers[-1],
        }
        if len(set(numbers)) < len(numbers) or made[region["operator"]] != region["target"]:
            return False
    return True


def _regions_fit(grid_size: int, regions: list[dict]) -> bool:
    return all(1 <= x <= grid_size for region in regions for cell in region["cells"] for x in cell) and all(
        region["cells"] for region in regions
    )


# ---------------------------------------------------------------------------------------------------------- futoshiki
def _inequality(value: Any) -> list:
    """A published constraint: a cell, its neighbour (both 0-based), and the sign between them."""
    if not isinstance(value, list) or len(value) != 3:
        raise ValueError("not a constraint")
    return [*map(_pair, value[:2]), one_of("<", ">")(value[2])]


def _pair(value: Any) -> list[int]:
    pair = integers(value)
    if len(pair) != 2:
        raise ValueError("not a cell")
    return pair


def futoshiki(
    answer: Matrix, /, grid_size: int, prefilled_coords: list, constraints: list, **published: Matrix
) -> bool:
    """A Latin square that keeps the givens and obeys each inequality.

    The givens are the published answer's numbers at the prefilled places. The signs were drawn without a look at that
    answer: it often breaks them, and some puzzles have no solution.
    """
    return (
        _is_latin(answer, grid_size)
        and all(answer[r][c] == published["answer"][r][c] for r, c in prefilled_coords)
        and all((answer[a][b] < answer[c][d]) == (sign == "<") for (a, b), (c, d), sign in constraints)
    )


def _inequalities_fit(grid_size: int, prefilled_coords: list, constraints: list, answer: Matrix) -> bool:
    cells = [*prefilled_coords, *(cell for constraint in constraints for cell in constraint[:2])]
    return len(answer) == len(answer[0]) == grid_size and all(0 <= x < grid_size for cell in cells for x in cell)


# ----------------------------------------------------------------------------------------------------------- the rest
def numbrix(answer: Matrix, /, grid: list[list]) -> bool:
    """Each of 1 to the number of cells once, the givens kept, and each number beside the next."""
    if not _keeps(answer, grid) or not _is_permutation((x for row in answer for x in row), sum(map(len, grid))):
        return False
    path = sorted(_cells(answer), key=_cells(answer).__getitem__)
    return all(abs(a - c) + abs(b - d) == 1 for (a, b), (c, d) in pairwise(path))


def _visible(heights: Iterable[int]) -> int:
    """How many buildings rise above all before them.

    >>> _visible([2, 1, 3])
    2
    """
    highest = seen = 0
    for height in heights:
        if height > highest:
            highest, seen = height, seen + 1
    return seen


def skyscraper_puzzle(answer: Matrix, /, top: list[int], bottom: list[int], left: list[int], right: list[int]) -> bool:
    """A Latin square in which each clue at an edge tells how many buildings are seen from there."""
    if not _is_latin(answer, len(top)):
        return False
    columns = list(zip(*answer))
    views = ((columns, 1, top), (columns, -1, bottom), (answer, 1, left), (answer, -1, right))
    return all([_visible(line[::step]) for line in lines] == clues for lines, step, clues in views)


def _clues_fit(**clues: list[int]) -> bool:
    return len({len(clue) for clue in clues.values()}) == 1


def sudoku(answer: Matrix, /, original_sudoku: list[list]) -> bool:
    """A Latin square of nine that keeps the givens, each of its nine boxes with all digits too."""
    boxes = ([answer[r + i][c + j] for i in range(3) for j in range(3)] for r in (0, 3, 6) for c in (0, 3, 6))
    return _is_latin(answer, 9) and _keeps(answer, original_sudoku) and all(_is_permutation(box, 9) for box in boxes)


def _is_nine_by_nine(original_sudoku: list[list]) -> bool:
    return len(original_sudoku) == len(original_sudoku[0]) == 9


def survo(answer: Matrix, /, original_matrix: Matrix, candidate_numbers: list[int]) -> bool:
    """Each candidate once in the empty places (0), the rest kept; a line's last number is the others' sum."""
    if not _keeps(answer, original_matrix, empty=0):
        return False
    filled = Counter(_cells(answer)[cell] for cell, given in _cells(original_matrix).items() if given == 0)
    return filled == Counter(candidate_numbers) and all(sum(line[:-1]) == line[-1] for line in [*answer, *zip(*answer)])


_GIVENS = matrix_of(either(integer, one_of(_EMPTY)))
_read_matrix = read_matrix_of(is_integer)

RULES = {
    "calcudoko": Rule({"grid_size": integer, "regions": list_of(_region)}, rows_of_numbers, calcudoko, _regions_fit),
    "futoshiki": Rule(
        {
            "grid_size": integer,
            "prefilled_coords": list_of(_pair),
            "constraints": list_of(_inequality),
            "answer": from_json(matrix_of(integer)),
        },
        rows_of_numbers,
        futoshiki,
        _inequalities_fit,
    ),
    "numbrix": Rule({"grid": _GIVENS}, _read_matrix, numbrix),
    "skyscraper_puzzle": Rule(
        dict.fromkeys(("top", "bottom", "left", "right"), integers), _read_matrix, skyscraper_puzzle, _clues_fit
    ),
    "sudoku": Rule({"original_sudoku": _GIVENS}, _read_matrix, sudoku, _is_nine_by_nine),
    "survo": Rule({"original_matrix": matrix_of(integer), "candidate_numbers": integers}, _read_matrix, survo),
}
