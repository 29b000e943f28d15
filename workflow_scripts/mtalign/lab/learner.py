"""A tiny model that learns from weighted documents, step by step. Must not know what they mean, nor when to stop.

Muon on the matrices of the layers, AdamW on the rest. The layers start as the identity: what they add to the residual
stream is zero at first, which makes small models learn the procedures in a fraction of the steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from mtalign.engines.dapo.adamw import AdamW
from mtalign.engines.stacked.decoder import Architecture, document_logits, flatten
from mtalign.lab.muon import Muon
from mtalign.randomness import generator


@dataclass(frozen=True)
class Document:
    """Token ids, the end token among them, and how many of them are the question, which counts less."""

    ids: list[int]
    question: int


@dataclass(frozen=True)
class Optimization:
    """Peak learning rates; momentum of Muon; norm at which gradients are clipped; weight of a question's tokens."""

    muon_lr: float
    muon_momentum: float
    adamw_lr: float
    grad_clip: float
    question_weight: float


def initial_parameters(arch: Architecture, key: tuple) -> dict[str, Tensor]:
    """Normal weights with standard deviation 1/sqrt(fan in), embeddings .02; norms 1; biases and what writes to the
    residual stream 0."""
    rng = generator("weights", *key)
    parameters = {}
    for name, shape in arch.shapes().items():
        if name.endswith("norm"):
            parameters[name] = torch.ones(shape)
        elif name.endswith(("bias", "output", "down")):
            parameters[name] = torch.zeros(shape)
        else:
            scale = 0.02 if name == "embedding" else shape[0] ** -0.5
            parameters[name] = torch.from_numpy(rng.standard_normal(shape, dtype="float32")) * scale
    return parameters


class Learner:
    """The weights, and what is needed to change them."""

    def __init__(self, arch: Architecture, optimization: Optimization, pad: int, key: tuple):
        """key: of the first weights."""
        self.arch, self.optimization, self.pad = arch, optimization, pad
        self.parameters = {name: p.requires_grad_() for name, p in initial_parameters(arch, key).items()}
        inner = {name: p for name, p in self.parameters.items() if p.dim() == 2 and name != "embedding"}
        self._muon = Muon(list(inner.values()), optimization.muon_momentum)
        rest = [p for name, p in self.parameters.items() if name not in inner]
        self._adamw = AdamW(rest, weight_decay=0.0, betas=(0.9, 0.99))

    @property
    def weights(self) -> Tensor:
        """A copy, as a flat vector [P]."""
        return flatten(self.arch, {name: p.detach().unsqueeze(0) for name, p in self.parameters.items()})[0]

    def step(self, documents: Sequence[Document], weights: Sequence[float], rate: float) -> float:
        """One optimizer step.

        Args:
            weights: of each document; the loss is the weighted mean over all tokens.
            rate: of the peak learning rates, 0 to 1.

        Returns:
            the loss, nats a token.
        """
        loss = self._loss(documents, weights)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters.values(), self.optimization.grad_clip)
        self._muon.step(rate * self.optimization.muon_lr)
        self._adamw.step(rate * self.optimization.adamw_lr)
        return loss.item()

    def _loss(self, documents: Sequence[Document], weights: Sequence[float]) -> Tensor:
        longest = max(len(document.ids) for document in documents)
        ids = torch.tensor([x.ids + [self.pad] * (longest - len(x.ids)) for x in documents])  # [D, T]
        inputs, targets = ids[:, :-1], ids[:, 1:]
        stacked = {name: p.unsqueeze(0) for name, p in self.parameters.items()}
        logits = document_logits(self.arch, stacked, inputs.unsqueeze(0))
        losses = F.cross_entropy(logits.flatten(0, 2), targets.flatten(), reduction="none").view(targets.shape)
        of_question = torch.arange(1, longest) < torch.tensor([[x.question] for x in documents])
        of_tokens = torch.where(of_question, self.optimization.question_weight, 1.0) * (targets != self.pad)
        of_tokens = of_tokens * torch.tensor(weights).unsqueeze(1)
        return (losses * of_tokens).sum() / of_tokens.sum()
