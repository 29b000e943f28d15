"""vLLM as a sampler: token ids and seeds in, responses out. Must not know tasks or rewards.

vLLM is imported once a sampler is made: on a CPU, it and torch must find some variables when they are imported.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm
from transformers import AutoTokenizer

_REQUESTS = 2048  # that vLLM is given at a time: until all are done, it keeps an object for every token
#: vLLM's environment on a CPU, under verl as well.
CPU = {
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "TORCHDYNAMO_DISABLE": "1",  # compiling takes longer than the small models that a CPU is for
}
_ONE_PROCESS = {"VLLM_ENABLE_V1_MULTIPROCESSING": "0"}  # ten times as quick to start


@dataclass(frozen=True)
class Response:
    """One response; its log-probability is the policy's at temperature 1 without top-p, in nats."""

    text: str
    tokens: list[int]
    logprob: float
    finished: bool


class Sampler:
    """One policy, loaded."""

    def __init__(self, folder: Path, machine: dict, precision: str, longest: int):
        """
        Args:
            machine: what it gets (`Study.machine`).
            longest: tokens of prompt and response together.
        """
        cpu = machine["device"] == "cpu"
        if cpu:
            os.environ.update(CPU | _ONE_PROCESS)
        import vllm

        self.vllm = vllm
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = vllm.LLM(
            str(folder),
            dtype=precision,
            max_model_len=longest,
            tensor_parallel_size=machine["tensor_parallel"],
            # A CPU's memory is never vLLM's alone, and it refuses to start where its share is not free.
            gpu_memory_utilization=machine["gpu_memory" if cpu else "sampling_gpu_memory"],
            enforce_eager=cpu,
            seed=0,  # of what has no seed of its own: nothing
            disable_log_stats=True,
        )

    def sample(
        self,
        prompts: list[list[int]],
        seeds: list[list[int]],
        *,
        temperature: float,
        top_p: float,
        max_tokens: list[int],
    ) -> list[list[Response]]:
        """Responses to each prompt, one a seed; max_tokens: one number a prompt. Temperature 0 is greedy."""
        requests, parameters, responses = [], [], []
        for ids, of_prompt, longest in zip(prompts, seeds, max_tokens):
            for seed in of_prompt:
                requests.append({"prompt_token_ids": ids})
                parameters.append(
                    self.vllm.SamplingParams(
                        temperature=temperature, top_p=top_p, seed=seed, max_tokens=longest, logprobs=0
                    )
                )
        for i in tqdm(range(0, len(requests), _REQUESTS), desc="sampling", mininterval=5):
            part = slice(i, i + _REQUESTS)
            done = self.model.generate(requests[part], parameters[part], use_tqdm=False)
            responses += [self._response(output.outputs[0]) for output in done]
        following = iter(responses)
        return [[next(following) for _ in of_prompt] for of_prompt in seeds]

    def response_logprobs(self, prompts: list[list[int]], responses: list[list[int]]) -> list[float]:
        """Log-probability of each response after its prompt, in nats."""
        requests = [{"prompt_token_ids": prompt + response} for prompt, response in zip(prompts, responses)]
        parameters = self.vllm.SamplingParams(max_tokens=1, prompt_logprobs=0)
        done = self.model.generate(requests, parameters, use_tqdm=False)
        return [
            float(sum(step[token].logprob for step, token in zip(output.prompt_logprobs[len(prompt) :], response)))
            for output, prompt, response in zip(done, prompts, responses)
        ]

    def _response(self, output) -> Response:
        tokens = list(output.token_ids)
        logprobs = [step[token].logprob for step, token in zip(output.logprobs, tokens)]
        text = self.tokenizer.decode(tokens, skip_special_tokens=True)
        return Response(text, tokens, float(sum(logprobs)), output.finish_reason == "stop")

    def close(self) -> None:
        """Free what the policy holds, so that another one can be loaded."""
        from vllm.distributed import cleanup_dist_env_and_memory

        del self.model
        cleanup_dist_env_and_memory()
