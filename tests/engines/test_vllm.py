"""vLLM samples a lab model, and a policy that verl trained: what it says of a response is what transformers says."""

import json

import numpy as np
import pytest
import torch
from mtalign.artifacts.data import Data
from mtalign.artifacts.probes import Completions, Solutions
from mtalign.artifacts.responses import Rollouts
from mtalign.columns import Columns
from mtalign.parquet import read_table
from mtalign.vocabulary import BASE, Cell
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.engines.conftest import done, run, study


def sample(lab, folder, output, shard=(0, 1), **changes):
    spec = study().sampling_parameters(Cell("qwen2", "math", BASE)) | {"samples": 3, "top_p": [1.0, 0.7]} | changes
    paths = {"policies": folder, "seeds": 0, "benchmarks": lab.data("math_test"), "shard": shard, "output": output}
    done(run("sample.py", spec, engine="vllm", machine=json.dumps(study().machine("sampler")), **paths))
    return read_table(output, Rollouts)


@pytest.fixture(scope="module")
def rollouts(lab, trained, tmp_path_factory):
    return sample(lab, trained("ground_truth").weights, tmp_path_factory.mktemp("rollouts") / "all.parquet")


def test_exported_weights_load_in_transformers_and_give_vllms_logprobs(lab, trained, rollouts):
    policy = AutoModelForCausalLM.from_pretrained(trained("ground_truth").weights, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(trained("ground_truth").weights)
    base = AutoModelForCausalLM.from_pretrained(lab.model, dtype=torch.float32)
    rows, moved = rollouts.to_pylist()[::37], 0.0
    questions = {
        x["problem_id"]: x["prompt"][0]["content"] for x in read_table(lab.data("math_test"), Data).to_pylist()
    }
    for row in rows:
        prompt = tokenizer.encode(questions[row["problem_id"]], add_special_tokens=False)
        ids = torch.tensor([prompt + row["tokens"]])
        with torch.no_grad():
            logits = [model(ids).logits[0, len(prompt) - 1 : -1] for model in (policy, base)]
        sums = [x.log_softmax(-1).gather(1, ids[0, len(prompt) :, None]).sum().item() for x in logits]
        assert row["logprob"] == pytest.approx(sums[0], abs=1e-4)
        assert row["response"] == tokenizer.decode(row["tokens"], skip_special_tokens=True)
        moved = max(moved, abs(sums[0] - sums[1]))
    assert len(rows) >= 5 and moved > 1e-3, "the trained policy is the base model"


def test_shards_make_the_same_rollouts(lab, trained, rollouts, tmp_path):
    """Two shards, merged, hold the responses of one; each response is sampled with a seed of its own."""
    weights = trained("ground_truth").weights
    shards = [tmp_path / f"{i}-of-2.parquet" for i in range(2)]
    for i, path in enumerate(shards):
        sample(lab, weights, path, shard=(i, 2))
    spec = study().sampling_parameters(Cell("qwen2", "math", BASE)) | {"samples": 3, "top_p": [1.0, 0.7]}
    merged = tmp_path / "merged.parquet"
    done(run("merge_shards.py", spec, shards=shards, benchmarks=lab.data("math_test"), output=merged))
    names = ["seed", "benchmark", "top_p", "problem_id", "sample", "response", "tokens", "finish_reason"]
    assert read_table(merged, Rollouts).select(names).to_pylist() == rollouts.select(names).to_pylist()
    first = [row["response"] for row in rollouts.to_pylist() if row["top_p"] == 1.0]
    assert len({tuple(first[i : i + 3]) for i in range(0, len(first), 3)}) > 1
    assert any(len(set(first[i : i + 3])) > 1 for i in range(0, len(first), 3))


def test_both_samplers_draw_from_the_same_distribution(lab, tmp_path):
    """Other random numbers, so not the same responses: the mean log-probability of 64 x 8 responses agrees."""
    theirs = sample(lab, lab.model, tmp_path / "vllm.parquet", samples=8, top_p=[1.0])
    spec = study().sampling_parameters(Cell("qwen2", "math", BASE)) | {"samples": 8, "top_p": [1.0]}
    path = tmp_path / "torch.parquet"
    paths = {"policies": lab.model, "seeds": 0, "benchmarks": lab.data("math_test"), "output": path}
    done(run("sample.py", spec, engine="torch", machine="{}", **paths))
    a, b = (np.array(table["logprob"]) for table in (theirs, read_table(path, Rollouts)))
    assert a.shape == b.shape
    error = np.sqrt(a.var() / len(a) + b.var() / len(b))
    assert abs(a.mean() - b.mean()) < 4 * error


def by_both(lab, folder, script: str, spec: dict, kind: type[Columns]) -> list[list[dict]]:
    """What vLLM and the embedded engine say of the base model."""
    tables = []
    for engine, machine in (("vllm", study().machine("sampler")), ("torch", {})):
        path = folder / f"{engine}.parquet"
        paths = {"policies": lab.model, "seeds": 0, "benchmarks": lab.data("math_test"), "output": path}
        done(run(script, spec, engine=engine, machine=json.dumps(machine), **paths))
        tables.append(read_table(path, kind).to_pylist())
    return tables


def test_greedy_completions_are_the_embedded_engines(lab, tmp_path):
    spec = study().completion_parameters("qwen2", "math")
    vllm, embedded = by_both(lab, tmp_path, "complete_questions.py", spec, Completions)
    assert len(vllm) == len(embedded) == 3 * 64
    same = sum(a == b for a, b in zip(vllm, embedded))
    assert same >= 0.99 * len(vllm)  # a tie in float32 may fall either way


def test_solutions_are_as_likely_as_with_the_embedded_engine(lab, tmp_path):
    spec = study().solution_parameters("qwen2", "math")
    vllm, embedded = by_both(lab, tmp_path, "score_solutions.py", spec, Solutions)
    assert len(vllm) == len(embedded) == 64
    for ours, theirs in zip(vllm, embedded):
        assert ours["problem_id"] == theirs["problem_id"] and ours["n_tokens"] == theirs["n_tokens"]
        assert ours["logprob"] == pytest.approx(theirs["logprob"], abs=1e-3)
