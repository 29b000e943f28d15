"""verl's agent loop: one response to one prompt, seeded, and paid once its whole group is there. Must not know losses.

verl runs the N sessions of a prompt side by side in one worker. Each samples its own response, then waits for its
group; the last one to come has all of them judged and rewarded, beside the loop, which goes on.
"""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, ClassVar
from uuid import uuid4

import numpy as np
from verl.experimental.agent_loop.agent_loop import AgentLoopBase, AgentLoopOutput
from verl.utils.profiler import simple_timer

from mtalign.engines.prompts import encode
from mtalign.judging import VerifierPool, cores
from mtalign.randomness import generator
from mtalign.rewards import Group
from mtalign.rl.groups import judge_and_reward
from mtalign.rl.methods import VALIDATION, Method
from mtalign.tasks import Problem


class GroupAgentLoop(AgentLoopBase):
    """A single turn, for verl's `agent_loop_config_path`; `prompt_data.Prompts` says what a row holds."""

    def __init__(self, trainer_config: Any, server_manager: Any, tokenizer: Any, **_: Any):
        # Not the base class's, which sets up talks of many turns and asks a tokenizer for chat tokens.
        self.config, self.server_manager, self.tokenizer = trainer_config.config, server_manager, tokenizer

    async def run(self, sampling_params: dict[str, Any], **row: Any) -> AgentLoopOutput:
        """Sample session `session_id` of the group `uid`, and wait for its reward."""
        job, session = self.config.mtalign, row["session_id"]
        rollout = self.config.actor_rollout_ref.rollout
        if row["validating"]:
            size, key = rollout.val_kwargs.n, ("validation", job.seed, row["global_steps"], row["index"])
        else:
            size, key = rollout.n, ("rollout", job.seed, row["global_steps"], int(row["attempt"]), int(row["position"]))
        prompt = encode(self.tokenizer, row["raw_prompt"][0]["content"], job.chat_template)
        pending = _PendingGroup.of(row["uid"], size)
        try:
            metrics: dict[str, float] = {}
            with simple_timer("generate_sequences", metrics):
                output = await self.server_manager.generate(
                    request_id=uuid4().hex,
                    prompt_ids=prompt,
                    sampling_params=sampling_params
                    | {"top_p": row["top_p"], "seed": int(generator(*key, session).integers(2**31))},
                )
        except BaseException as error:
            pending.call_off(error)
            raise
        if pending.arrived(session, (self.tokenizer.decode(output.token_ids, skip_special_tokens=True), output)):
            try:
                pending.end(await self._judge_and_reward(row, key[1:], pending.in_order()))
            except BaseException as error:
                pending.call_off(error)
        group, rewards = await pending.result
        return AgentLoopOutput(
            prompt_ids=prompt,
            response_ids=output.token_ids,
            response_mask=[1] * len(output.token_ids),
            response_logprobs=output.log_probs,
            reward_score=float(rewards[session]),
            num_turns=2,
            metrics=metrics,
            extra_fields=output.extra_fields
            | {
                "reward_extra_info": {
                    "correct": float(group.correct[session]),
                    "formatted": float(group.formatted[session]),
                    "top_p": row["top_p"],
                }
            },
        )

    async def _judge_and_reward(
        self, row: dict, key: tuple[int, ...], came: list[tuple[str, Any]]
    ) -> tuple[Group, np.ndarray]:
        """A group and its rewards."""
        job, problem = self.config.mtalign, json.loads(row["problem"])
        task_family = problem.pop("family")
        texts = [text for text, _ in came]
        mean_logprob = np.array([np.mean(np.float32(output.log_probs), dtype=np.float64) for _, output in came])
        method = VALIDATION if row["validating"] else Method.of(job)
        thread, verifiers = _verifiers(self.config.actor_rollout_ref.rollout.agent.num_workers, job.allow_unisolated)
        return await asyncio.get_running_loop().run_in_executor(
            thread, judge_and_reward, verifiers, task_family, Problem(**problem), texts, mean_logprob, key, method
        )


class _PendingGroup:
    """Where the sessions of a group wait for each other."""

    _open: ClassVar[dict[str, "_PendingGroup"]] = {}

    def __init__(self, uid: str, size: int):
        self.uid, self.size, self.came = uid, size, {}
        self.result: asyncio.Future = asyncio.get_running_loop().create_future()

    @classmethod
    def of(cls, uid: str, size: int) -> "_PendingGroup":
        """The group, begun by its first session."""
        if uid not in cls._open:
            cls._open[uid] = cls(uid, size)
        return cls._open[uid]

    def arrived(self, session: int, what: Any) -> bool:
        """Whether this was the last session."""
        self.came[session] = what
        return len(self.came) == self.size

    def in_order(self) -> list:
        return [self.came[session] for session in sorted(self.came)]

    def end(self, result: tuple[Group, np.ndarray]) -> None:
        self._open.pop(self.uid, None)
        if not self.result.done():
            self.result.set_result(result)

    def call_off(self, error: BaseException) -> None:
        """One session failed: none of its group waits any longer."""
        self._open.pop(self.uid, None)
        if not self.result.done():
            self.result.set_exception(RuntimeError(f"a response of this prompt failed: {error!r}"))


@cache
def _verifiers(workers: int, allow_unisolated: bool) -> tuple[ThreadPoolExecutor, VerifierPool]:
    """The thread that asks verifiers, and they: this worker's share of the machine's cores."""
    return ThreadPoolExecutor(1), VerifierPool(max(1, cores() // workers), allow_unisolated)
