"""vLLM as a sampler, of one policy after another. Must not know tasks or rewards.

vLLM is imported once a sampler is made: on a CPU, it and torch must find some variables when they are imported.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm
from transformers import AutoTokenizer

from mtalign.engines.interface import Request, Responses
from mtalign.engines.prompts import encode, encode_rest
from mtalign.randomness import generator

_REQUESTS = 2048  # that vLLM is given at a time: until all are done, it keeps an object for every token
#: vLLM's environment on a CPU, under verl as well.
CPU = {
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "TORCHDYNAMO_DISABLE": "1",  # compiling takes longer than the small models that a CPU is for
}
_ONE_PROCESS = {"VLLM_ENABLE_V1_MULTIPROCESSING": "0"}  # ten times as quick to start


class Sampler:
    """See `interface.Sampler`. A response's seed is made of its key and its number alone."""

    def __init__(self, engine: str, folders: list[Path], spec: dict, machine: dict):
        self.folders, self.precision, self.machine = folders, spec["precision"], machine
        self.cpu = machine["device"] == "cpu"
        if self.cpu:
            os.environ.update(CPU | _ONE_PROCESS)
        self.tokenizer = AutoTokenizer.from_pretrained(folders[0])

    def encode(self, texts: list[str]) -> list[list[int]]:
        return [encode_rest(self.tokenizer, text) for text in texts]

    def encode_prompts(self, prompts: list[str], chat_template: bool) -> list[list[int]]:
        return [encode(self.tokenizer, prompt, chat_template) for prompt in prompts]

    def sample(self, requests: list[Request]) -> Iterator[tuple[int, int, Responses]]:
        sizes = [len(ids) + limit for request in requests for ids, limit in zip(request.prompts, request.limits)]
        for policy, model in self._models(max(sizes)):
            for place, request in enumerate(requests):
                yield policy, place, self._responses(model, request, request.keys[policy])

    def response_logprobs(
        self, requests: list[tuple[list[list[int]], list[list[int]]]]
    ) -> Iterator[tuple[int, int, list[float]]]:
        end = self.tokenizer.eos_token_id
        given = [[(len(ids), [*ids, *more, end]) for ids, more in zip(*request)] for request in requests]
        longest = max((len(ids) for pairs in given for _, ids in pairs), default=1)
        for policy, model in self._models(longest + 1):  # one token is sampled, since vLLM must
            parameters = _vllm().SamplingParams(max_tokens=1, prompt_logprobs=0)
            for place, pairs in enumerate(given):
                done = model.generate([{"prompt_token_ids": ids} for _, ids in pairs], parameters, use_tqdm=False)
                steps = [zip(output.prompt_logprobs[n:], ids[n:]) for output, (n, ids) in zip(done, pairs)]
                yield policy, place, [float(sum(step[token].logprob for step, token in of)) for of in steps]

    def _models(self, longest: int) -> Iterator[tuple[int, Any]]:
        """Each policy's number and its model, while that is loaded; longest: tokens of prompt and response."""
        for policy, folder in enumerate(self.folders):
            yield policy, (model := self._load(folder, longest))
            from vllm.distributed import cleanup_dist_env_and_memory

            del model
            cleanup_dist_env_and_memory()

    def _load(self, folder: Path, longest: int) -> Any:
        return _vllm().LLM(
            str(folder),
            dtype=self.precision,
            max_model_len=longest,
            tensor_parallel_size=self.machine["tensor_parallel"],
            # A CPU's memory is never vLLM's alone, and it refuses to start where its share is not free.
            gpu_memory_utilization=self.machine["gpu_memory" if self.cpu else "sampling_gpu_memory"],
            enforce_eager=self.cpu,
            seed=0,  # of what has no seed of its own: nothing
            disable_log_stats=True,
        )

    def _responses(self, model: Any, request: Request, keys: list[tuple]) -> Responses:
        """Those to a request whose prompts have these keys."""
        asked, parameters = [], []
        for ids, key, longest in zip(request.prompts, keys, request.limits):
            for i in range(request.samples):
                asked.append({"prompt_token_ids": ids})
                options = {"temperature": request.temperature, "top_p": request.top_p, "max_tokens": longest}
                seed = int(generator(*key, i).integers(2**31))
                parameters.append(_vllm().SamplingParams(seed=seed, logprobs=0, **options))
        texts, tokens, logprobs, finished = [], [], [], []
        for i in tqdm(range(0, len(asked), _REQUESTS), desc="sampling", mininterval=5):
            part = slice(i, i + _REQUESTS)
            for output in model.generate(asked[part], parameters[part], use_tqdm=False):
                (one,) = output.outputs
                tokens.append(list(one.token_ids))
                texts.append(self.tokenizer.decode(tokens[-1], skip_special_tokens=True))
                logprobs.append(float(sum(step[token].logprob for step, token in zip(one.logprobs, tokens[-1]))))
                finished.append(one.finish_reason == "stop")
        return Responses(texts, tokens, logprobs, finished)


def _vllm() -> Any:
    import vllm

    return vllm
