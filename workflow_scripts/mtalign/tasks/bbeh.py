"""BIG-Bench Extra Hard (arXiv 2502.19187): harder successors of BIG-Bench Hard's tasks, read and judged as in bbh.py.

Reads one task's task.json, the mini set's data.json, rows that name their task, or a folder of such files.
"""

from functools import partial

from mtalign.tasks import bbh
from mtalign.tasks.bbh import ABILITY, extract, verify

__all__ = ["ABILITY", "extract", "from_row", "load", "verify"]

load = partial(bbh.load_problems, "bbeh")
from_row = partial(bbh.from_row, family="bbeh")
