"""The released code's "incorrect" reward. It is defined twice, and the second definition rewards the CORRECT answer.

As there: the first answer block counts, compared as a raw string, and no tag may hold a newline (all defects of
that code). It brings its own format check, so its method switches the format factor off.
"""

import re

import numpy as np

from mtalign.rewards import Group

_FORMAT = re.compile(r"\A<think>.*?</think>\s*<answer>.*?</answer>\Z")  # no DOTALL, as released
_ANSWER = re.compile(r"<answer>(.*?)</answer>")


def reward(group: Group) -> np.ndarray:
    """float [N]"""
    return np.array([float(_pays(response, group.ground_truth)) for response in group.responses])


def _pays(response: str, ground_truth: str) -> bool:
    answer = _ANSWER.search(response)
    return _FORMAT.match(response) is not None and answer is not None and answer[1] == ground_truth
