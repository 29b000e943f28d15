"""Muon (Jordan et al., 2024) for many small matrices on a CPU: equal shapes in one pass, in float32.

torch.optim.Muon takes its matrices one by one and orthogonalizes in bfloat16, which CPUs without such instructions
emulate: 37 of a step's 66 ms here, against 3. Must not know what is trained.
"""

import torch
from torch import Tensor

_QUINTIC = (3.4445, -4.7750, 2.0315)  # of the Newton-Schulz iteration, as in Jordan's and in torch.optim.Muon
_ITERATIONS = 5


class Muon:
    """Nesterov momentum, orthogonalized; the update of a [rows, columns] matrix is scaled by
    sqrt(max(1, rows / columns)), and there is no weight decay."""

    def __init__(self, matrices: list[Tensor], momentum: float):
        self.momentum = momentum
        shapes = dict.fromkeys(matrix.shape for matrix in matrices)
        self.groups = [[matrix for matrix in matrices if matrix.shape == shape] for shape in shapes]
        self.averages = [torch.zeros(len(group), *group[0].shape) for group in self.groups]

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Move each matrix along its gradient, which is used up."""
        for group, average in zip(self.groups, self.averages):
            gradients = torch.stack([matrix.grad for matrix in group])
            average.lerp_(gradients, 1 - self.momentum)
            updates = orthogonalized(gradients.lerp(average, self.momentum))
            rows, columns = group[0].shape
            for matrix, update in zip(group, updates):
                matrix.add_(update, alpha=-rate * max(1.0, rows / columns) ** 0.5)
                matrix.grad = None


def orthogonalized(matrices: Tensor) -> Tensor:
    """The nearest semi-orthogonal matrices [N, rows, columns], roughly: their singular values are about .7 to 1.2."""
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.transpose(1, 2) if tall else matrices
    x = x / x.flatten(1).norm(dim=1).clamp(min=1e-7)[:, None, None]
    a, b, c = _QUINTIC
    for _ in range(_ITERATIONS):
        square = x @ x.transpose(1, 2)
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=b, alpha=c), x, beta=a)
    return x.transpose(1, 2) if tall else x
