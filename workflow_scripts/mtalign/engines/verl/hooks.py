"""What verl loads of ours into each of its processes: the trainer and the advantage estimators, by name.

The trainer is verl's synchronous one. It differs in its dynamic sampling, which is the embedded trainer's: at most so
many generation batches, groups without reward variance dropped, no update where none is left. Must not know rewards.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transfer_queue as tq
from tensordict import TensorDict
from transfer_queue import KVBatchMeta
from verl.trainer.ppo.core_algos import register_adv_est
from verl.trainer.ppo.v1.replay_buffer import ReplayBuffer
from verl.trainer.ppo.v1.trainer_base import register_trainer
from verl.trainer.ppo.v1.trainer_sync import PPOTrainerSync
from verl.utils import tensordict_utils as tu

from mtalign import advantages
from mtalign.engines.verl.settings import NAME, estimator
from mtalign.rl.metrics import rollout_metrics, varies

_POLL_SECONDS = 0.1


def _register_advantages() -> None:
    """Each of mtalign/advantages, as an estimator over groups with the same index."""
    for path in Path(advantages.__file__).parent.glob("[!_]*.py"):
        register_adv_est(estimator(path.stem))(_estimator(path.stem))


def _estimator(name: str) -> Callable[..., tuple[torch.Tensor, torch.Tensor]]:
    def estimate(
        token_level_rewards: torch.Tensor, response_mask: torch.Tensor, index: np.ndarray, **_: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Advantages and returns, both float32 [responses, tokens]."""
        rewards = token_level_rewards.sum(-1).double().numpy()
        values = np.empty_like(rewards)
        for group in dict.fromkeys(index):
            members = index == group
            values[members] = advantages.group_advantages(name, rewards[members])
        result = torch.from_numpy(values).float().unsqueeze(-1) * response_mask
        return result, result

    return estimate


class GroupReplayBuffer(ReplayBuffer):
    """Waits for whole generation batches, and asks for another one while too few groups vary in reward."""

    def __init__(self, refill: Callable[[int], int], folder: Path, max_batches: int):
        super().__init__(
            trainer_mode="sync",
            trainer_config={},
            max_off_policy_threshold=None,
            max_off_policy_strategy="drop",
            sampler_kwargs={},
            poll_interval=_POLL_SECONDS,
            refill_fn=refill,
        )
        self.folder, self.max_batches = folder, max_batches
        self.trained = 0  # groups in the last training batch that vary

    def sample(self, global_steps: int, partition_id: str, batch_size: int) -> tuple[KVBatchMeta, dict]:
        """As the base class says. Where no group varies, the batch is of groups that do not; the trainer skips it."""
        if partition_id == "val":
            self._wait(partition_id)
            return super().sample(global_steps, partition_id, batch_size)
        for attempt in range(1, self.max_batches + 1):
            self._wait(partition_id)
            groups = self._read(partition_id)
            kept = [uid for uid in sorted(groups) if varies(groups[uid]["rewards"])]
            if len(kept) >= batch_size or attempt == self.max_batches:
                break
            self.refill_fn(batch_size)
        self._record(global_steps, groups)
        self.trained = min(len(kept), batch_size)
        chosen = kept[:batch_size] or sorted(groups)[:batch_size]
        self._clear_groups(partition_id, set(groups) - set(chosen))
        partition = self.partitions[partition_id]
        in_order = {key: partition[key] for uid in chosen for key in groups[uid]["keys"]}
        metrics = rollout_metrics(
            *([groups[uid][name] for uid in sorted(groups)] for name in ("rewards", "formatted", "correct", "lengths"))
        )
        metrics["groups_trained"] = self.trained
        return self._materialize_batch(partition_id, chosen, in_order), _named(metrics)

    def _wait(self, partition_id: str) -> None:
        """Until nothing is on its way."""
        last = 0.0
        while True:
            self._sync_metadata_from_transfer_queue()
            if self.failure_keys[partition_id]:
                failed = ", ".join(sorted(self.failure_keys[partition_id]))
                raise RuntimeError(f"no responses for prompt {failed}: the log of the agent loop above says why")
            if not self.pending_keys[partition_id] and not self.running_keys[partition_id]:
                return
            last = self._wait_for_next_poll(partition_id, last)

    def _read(self, partition_id: str) -> dict[str, dict]:
        """uid -> what is known of the group's responses, in the order of their sessions."""
        groups: dict[str, dict] = {uid: {"keys": []} for uid in self.finished_keys[partition_id]}
        for key in sorted(self.partitions[partition_id], key=lambda key: int(key.split("_")[1])):
            groups[key.split("_")[0]]["keys"].append(key)
        for group in groups.values():
            data = tq.kv_batch_get(
                keys=group["keys"], partition_id=partition_id, select_fields=["rm_scores", "extra_fields", "problem"]
            )
            infos = [extra["reward_extra_info"] for extra in data["extra_fields"]]
            group["rewards"] = data["rm_scores"].to_padded_tensor(padding=0.0).sum(-1).double().numpy()
            group["lengths"] = data["rm_scores"].offsets().diff().numpy()
            group["correct"] = np.array([info["correct"] > 0 for info in infos])
            group["formatted"] = np.array([info["formatted"] > 0 for info in infos])
            group["problem_id"] = json.loads(next(iter(data["problem"])))["problem_id"]
        return groups

    def _record(self, step: int, groups: dict[str, dict]) -> None:
        """Keep the step's visits: (problem, accuracy), and the rewards that a test compares."""
        rows = [
            {
                "problem_id": groups[uid]["problem_id"],
                "accuracy": float(groups[uid]["correct"].mean()),
                "rewards": groups[uid]["rewards"].tolist(),
            }
            for uid in sorted(groups)
        ]
        path = self.folder / "visits" / f"{step}.json"
        path.parent.mkdir(exist_ok=True)
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(rows))
        os.replace(temporary, path)


@register_trainer(NAME)
class Trainer(PPOTrainerSync):
    """verl's synchronous trainer, with our groups."""

    def __init__(self, config: Any):
        super().__init__(config)
        self.trainer_mode = "sync"  # the base class asks for its mode by name
        self._batches = 0

    def _build_replay_buffer(self) -> GroupReplayBuffer:
        job = self.config[NAME]
        return GroupReplayBuffer(self._add_prompts_to_generate, Path(job.folder), job.max_generation_batches)

    def prepare_step(self) -> dict:
        self._batches = 0
        return super().prepare_step()

    def _submit_batch_to_rollout(self, batch: TensorDict) -> int:
        """Tell each prompt its place in the step, which its random numbers and its order depend on."""
        size = len(batch)
        tu.assign_non_tensor_stack(batch, "attempt", [self._batches] * size)
        tu.assign_non_tensor_stack(batch, "position", list(range(size)))
        tu.assign_non_tensor_stack(batch, "uid", [f"{self._batches:03d}-{i:06d}" for i in range(size)])
        self._batches += 1
        return super()._submit_batch_to_rollout(batch)

    def _compute_ref_log_prob(self, batch: KVBatchMeta, metrics: dict) -> KVBatchMeta:
        batch = super()._compute_ref_log_prob(batch, metrics)
        data = tq.kv_batch_get(
            keys=batch.keys,
            partition_id=batch.partition_id,
            select_fields=["ref_log_prob", "old_log_probs", "response_mask"],
        ).to_padded_tensor()
        mask = data["response_mask"]
        d = data["ref_log_prob"] - data["old_log_probs"]
        metrics.update(_named({"kl_to_base_k3": (((d.exp() - 1 - d) * mask).sum() / mask.sum()).item()}))
        return batch

    def _update_actor(self, batch: KVBatchMeta, metrics: dict) -> KVBatchMeta:
        mini_batch = self.config.actor_rollout_ref.actor.ppo_mini_batch_size
        metrics.update(_named({"updates": -(-self.replay_buffer.trained // mini_batch)}))
        return super()._update_actor(batch, metrics) if self.replay_buffer.trained else batch


def _named(metrics: dict[str, float]) -> dict[str, float]:
    """Metrics under names of ours, among verl's."""
    return {f"{NAME}/{name}": value for name, value in metrics.items()}


_register_advantages()
