"""BIG-Bench Extra Hard (arXiv 2502.19187): harder successors of BIG-Bench Hard's tasks, read and judged as in bbh.py.

Reads one task's task.json, the mini set's data.json, rows that name their task, or a folder of such files.
"""

from functools import partial
from typing import Any

from mtalign.tasks import Problem, bbh
from mtalign.tasks.bbh import ABILITY, JUDGED_IN_PROCESS, extract, verify

__all__ = ["ABILITY", "JUDGED_IN_PROCESS", "extract", "from_row", "load", "verify"]

load = partial(bbh.load_problems, "bbeh")


def from_row(where: str, row: Any) -> Problem:
    """The problem of one published row; its `task` may be missing, as in the published mini set.

    Raises:
        SourceError: the row is broken; `where` is how the message names it.
    """
    return bbh.problem("bbeh", where, row, task="")
