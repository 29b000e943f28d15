"""How fast the lab is: seconds of each stage, tokens per CPU-second of sampling and of training, and how much quicker
the embedded sampler is than Hugging Face `generate` on the same model and prompts in the same run.

CPU time of one process is counted, so other work on the machine matters little; the ratio matters least of all.
"""

import argparse
import csv
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from mtalign.data.problem_sets import read_problems
from mtalign.engines.dapo.loss import policy_loss
from mtalign.engines.stacked.decoder import response_logits, unflatten
from mtalign.engines.stacked.policy import PolicyStack
from mtalign.randomness import uniforms
from mtalign.rl.methods import Clip
from transformers import AutoModelForCausalLM

_PROMPTS, _SAMPLES, _LONGEST, _ROUNDS = 8, 16, 24, 9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="a lab model's folder")
    parser.add_argument("--data", type=Path, required=True, help="a data set, parquet")
    parser.add_argument("--benchmarks", type=Path, required=True, help="Snakemake's benchmark files")
    parser.add_argument("--seeds", type=int, default=3, help="runs that are stacked")
    args = parser.parse_args()
    torch.set_num_threads(1)
    _print_stages(args.benchmarks)

    stack = PolicyStack.load([args.model] * args.seeds)
    ids = stack.encode([item.prompt for item in read_problems(args.data)[:_PROMPTS]])
    noise = np.stack(
        [uniforms([("speed", s, i) for i in range(_PROMPTS)], _SAMPLES, _LONGEST) for s in range(args.seeds)]
    )
    generation = stack.sample([ids] * args.seeds, noise)
    sampled = int(generation.lengths.sum())

    weights = stack.weights.clone().requires_grad_()
    prompts = stack.padded([ids] * args.seeds)
    mask = torch.arange(_LONGEST) < generation.lengths.unsqueeze(-1)
    advantages = torch.from_numpy(noise[..., :1]).expand_as(generation.logprobs) - 0.5

    def update() -> None:
        logits = response_logits(stack.arch, unflatten(stack.arch, weights), prompts, generation.tokens, stack.pad)
        logprobs = logits.log_softmax(-1).gather(-1, generation.tokens.unsqueeze(-1)).squeeze(-1)
        loss = policy_loss(logprobs, generation.logprobs, advantages, mask, Clip(0.2, 0.28, 10.0)).loss
        (weights.grad,) = torch.autograd.grad(loss.sum(), weights)

    model = AutoModelForCausalLM.from_pretrained(args.model).eval()
    inputs = torch.tensor(ids)

    def hugging_face() -> torch.Tensor:
        options = {"do_sample": True, "top_k": 0, "top_p": 1.0, "max_new_tokens": _LONGEST}
        attention = torch.ones_like(inputs)
        return model.generate(inputs, attention_mask=attention, num_return_sequences=_SAMPLES, **options)

    torch.manual_seed(0)
    responses = hugging_face()[:, inputs.shape[1] :]
    generated = int((responses != stack.pad).sum())
    # In turns, so that a machine that slows down for a while slows all of them.
    works = (lambda: stack.sample([ids] * args.seeds, noise), update, hugging_face)
    seconds = np.array([[_cpu_seconds(work) for work in works] for _ in range(_ROUNDS)])
    sampling, training, baseline = np.array([sampled, sampled, generated]) / np.median(seconds, axis=0)
    ratio = sampled / generated * np.median(seconds[:, 2] / seconds[:, 0])

    print(f"\n{_PROMPTS} prompts x {_SAMPLES} samples x {args.seeds} stacked runs, one thread, tokens per CPU-second:")
    print(f"{'sampling (embedded)':32}{sampling:12,.0f}")
    print(f"{'training (forward, backward)':32}{training:12,.0f}")
    print(f"{'Hugging Face generate':32}{baseline:12,.0f}   embedded is {ratio:.1f}x as fast (median of {_ROUNDS})")


def _cpu_seconds(work: Callable[[], object]) -> float:
    """CPU-seconds of this process."""
    start = time.process_time()
    work()
    return time.process_time() - start


def _print_stages(folder: Path) -> None:
    print(f"{'stage':20}{'jobs':>8}{'wall s, sum':>14}{'CPU s, sum':>14}{'wall s, mean':>14}")
    for stage in sorted(path for path in folder.iterdir() if path.is_dir()):
        rows = [next(csv.DictReader(path.open(), delimiter="\t")) for path in stage.rglob("*.tsv")]
        wall = [float(row["s"]) for row in rows]
        cpu = [float(row["cpu_time"]) for row in rows if row["cpu_time"] not in ("-", "NA")]
        print(f"{stage.name:20}{len(rows):8}{sum(wall):14.1f}{sum(cpu):14.1f}{sum(wall) / len(wall):14.2f}")


if __name__ == "__main__":
    main()
