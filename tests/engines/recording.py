"""Loaded into verl's processes by the tests: keeps what a finished run does not.

Every batch that the trainer updates on, just before it does; and the responses of each validation.
"""

import json
import os
import shutil
from pathlib import Path

import torch
import transfer_queue as tq
from mtalign.engines.verl.hooks import Trainer

FIELDS = ["uid", "problem", "prompts", "responses", "old_log_probs", "rollout_log_probs", "ref_log_prob"]
FIELDS += ["rm_scores", "advantages"]
update_actor, write_generations = Trainer._update_actor, Trainer._write_generations


def record(self, batch, metrics):
    real = [key for key, tag in zip(batch.keys, batch.tags) if not tag.get("is_padding")]
    data = tq.kv_batch_get(keys=real, partition_id=batch.partition_id, select_fields=FIELDS)
    folder = Path(os.environ["RECORD"])
    folder.mkdir(exist_ok=True)
    rows = {"key": real, "problem": [json.loads(problem) for problem in data["problem"]]}
    for name in FIELDS[2:]:
        rows[name] = [row.clone() for row in data[name].unbind()]
    torch.save({"step": self.global_steps} | rows, folder / f"{self.global_steps:03d}.pt")
    return update_actor(self, batch, metrics)


def keep(*arguments):
    write_generations(*arguments)
    *_, written, step = arguments
    folder = Path(os.environ["RECORD"]).with_name("validation")
    folder.mkdir(exist_ok=True)
    shutil.copy(Path(written) / f"{step}.jsonl", folder)


Trainer._update_actor, Trainer._write_generations = record, staticmethod(keep)
