"""A controller that brings a measured share to its target: the dial of alignment. Must not know what is measured.

Proportional-integral control in logits, where a habit answers to the documents' share about evenly from .01 to .99.
Errors are clipped, so that one noisy measurement of a rare habit cannot throw it far, and the integral is held within
reach of its target (anti-windup).
"""

import math

_INTEGRAL, _PROPORTIONAL = 0.3, 0.5
_LARGEST_ERROR = 1.0
_REACH = 3.0  # of the integral on either side of the target
_HIGHEST = 6.0  # but for strong targets: some tasks need nearly all documents right


class Controller:
    """share: of right documents, to be set until the next measurement."""

    def __init__(self, target: float):
        """target: in (0, 1)."""
        self.target, self.share = target, target
        self._integral = _logit(target)

    def update(self, measured: float) -> None:
        """Answer to a measurement of the habit, in [0, 1]."""
        aim = _logit(self.target)
        error = aim - _logit(min(max(measured, 1e-4), 1 - 1e-4))
        error = min(max(error, -_LARGEST_ERROR), _LARGEST_ERROR)
        highest = max(aim + _REACH, _HIGHEST)
        self._integral = min(max(self._integral + _INTEGRAL * error, aim - _REACH), highest)
        self.share = 1 / (1 + math.exp(-self._integral - _PROPORTIONAL * error))


def _logit(share: float) -> float:
    return math.log(share / (1 - share))
