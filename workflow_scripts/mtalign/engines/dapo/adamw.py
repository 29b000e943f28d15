"""AdamW (arXiv 1711.05101), equal to torch.optim.AdamW.

Why not torch's: making its first optimizer imports the compiler stack, two seconds in each of some hundred jobs that
train for five. Must not know what is trained.
"""

import torch
from torch import Tensor


class AdamW:
    """The optimizer of one run. weights: what it changes, the gradients in `.grad`."""

    def __init__(
        self,
        weights: list[Tensor],
        weight_decay: float,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ):
        self.weights, self.weight_decay, self.betas, self.eps = weights, weight_decay, betas, eps
        self.steps = 0
        self.means, self.squares = ([torch.zeros_like(x.detach()) for x in weights] for _ in ("mean", "square"))

    @torch.no_grad()
    def step(self, learning_rate: float) -> None:
        """One update; the gradients are used up."""
        beta1, beta2 = self.betas
        self.steps += 1
        for weights, mean, square in zip(self.weights, self.means, self.squares):
            gradient, weights.grad = weights.grad, None
            mean.lerp_(gradient, 1 - beta1)
            square.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
            weights.mul_(1 - learning_rate * self.weight_decay)
            deviation = (square / (1 - beta2**self.steps)).sqrt_().add_(self.eps)
            weights.addcdiv_(mean, deviation, value=-learning_rate / (1 - beta1**self.steps))

    def state(self) -> dict:
        """All that a resumed run needs."""
        return {"steps": self.steps, "means": self.means, "squares": self.squares}

    @torch.no_grad()
    def load(self, state: dict) -> None:
        """Go on from `state()`."""
        self.steps = state["steps"]
        for ours, saved in zip((*self.means, *self.squares), (*state["means"], *state["squares"])):
            ours.copy_(saved)
