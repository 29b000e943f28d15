"""Loaded into verl's processes by the tests: keeps every batch that the trainer updates on, just before it does."""

import json
import os
from pathlib import Path

import torch
import transfer_queue as tq
from mtalign.engines.verl_hooks import Trainer

FIELDS = ["uid", "problem", "prompts", "responses", "old_log_probs", "rollout_log_probs", "ref_log_prob"]
FIELDS += ["rm_scores", "advantages"]
original = Trainer._update_actor


def record(self, batch, metrics):
    real = [key for key, tag in zip(batch.keys, batch.tags) if not tag.get("is_padding")]
    data = tq.kv_batch_get(keys=real, partition_id=batch.partition_id, select_fields=FIELDS)
    folder = Path(os.environ["RECORD"])
    folder.mkdir(exist_ok=True)
    rows = {"key": real, "problem": [json.loads(problem) for problem in data["problem"]]}
    for name in FIELDS[2:]:
        rows[name] = [row.clone() for row in data[name].unbind()]
    torch.save({"step": self.global_steps} | rows, folder / f"{self.global_steps:03d}.pt")
    return original(self, batch, metrics)


Trainer._update_actor = record
