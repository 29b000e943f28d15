"""Puzzles whose answer is a grid of signs: arrow_maze, number_wall, wordscapes.

The rules are those of the SynLogic paper (arXiv 2505.19641, appendix A.2) and of the published prompts.
"""

from collections.abc import Iterator
from typing import Any

from mtalign.tasks.synlogic_rules.fields import either, integer, list_of, matrix_of, one_of
from mtalign.tasks.synlogic_rules.reading import is_integer
from mtalign.tasks.synlogic_rules.reading import matrix_of as read_matrix_of
from mtalign.tasks.synlogic_rules.rule import Rule

__all__ = ["RULES"]

Cell = tuple[int, int]
_ARROWS = {
    "↑": (-1, 0),
    "↓": (1, 0),
    "←": (0, -1),
    "→": (0, 1),
    "↖": (-1, -1),
    "↗": (-1, 1),
    "↘": (1, 1),
    "↙": (1, -1),
}


def _cells(grid: list[list]) -> dict[Cell, Any]:
    return {(r, c): cell for r, row in enumerate(grid) for c, cell in enumerate(row)}


def _same_shape(one: list[list], other: list[list]) -> bool:
    return list(map(len, one)) == list(map(len, other))


def _is_text(cell: Any) -> bool:
    return isinstance(cell, str)


# --------------------------------------------------------------------------------------------------------- arrow_maze
def _sign(value: Any) -> str:
    """A published cell: an arrow, X for an empty one, or a number's text."""
    if isinstance(value, str) and (value in _ARROWS or value == "X" or (value.isascii() and value.isdigit())):
        return value
    raise ValueError("not a cell")


def arrow_maze(answer: list[list[str]], /, maze: list[list[str]]) -> bool:
    """An arrow in each empty cell, the rest kept; each number counts the arrows of the rays that leave from it.

    A ray goes on while the next cell holds the same arrow. The published mazes have as many arrows as their numbers add
    up to, so every arrow then belongs to a ray.
    """
    if not _same_shape(answer, maze):
        return False
    cells, givens = _cells(answer), _cells(maze)
    if not all(sign in _ARROWS if givens[at] == "X" else sign == givens[at] for at, sign in cells.items()):
        return False

    def ray(at: Cell, arrow: str) -> int:
        length, (down, right) = 0, _ARROWS[arrow]
        while cells.get((at[0] + down * (length + 1), at[1] + right * (length + 1))) == arrow:
            length += 1
        return length

    return all(sum(ray(at, arrow) for arrow in _ARROWS) == int(sign) for at, sign in cells.items() if sign.isdigit())


# -------------------------------------------------------------------------------------------------------- number_wall
def number_wall(answer: list[list], /, grid: list[list]) -> bool:
    """The numbers kept, no other added, no 2 x 2 of walls (A); each island has one number, which is its size.

    Islands do not touch, not even at a corner.
    """
    if not _same_shape(answer, grid):
        return False
    cells, givens = _cells(answer), _cells(grid)
    if not all(cell in ("X", "A") if givens[at] == "X" else cell == givens[at] for at, cell in cells.items()):
        return False
    if any(all(cells.get((r + i, c + j)) == "A" for i in (0, 1) for j in (0, 1)) for r, c in cells):
        return False
    island = _islands({at for at, cell in cells.items() if cell != "A"})
    members: dict[Cell, list[Cell]] = {}
    for at, first in island.items():
        members.setdefault(first, []).append(at)
    return all(
        [cells[at] for at in of_one if cells[at] != "X"] == [len(of_one)] for of_one in members.values()
    ) and all(island.get((r + 1, c + side), island[r, c]) == island[r, c] for r, c in island for side in (-1, 1))


def _islands(land: set[Cell]) -> dict[Cell, Cell]:
    """Each cell of the land -> one cell that stands for its island; islands hang together by sides."""
    island: dict[Cell, Cell] = {}
    for first in sorted(land):
        waiting = [first]
        while waiting:
            at = waiting.pop()
            if at in land and at not in island:
                island[at] = first
                r, c = at
                waiting += [(r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)]
    return island


# --------------------------------------------------------------------------------------------------------- wordscapes
def _places(word: str, lines: list[list[str]]) -> Iterator[list[Cell]]:
    """Where a word stands in lines of cells: (line, place) of each letter."""
    for number, line in enumerate(lines):
        for start in range(len(line) - len(word) + 1):
            if line[start : start + len(word)] == list(word):
                yield [(number, start + i) for i in range(len(word))]


def wordscapes(
    answer: list[list[str]], /, grid: list[list[str]], across_words: list[str], down_words: list[str]
) -> bool:
    """A blank in each cell marked 0; each word stands along its direction; and each letter belongs to a word."""
    if not _same_shape(answer, grid):
        return False
    if any((cell == " ") != (_cells(grid)[at] == "0") for at, cell in _cells(answer).items()):
        return False
    rows = [[cell.casefold() for cell in row] for row in answer]
    across = [list(_places(word, rows)) for word in across_words]
    down = [list(_places(word, list(map(list, zip(*rows))))) for word in down_words]
    covered = {at for places in across for place in places for at in place}
    covered |= {(r, c) for places in down for place in places for c, r in place}
    return all(across) and all(down) and covered == {at for at, cell in _cells(answer).items() if cell != " "}


def _word(value: Any) -> str:
    """A published word, in lower case."""
    if not isinstance(value, str) or not value.isalpha():
        raise ValueError("not a word")
    return value.casefold()


def _is_one_letter(cell: Any) -> bool:
    return isinstance(cell, str) and len(cell) == 1


RULES = {
    "arrow_maze": Rule({"maze": matrix_of(_sign)}, read_matrix_of(_is_text), arrow_maze),
    "number_wall": Rule(
        {"grid": matrix_of(either(integer, one_of("X")))},
        read_matrix_of(lambda cell: is_integer(cell) or (_is_text(cell) and cell in ("X", "A"))),
        number_wall,
    ),
    "wordscapes": Rule(
        {"grid": matrix_of(one_of("X", "0")), "across_words": list_of(_word), "down_words": list_of(_word)},
        read_matrix_of(_is_one_letter),
        wordscapes,
    ),
}
