"""DAPO (arXiv 2503.14476) for the seeds of one cell, on any policy.

Each seed is a run of its own, with its own weights, optimizer, prompts and random numbers; where policies are stacked,
runs share passes through the decoder and nothing else. Where this differs from the released code (dynamic sampling):
groups without reward variance are dropped; after the last generation batch the update takes the groups that there are,
and is skipped where there are none; nothing is repeated to fill the batch. The sampler's log-probabilities serve as the
old ones.

Must not know which method it runs beyond the names of its reward and its advantage.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mtalign.advantages import group_advantages
from mtalign.engines.dapo.adamw import AdamW
from mtalign.engines.dapo.loss import PolicyLoss, policy_loss
from mtalign.engines.dapo.rollout import GroupRollout, Prompt, as_tensors, roll_out
from mtalign.engines.policy import Policy
from mtalign.judging import VerifierPool
from mtalign.randomness import uniforms
from mtalign.rl.example_order import visits
from mtalign.rl.methods import Method, Recipe
from mtalign.rl.metrics import rollout_metrics, validation_metrics, varies


@dataclass
class State:
    """All that a run needs to go on; random numbers are keyed by seed and step, so the step is their state.

    drawn: prompts drawn so far, one a run. metrics: rows (seed, step, metric, value). visits: rows (seed, step,
    problem_id, accuracy), one a generated group: the accuracy history of the training examples.
    """

    step: int
    drawn: list[int]
    metrics: list[tuple[int, int, str, float]] = field(default_factory=list)
    visits: list[tuple[int, int, str, float]] = field(default_factory=list)


class Trainer:
    """The runs of one cell. Iterate over `train()`; then read `state` and `weights`."""

    def __init__(
        self,
        base: Policy,
        train: list[list[Prompt]],
        validation: list[Prompt],
        method: Method,
        recipe: Recipe,
        seeds: list[int],
        checkpoint: Path,
        verifiers: VerifierPool,
    ):
        """Set up the runs, or go on from `checkpoint` where that file exists.

        Args:
            base: the models that the runs start from, one a run.
            train: the prompts to train on, one list a run.
        """
        self.base, self.method, self.recipe, self.seeds, self.verifiers = base, method, recipe, seeds, verifiers
        self.prompts, self.validation = train, validation
        self.trained = base.trainable()
        self.optimizers = [AdamW(weights, recipe.weight_decay) for weights in self.trained.parameters]
        self.state = State(step=0, drawn=[0] * len(seeds))
        self.checkpoint = checkpoint
        if checkpoint.exists():
            self._load()

    def train(self) -> Iterator[int]:
        """Yields the number of each finished step."""
        while self.state.step < self.recipe.steps:
            step = self.state.step + 1
            self._step(step)
            self.state.step = step
            if self.recipe.validates(step):
                self._validate(step)
            if step % self.recipe.checkpoint_every == 0 or step == self.recipe.steps:
                self._save()
            yield step

    def _step(self, step: int) -> None:
        generated, kept = self._dynamic_sampling(step)
        for run, groups in enumerate(generated):
            self._log(run, step, _rollout_metrics(groups))
            visits = [(self.seeds[run], step, g.prompt.problem.problem_id, float(g.correct.mean())) for g in groups]
            self.state.visits.extend(visits)
        self._log_kl(step, [groups[: self.recipe.prompts] for groups in generated])
        rate = self.recipe.learning_rate * min(1.0, step / max(1, self.recipe.warmup_steps))
        updates = [self._update(part, rate) for part in _mini_batches(kept, self.recipe.mini_batch)]
        for run in range(len(self.seeds)):
            mine = [update[run] for update in updates if run in update]
            self._log(run, step, {"updates": len(mine), "groups_trained": len(kept[run])})
            for name in mine[0] if mine else ():
                self._log(run, step, {name: sum(update[name] for update in mine) / len(mine)})

    def _dynamic_sampling(self, step: int) -> tuple[list[list[GroupRollout]], list[list[GroupRollout]]]:
        """All generated groups, and those with reward variance, at most a batch; both [S][groups]."""
        size = self.recipe.prompts
        generated: list[list[GroupRollout]] = [[] for _ in self.seeds]
        kept: list[list[GroupRollout]] = [[] for _ in self.seeds]
        for attempt in range(self.recipe.max_generation_batches):
            runs = [run for run in range(len(self.seeds)) if len(kept[run]) < size]
            if not runs:
                break
            rollouts = roll_out(
                self._policy(runs),
                [self._draw(run, size) for run in runs],
                [(self.seeds[run], step, attempt) for run in runs],
                self.method,
                self.recipe,
                self.verifiers,
            )
            for run, groups in zip(runs, rollouts):
                generated[run] += groups
                kept[run] += [group for group in groups if varies(group.rewards)]
        return generated, [groups[:size] for groups in kept]

    def _draw(self, run: int, count: int) -> list[Prompt]:
        """The run's next prompts: epochs of its own permutations, laid end to end."""
        prompts, start = self.prompts[run], self.state.drawn[run]
        drawn = [prompts[i] for i in visits(len(prompts), self.seeds[run], start, count)]
        self.state.drawn[run] += count
        return drawn

    def _update(self, part: list[list[GroupRollout]], rate: float) -> dict[int, dict[str, float]]:
        """One optimizer step for each run that has groups; the metrics of those runs."""
        runs = [run for run, groups in enumerate(part) if groups]
        groups = [part[run] for run in runs]
        policy = self.trained.policy(runs)
        prompts, tokens, old_logprobs, mask = as_tensors(groups, policy)
        advantages = torch.zeros(mask.shape[:3])
        for row, of_run in zip(advantages, groups):
            for cell, group in zip(row, of_run):
                cell[:] = torch.from_numpy(group_advantages(self.method.advantage, group.rewards))
        result = self._gradient(policy, prompts, tokens, old_logprobs, advantages, mask)
        metrics = {}
        for row, run in enumerate(runs):
            norm = torch.nn.utils.clip_grad_norm_(self.trained.parameters[run], self.recipe.grad_clip)
            self.optimizers[run].step(rate)
            metrics[run] = {
                "loss": result.loss[row].item(),
                "grad_norm": norm.item(),
                "clip_fraction": result.clip_fraction[row].item(),
                "dual_clip_fraction": result.dual_clip_fraction[row].item(),
                "tokens_trained": int(mask[row].sum()),
            }
        return metrics

    def _gradient(
        self, policy: Policy, prompts: Tensor, tokens: Tensor, old_logprobs: Tensor, advantages: Tensor, mask: Tensor
    ) -> PolicyLoss:
        """Add the loss's gradient to the parameters, in passes of `policy.micro_batch` responses.

        Args:
            prompts, tokens, old_logprobs, mask: as `as_tensors` gives them.
            advantages: float32 [S, G, N].
        """
        batch = (prompts, tokens, old_logprobs, advantages, mask)
        total, parts = mask.flatten(1).sum(1), []
        for some, tokens, old_logprobs, advantages, mask in _micro_batches(*batch, size=policy.micro_batch):
            logprobs = policy.token_logprobs(some, tokens)
            spread = advantages.unsqueeze(-1).expand_as(logprobs)
            part = policy_loss(logprobs, old_logprobs, spread, mask, self.recipe.clip, total)
            part.loss.sum().backward()
            parts.append(part)
        names = ("loss", "clip_fraction", "dual_clip_fraction")
        return PolicyLoss(**{name: sum(getattr(part, name).detach() for part in parts) for name in names})

    @torch.no_grad()
    def _log_kl(self, step: int, generated: list[list[GroupRollout]]) -> None:
        """KL(policy || base) in nats a token, by the k3 estimator on the rollouts' first samples; `generated` has as
        many groups of each run.

        k3 = exp(d) - 1 - d with d = log base - log policy (J. Schulman, "Approximating KL divergence", 2020).
        """
        prompts, tokens, logprobs, mask = as_tensors(generated, self.base)
        few = slice(0, self.recipe.kl_samples)
        tokens, logprobs, mask = tokens[:, :, few], logprobs[:, :, few], mask[:, :, few]
        d = self.base.token_logprobs(prompts, tokens) - logprobs
        k3 = ((d.exp() - 1 - d) * mask).sum((1, 2, 3)) / mask.sum((1, 2, 3))
        for run, value in enumerate(k3.tolist()):
            self._log(run, step, {"kl_to_base_k3": value})

    def _validate(self, step: int) -> None:
        policy = self._policy(range(len(self.seeds)))
        ids = [[prompt.ids for prompt in self.validation]] * len(self.seeds)
        samples, length = self.recipe.validation_samples, self.recipe.max_response_tokens
        noise = np.stack(
            [
                uniforms([("validation", seed, step, i) for i in range(len(self.validation))], samples, length)
                for seed in self.seeds
            ]
        )
        for top_p in self.recipe.validation_top_p:
            generation = policy.sample(ids, noise, top_p=top_p)
            for run in range(len(self.seeds)):
                judged = [
                    judgement
                    for prompt, tokens in zip(self.validation, generation.tokens[run].tolist())
                    for judgement in self.verifiers.judgements(prompt.family, prompt.problem, policy.decode(tokens))
                ]
                correct = np.array([j.verdict == "correct" for j in judged])
                formatted = np.array([j.formatted for j in judged])
                self._log(run, step, validation_metrics(formatted, correct, top_p))

    @torch.no_grad()
    def _policy(self, runs: Iterable[int]) -> Policy:
        """The policies of these runs, to sample."""
        return self.trained.policy(runs)

    def _log(self, run: int, step: int, values: dict[str, float]) -> None:
        self.state.metrics.extend((self.seeds[run], step, name, float(value)) for name, value in values.items())

    def _save(self) -> None:
        saved = {
            "state": vars(self.state),
            "weights": [[x.detach() for x in parameters] for parameters in self.trained.parameters],
            "optimizers": [optimizer.state() for optimizer in self.optimizers],
        }
        self.checkpoint.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.checkpoint.with_suffix(".tmp")
        torch.save(saved, temporary)
        os.replace(temporary, self.checkpoint)

    def _load(self) -> None:
        saved = torch.load(self.checkpoint, weights_only=True, map_location="cpu")
        self.state = State(**saved["state"])
        with torch.no_grad():
            for parameters, values in zip(self.trained.parameters, saved["weights"]):
                for ours, value in zip(parameters, values):
                    ours.copy_(value)
        for optimizer, value in zip(self.optimizers, saved["optimizers"]):
            optimizer.load(value)


def _mini_batches(kept: list[list[GroupRollout]], size: int) -> Iterator[list[list[GroupRollout]]]:
    """[S][up to `size` groups], as many times as the run with the most groups needs."""
    for start in range(0, max(map(len, kept)), size):
        yield [groups[start : start + size] for groups in kept]


def _micro_batches(prompts: Tensor, *batch: Tensor, size: int | None) -> Iterator[tuple[Tensor, ...]]:
    """A batch of groups, prompts [S, G, P] and what is [S, G, N, ...], as batches of so many groups of one response."""
    if size is None:
        yield prompts, *batch
        return
    prompts = prompts.repeat_interleave(batch[0].shape[2], dim=1)
    single = [prompts, *(x.flatten(1, 2).unsqueeze(2) for x in batch)]
    yield from zip(*(x.split(size, dim=1) for x in single))


def _rollout_metrics(groups: list[GroupRollout]) -> dict[str, float]:
    """Means over all generated responses of a step (entropy: over their tokens, nats)."""
    lengths = [group.lengths.numpy() for group in groups]
    shared = rollout_metrics(
        [group.rewards for group in groups],
        [group.formatted for group in groups],
        [group.correct for group in groups],
        lengths,
    )
    return shared | {"entropy": float(sum(group.entropy.sum() for group in groups) / sum(x.sum() for x in lengths))}
