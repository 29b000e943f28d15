"""Estimates of what a study takes: hand-worked jobs, with a table of round numbers."""

import json

import pytest
from mtalign.study.cost_estimate import GPU, LAB, Estimator, Job, Table, read_dry_run

VALUES = {
    "pretraining_seconds": 100, "training_tokens_a_second": 1000, "sampling_tokens_a_second": 2000,
    "generation_batches": 1.5, "response_tokens": 100, "completion_tokens": 10, "start_seconds": 60, "other_seconds": 1,
    "parameters": 10, "bytes_a_parameter": 2, "trained_bytes_a_parameter": 4, "checkpoint_weights": 7,
    "bytes_a_token": 5, "problems": 500,
}  # fmt: skip
RECIPE = {
    "steps": 20, "prompts": 8, "samples": 4,
    "validation_samples": 2, "validation_top_p": [1.0, 0.7],
}  # fmt: skip


@pytest.fixture
def table(tmp_path) -> Table:
    path = tmp_path / "table.csv"
    rows = [f"{scale},{name},{value},unit,source" for scale in (LAB, GPU) for name, value in VALUES.items()]
    rows += ["data,published,70,unit,source", "generated,twentyfold,20,unit,source"]
    path.write_text("\n".join(["scale,quantity,value,unit,source", *rows]))
    return Table(path)


def job(rule: str, spec: dict, gpus: int = 0, output: str = "out", **options: list[str]) -> Job:
    wildcards = {"model": "m", "seeds": "0-1"}
    options = {"spec": [json.dumps(spec)]} | options
    return Job(rule, (output,), wildcards, {"gpu": str(gpus), "runtime": "90"}, options)


@pytest.mark.parametrize(("every", "validations"), [(10, 2), (8, 3)])  # after steps 10 and 20; 8, 16 and 20
def test_training_on_gpus(table, every, validations):
    """20 steps x 8 prompts x 4 samples x 1.5 batches x 100 tokens at 1,000 a second; validations of 30 problems x
    2 samples x 2 top-p at 2,000; two seeds; 60 s to start on each of 8 GPUs."""
    spec = {"recipe": RECIPE | {"validate_every": every}, "seeds": [0, 1]}
    train = job("train_policy", spec, gpus=8, validation=["d"])
    cost = Estimator([train], table, {"d": 30}).cost(train)
    seconds = 2 * (96_000 / 1000 + validations * 30 * 2 * 2 * 100 / 2000)
    assert cost.scale == GPU
    assert cost.device_hours == pytest.approx((seconds + 8 * 60) / 3600)
    assert cost.hours == pytest.approx((seconds / 8 + 60) / 3600)
    assert (cost.kept, cost.at_work) == (2 * 40, 2 * 40 * 7)
    assert train.hours_asked == 1.5


def test_a_lab_models_jobs_are_on_a_cpu(table):
    pretrain = job("pretrain_model", {})
    sample = job("sample_base", {"method": "base", "samples": 4, "top_p": [1.0]}, policies=["m"], benchmarks=["d", "e"])
    estimator = Estimator([pretrain, sample], table, {"d": 30, "e": 20})
    assert estimator.cost(pretrain).scale == estimator.cost(sample).scale == LAB
    assert estimator.cost(sample).device_hours == pytest.approx((50 * 4 * 100 / 2000 + 60) / 3600)
    assert estimator.cost(sample).kept == 50 * 4 * 100 * 5


def data(name: str, family: str = "any", **source) -> Job:
    return job("prepare_data", {"name": name, "family": family, "source": source}, output=name)


def test_a_data_set_counts_as_its_source_says_or_is_named_as_assumed(table):
    known = data("known", generate={"problems": 30, "slice": 1})
    limited, unknown = data("limited", path="x", limit=20), data("unknown", path="x")
    spec = {"method": "random", "samples": 1, "top_p": [1.0]}
    sample = job("sample_trained", spec, gpus=1, policies=["a", "b"], benchmarks=["known", "limited", "unknown"])
    estimator = Estimator([known, limited, unknown, sample], table, {})
    assert estimator.cost(sample).kept == 2 * (30 + 20 + 500) * 100 * 5  # two policies
    assert estimator.assumed == {"unknown"}
    shard = job("sample_shard", spec, gpus=1, policies=["a", "b"], shard=["3", "4"], benchmarks=["known", "limited"])
    assert estimator.cost(shard).kept == 2 * (30 + 20) / 4 * 100 * 5  # a fourth of the problems


@pytest.mark.parametrize(
    ("block", "counted", "size"),
    [
        (data("published", path="x"), {}, 70),
        (data("published", path="x"), {"published": 65}, 65),  # what is there counts first
        (data("published", path="x", limit=20), {}, 20),
        (data("made", "twentyfold", generate={"problems": 30, "slice": 1}), {}, 600),
    ],
)
def test_sizes_that_are_known_before_the_data_are_there(table, block, counted, size):
    solve = job("score_solutions", {}, gpus=1, benchmarks=[block.output[0]])
    estimator = Estimator([block, solve], table, counted)
    assert estimator.cost(solve).hours == pytest.approx((size * 100 / 2000 + 60) / 3600)
    assert estimator.assumed == set()
    assert (("data", "published") in table.used) == (size == 70)


def test_a_jobs_gpus_are_those_of_all_its_nodes():
    asked = {"nodes": "2", "runtime": "60", "mpi": "srun", "tasks": "2", "slurm_extra": "--gpus-per-node=8"}
    assert Job("train_policy", ("out",), resources=asked).gpus == 16


def test_target_rules_are_no_jobs():
    assert read_dry_run("localrule all:\n    input: a\n    jobid: 0\n") == []
