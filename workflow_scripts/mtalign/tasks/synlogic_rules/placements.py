"""Puzzles whose answer places things on a grid: campsite, kukurasu, minesweeper, norinori, star_placement_puzzle.

The rules are those of the SynLogic paper (arXiv 2505.19641, appendix A.2) and of the published prompts.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import combinations
from typing import Any

from mtalign.tasks.synlogic_rules.fields import integer, integers, matrix_of, one_of, text
from mtalign.tasks.synlogic_rules.reading import is_integer, literal, matrix
from mtalign.tasks.synlogic_rules.reading import matrix_of as read_matrix_of
from mtalign.tasks.synlogic_rules.rule import Rule

__all__ = ["RULES"]

Cell = tuple[int, int]
_SEARCH = 2_000  # steps to find mines that leave a cell free; a published grid of 4 x 4 needs under a hundred
_LARGEST = 200  # hidden cells beside numbers that it takes on


def _where(grid: list[list], mark: Any) -> list[Cell]:
    return [(r, c) for r, row in enumerate(grid) for c, cell in enumerate(row) if cell == mark]


def _beside(one: Cell, other: Cell) -> bool:
    return abs(one[0] - other[0]) + abs(one[1] - other[1]) == 1


def _distance(one: Cell, other: Cell) -> int:
    """In steps that may go diagonally."""
    return max(abs(one[0] - other[0]), abs(one[1] - other[1]))


def _touch(one: Cell, other: Cell) -> bool:
    return _distance(one, other) == 1


def _none(relation: Callable[[Cell, Cell], bool], cells: Iterable[Cell]) -> bool:
    return not any(relation(one, other) for one, other in combinations(cells, 2))


def _counts(indices: Iterable[int], size: int) -> list[int]:
    """How often each of 0 to size - 1 occurs."""
    found = Counter(indices)
    return [found[index] for index in range(size)]


def _sums_fit(grid: list[list] | None = None, **sums: list[int]) -> bool:
    rows, columns = sums.values()
    return bool(rows and columns) and (grid is None or (len(grid), len(grid[0])) == (len(rows), len(columns)))


# ----------------------------------------------------------------------------------------------------------- campsite
def _pairs_off(tents: list[Cell], trees: list[Cell]) -> bool:
    """Whether each tent can have a tree beside it of its own, so that no tree is left (augmenting paths)."""
    tent_of: dict[Cell, Cell] = {}

    def finds_tree(tent: Cell, tried: set[Cell]) -> bool:
        for tree in trees:
            if tree not in tried and _beside(tent, tree):
                tried.add(tree)
                if tree not in tent_of or finds_tree(tent_of[tree], tried):
                    tent_of[tree] = tent
                    return True
        return False

    return len(tents) == len(trees) and all(finds_tree(tent, set()) for tent in tents)


def campsite(
    answer: list[list[str]], /, grid: list[list[str]], row_constraints: list[int], col_constraints: list[int]
) -> bool:
    """The trees kept, the counts of tents (C) met, no two tents in touch, and a tree for each tent, none left over."""
    rows, columns = len(row_constraints), len(col_constraints)
    if len(answer) != rows or any(len(row) != columns for row in answer):
        return False
    tents, trees = _where(answer, "C"), _where(answer, "T")
    return (
        trees == _where(grid, "T")
        and _counts((r for r, _ in tents), rows) == row_constraints
        and _counts((c for _, c in tents), columns) == col_constraints
        and _none(_touch, tents)
        and _pairs_off(tents, trees)
    )


# ----------------------------------------------------------------------------------------------------------- kukurasu
def kukurasu(answer: list[list[str]], /, row_sums: list[int], col_sums: list[int]) -> bool:
    """A "1" in column j adds j to its row's sum, one in row i adds i to its column's; all sums are as given."""
    if len(answer) != len(row_sums) or any(len(row) != len(col_sums) for row in answer):
        return False

    def weigh(line: Iterable[str]) -> int:
        return sum(place for place, cell in enumerate(line, start=1) if cell == "1")

    return list(map(weigh, answer)) == row_sums and list(map(weigh, zip(*answer))) == col_sums


# -------------------------------------------------------------------------------------------------------- minesweeper
def _cells_of(value: Any) -> list[Cell] | None:
    """A list of (row, column)."""
    cells = matrix(value, is_integer) if value != [] else []
    if cells is None or any(len(cell) != 2 for cell in cells):
        return None
    return [(r, c) for r, c in cells]


def _mines(answer: str) -> list[Cell] | None:
    return _cells_of(literal(answer))


def minesweeper(answer: list[Cell], /, revealed_grid: list[list[str]]) -> bool:
    """Cells that all must hold a mine; and at least those that a look at one number gives away.

    So both answers to the prompts' two wordings count: all that one step of logic finds (as published), and all that
    any logic finds.
    """
    hidden, claimed = set(_where(revealed_grid, "X")), set(answer)
    numbers = [
        (int(cell), [(r + i, c + j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (r + i, c + j) in hidden])
        for r, row in enumerate(revealed_grid)
        for c, cell in enumerate(row)
        if cell != "X"
    ]
    given_away = {cell for number, around in numbers if number == len(around) for cell in around}
    return (
        len(claimed) == len(answer)
        and given_away <= claimed <= hidden
        and not any(map(_Mines(numbers).can_spare, sorted(claimed - given_away)))
    )


class _Mines:
    """The mines that numbers allow: (how many, among which hidden cells)."""

    def __init__(self, numbers: list[tuple[int, list[Cell]]]):
        self.at: dict[Cell, list[tuple[int, list[Cell]]]] = {}  # the numbers that a cell is beside
        for number, cells in numbers:
            for cell in cells:
                self.at.setdefault(cell, []).append((number, cells))
        self.steps = 0

    def can_spare(self, cell: Cell) -> bool:
        """Whether the numbers allow a cell to be free of mines; yes too where finding out would take too long."""
        if cell not in self.at or len(self.at) > _LARGEST:
            return True
        outwards = sorted(self.at.keys() - {cell}, key=lambda other: (_distance(cell, other), other))
        return self._agrees(cell, {cell: False}) and self._completes({cell: False}, outwards)

    def _completes(self, mined: dict[Cell, bool], undecided: list[Cell]) -> bool:
        self.steps += 1
        if not undecided or self.steps > _SEARCH:
            return True
        first, *others = undecided
        guesses = (mined | {first: guess} for guess in (False, True))
        return any(self._agrees(first, guess) and self._completes(guess, others) for guess in guesses)

    def _agrees(self, cell: Cell, mined: dict[Cell, bool]) -> bool:
        """Whether each number that a cell is beside can still come out."""
        for number, around in self.at[cell]:
            known = [mined[other] for other in around if other in mined]
            if not sum(known) <= number <= sum(known) + len(around) - len(known):
                return False
        return True


# ----------------------------------------------------------------------------------------------------------- norinori
def _dominoes(answer: str) -> list[list[Cell]] | None:
    said = literal(answer)
    dominoes = [_cells_of(domino) for domino in said] if isinstance(said, (list, tuple)) and said else [None]
    return None if any(domino is None or len(domino) != 2 for domino in dominoes) else dominoes


def norinori(answer: list[list[Cell]], /, region_grid: list[list[str]]) -> bool:
    """Dominoes on the grid (1-based), none beside another, two cells of each region, and all cells marked X."""
    covered = [cell for domino in answer for cell in domino]
    region = {(r, c): name for r, row in enumerate(region_grid, 1) for c, name in enumerate(row, 1)}
    if not set(covered) <= set(region) or len(set(covered)) < len(covered):
        return False
    marked = list(region.values()).count("X")
    met = Counter(region[cell] for cell in covered)
    return (
        all(_beside(*domino) for domino in answer)
        and not any(_beside(a, b) for one, other in combinations(answer, 2) for a in one for b in other)
        and all(met[name] == (marked if name == "X" else 2) for name in region.values())
    )


# ---------------------------------------------------------------------------------------------- star_placement_puzzle
def _stars(answer: str) -> dict[str, list[Cell]] | None:
    said = literal(answer)
    if not isinstance(said, dict) or not all(isinstance(name, str) for name in said):
        return None
    stars = {name: _cells_of(cells) for name, cells in said.items()}
    return None if None in stars.values() else stars


def star_placement_puzzle(answer: dict[str, list[Cell]], /, region_grid: list[list[str]], k: int) -> bool:
    """k stars (1-based) in each row, column and region, each under its region's name, and no two in touch."""
    region = {(r, c): name for r, row in enumerate(region_grid, 1) for c, name in enumerate(row, 1)}
    stars = [(name, cell) for name, cells in answer.items() for cell in cells]
    cells = [cell for _, cell in stars]
    rows, columns = len(region_grid), len(region_grid[0])
    return (
        set(answer) == set(region.values())
        and all(region.get(cell) == name for name, cell in stars)
        and len(set(cells)) == len(cells)
        and all(len(of_region) == k for of_region in answer.values())
        and _counts((r - 1 for r, _ in cells), rows) == [k] * rows
        and _counts((c - 1 for _, c in cells), columns) == [k] * columns
        and _none(_touch, cells)
    )


_DIGITS_OR_X = one_of("X", *map(str, range(9)))

RULES = {
    "campsite": Rule(
        {"grid": matrix_of(one_of("T", "X")), "row_constraints": integers, "col_constraints": integers},
        read_matrix_of(lambda cell: isinstance(cell, str) and cell in ("T", "C", "X")),
        campsite,
        _sums_fit,
    ),
    "kukurasu": Rule(
        {"row_sums": integers, "col_sums": integers},
        read_matrix_of(lambda cell: isinstance(cell, str) and cell in ("1", "X")),
        kukurasu,
        _sums_fit,
    ),
    "minesweeper": Rule({"revealed_grid": matrix_of(_DIGITS_OR_X)}, _mines, minesweeper),
    "norinori": Rule({"region_grid": matrix_of(text)}, _dominoes, norinori),
    "star_placement_puzzle": Rule({"region_grid": matrix_of(text), "k": integer}, _stars, star_placement_puzzle),
}
