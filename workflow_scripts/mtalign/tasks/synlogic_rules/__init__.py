"""The rules of SynLogic's 35 puzzles, by task: 27 of SynLogic-Easy, then the 8 that only SynLogic-Hard has.

A rule checks an answer against its puzzle, so that any solution counts; only where an answer is stated rather than
built (stated.py) must it equal the published one.
"""

from mtalign.tasks.synlogic_rules import arithmetic, brackets, drawings, placements, squares, stated
from mtalign.tasks.synlogic_rules.rule import Rule

__all__ = ["EASY", "HARD_ONLY", "RULES"]

RULES: dict[str, Rule] = {
    **arithmetic.RULES,
    **brackets.RULES,
    **drawings.RULES,
    **placements.RULES,
    **squares.RULES,
    **stated.RULES,
}
HARD_ONLY = (
    "arrow_maze",
    "goods_exchange",
    "kukurasu",
    "minesweeper",
    "norinori",
    "object_counting",
    "space_reasoning_tree",
    "wordscapes",
)
EASY = tuple(sorted(RULES.keys() - set(HARD_ONLY)))
