"""verl's configuration from a run's parameters, without verl."""

import json
import re
from pathlib import Path

import pytest
import yaml
from mtalign.engines.verl.settings import agent_loops, settings
from mtalign.study.grid import Study
from mtalign.vocabulary import Cell

from tests.places import REPOSITORY


def made(method: str = "nsr", recipe: dict | None = None, **engine: object) -> dict:
    config = yaml.safe_load((REPOSITORY / "config.yaml").read_text()) | {"trainer": "verl"}
    config["engine"] |= engine
    config["training"] |= recipe or {}
    study = Study(config)
    spec = study.training_parameters(Cell("qwen2", "math", method), "0")
    paths = {"model": Path("/models/qwen2"), "folder": Path("/runs/seed-3")}
    return settings(
        spec,
        3,
        study.machine("trainer"),
        **paths,
        longest_prompt=77,
        environment={"PYTHONPATH": "/scripts"},
        allow_unisolated=True,
    )


def leaves(node: dict, path: str = "") -> dict[str, object]:
    found = {}
    for key, value in node.items():
        found |= leaves(value, f"{path}{key}.") if isinstance(value, dict) else {f"{path}{key}": value}
    return found


def test_the_recipe_arrives():
    recipe = {"prompts": 12, "samples": 7, "mini_batch": 3, "learning_rate": 1e-6, "clip_high": 0.31, "steps": 9}
    said = leaves(made(recipe=recipe))
    expected = {
        "data.train_batch_size": 12,
        "actor_rollout_ref.rollout.n": 7,
        "actor_rollout_ref.actor.ppo_mini_batch_size": 3,
        "actor_rollout_ref.actor.optim.lr": 1e-6,
        "actor_rollout_ref.actor.clip_ratio_low": 0.2,
        "actor_rollout_ref.actor.clip_ratio_high": 0.31,
        "actor_rollout_ref.actor.clip_ratio_c": 10.0,
        "actor_rollout_ref.actor.loss_agg_mode": "token-mean",
        "actor_rollout_ref.actor.kl_loss_coef": 0.0,
        "actor_rollout_ref.actor.entropy_coeff": 0.0,
        "algorithm.use_kl_in_reward": False,
        "algorithm.adv_estimator": "mtalign_nsr",
        "trainer.total_training_steps": 9,
        "mtalign.reward": "ground_truth",
        "mtalign.seed": 3,
        "mtalign.allow_unisolated": True,
        "mtalign.max_generation_batches": 2,
    }
    assert {name: said[name] for name in expected} == expected


def test_every_key_is_one_of_verls():
    """Of the version that is pinned, where it is installed; ours stand under `mtalign`."""
    verl = pytest.importorskip("verl.trainer", exc_type=ImportError)
    known = yaml.safe_load((Path(verl.__file__).parent / "config/_generated_ppo_trainer.yaml").read_text())
    added = {  # not in the file, read by verl all the same
        "defaults", "hydra", "mtalign", "actor_rollout_ref.actor.fsdp_config.mixed_precision",
        "actor_rollout_ref.ref.fsdp_config.mixed_precision", "actor_rollout_ref.rollout.enable_sleep_mode",
        "actor_rollout_ref.model.override_config.attn_implementation", "ray_kwargs.ray_init.num_gpus",
        "ray_kwargs.ray_init.include_dashboard", "ray_kwargs.ray_init.address", "ray_kwargs.ray_init.runtime_env",
    }  # fmt: skip
    names = leaves(known)
    sections = {name.rpartition(".")[0] for name in names}
    for name in leaves(made()) | leaves(made(nodes=2)):
        mine = any(name == x or name.startswith(f"{x}.") for x in added)
        assert mine or name in names or name in sections, name


def test_a_cpu_and_gpus():
    cpu, gpus = (leaves(made(**x)) for x in ({}, {"device": "cuda", "gpus": 8, "nodes": 2, "precision": "bfloat16"}))
    actor = "actor_rollout_ref.actor.fsdp_config.mixed_precision.param_dtype"
    assert (cpu[actor], cpu["actor_rollout_ref.rollout.dtype"], cpu["trainer.device"]) == ("fp32", "float32", "cpu")
    assert (gpus[actor], gpus["actor_rollout_ref.rollout.dtype"], gpus["trainer.device"]) == (
        "bf16",
        "bfloat16",
        "cuda",
    )
    assert (gpus["trainer.nnodes"], gpus["trainer.n_gpus_per_node"]) == (2, 8)
    assert (cpu["ray_kwargs.ray_init.num_gpus"], cpu["ray_kwargs.ray_init.address"]) == (1, "local")
    assert "ray_kwargs.ray_init.num_gpus" not in gpus, "a cluster that stands already cannot be told what it has"
    assert gpus["ray_kwargs.ray_init.runtime_env.env_vars.PYTHONPATH"] == "/scripts", "it was started without"


def test_both_environments_have_the_ray_that_was_tried():
    """start_ray.sh needs its tokens; an older Ray would leave the cluster open to everybody."""
    cpu, gpu = (
        re.findall(r"^(ray|numpy)(?:\[\w+\])?==(.+)$", (REPOSITORY / "envs" / name).read_text(), re.MULTILINE)
        for name in ("verl-cpu.txt", "gpu.txt")
    )
    assert sorted(cpu) == sorted(gpu) and len(gpu) == 2


def test_it_can_be_written_and_the_agent_loop_is_where_it_says():
    assert json.loads(json.dumps(made())) == made()
    (loop,) = agent_loops()
    module, _, name = loop["_target_"].rpartition(".")
    source = (REPOSITORY / "workflow_scripts" / module.replace(".", "/")).with_suffix(".py").read_text()
    assert (
        f"class {name}(" in source
        and loop["name"] == made()["actor_rollout_ref"]["rollout"]["agent"]["default_agent_loop"]
    )


def test_a_changed_machine_changes_no_parameter():
    config = yaml.safe_load((REPOSITORY / "config.yaml").read_text()) | {"trainer": "verl", "sampler": "vllm"}
    cell = Cell("qwen2", "math", "nsr")

    def parameters() -> list[dict]:
        study = Study(config)
        return [study.training_parameters(cell, "0"), study.sampling_parameters(cell)]

    before = parameters()
    config["engine"] |= {"device": "cuda", "gpus": 8, "nodes": 2, "tensor_parallel": 4, "gpu_memory": 0.6}
    config["engine"]["sampling_gpu_memory"] = 0.8
    assert parameters() == before
    config["engine"]["precision"] = "bfloat16"
    assert parameters() != before
