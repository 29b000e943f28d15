"""verl's configuration from a run's parameters, key by key. Must not import verl: this is read and tested without it.

The files named here are verl's own extension points: a data set, an agent loop, a trainer, advantage estimators.
"""

from pathlib import Path

from mtalign.rl.methods import Method, Recipe

#: Imported by every process of verl (VERL_USE_EXTERNAL_MODULES): registers our trainer and our advantage estimators.
HOOKS = "mtalign.engines.verl.hooks"
NAME = "mtalign"  # of our trainer and our agent loop, and of our part of the configuration
_LONGEST_BATCH = 8192  # tokens that vLLM takes into one pass


def estimator(advantage: str) -> str:
    """The name under which verl knows one of our advantages."""
    return f"{NAME}_{advantage}"


def settings(
    spec: dict,
    seed: int,
    machine: dict,
    *,
    model: Path,
    folder: Path,
    longest_prompt: int,
    environment: dict[str, str],
    allow_unisolated: bool,
) -> dict:
    """The configuration of one run, as `python -m verl.trainer.main_ppo` reads it from a file.

    Args:
        spec: the parameters of train.py (`Study.training_parameters`).
        machine: what the run gets (`Study.machine`).
        model: the base model's folder.
        folder: the run's own folder, with train.json and validation.json; logs and checkpoints go there.
        longest_prompt: of training and validation, in tokens.
        environment: variables of verl's process that its workers need too.
        allow_unisolated: of the judges (`judging.VerifierPool`).
    """
    recipe, cpu, bits = Recipe.of(spec), machine["device"] == "cpu", spec["precision"]
    short = {"float32": "fp32", "bfloat16": "bf16"}[bits]
    longest = longest_prompt + recipe.max_response_tokens
    budget = max(machine["tokens_per_gpu"], longest)
    fsdp = {
        "mixed_precision": {"param_dtype": short, "reduce_dtype": "fp32", "buffer_dtype": "fp32"},
        "use_torch_compile": not cpu,
    }
    return {
        "defaults": ["ppo_trainer", "_self_"],
        "hydra": {"run": {"dir": str(folder)}, "output_subdir": None},
        NAME: {
            "folder": str(folder),
            **vars(Method.of(spec)),
            "chat_template": spec["chat_template"],
            "seed": seed,
            "allow_unisolated": allow_unisolated,
            "max_generation_batches": recipe.max_generation_batches,
        },
        "data": {
            "train_files": [str(folder / "train.json")],
            "val_files": [str(folder / "validation.json")],
            "custom_cls": {"path": "pkg://mtalign.engines.verl.prompt_data", "name": "Prompts"},
            "max_prompt_length": longest_prompt,
            "max_response_length": recipe.max_response_tokens,
            "train_batch_size": recipe.prompts,
            "shuffle": False,  # the file is in the order of the visits
            "dataloader_num_workers": 0,
        },
        "actor_rollout_ref": {
            "model": {
                "path": str(model),
                "use_remove_padding": not cpu,
                "enable_gradient_checkpointing": not cpu,
                "override_config": {"attn_implementation": "sdpa"} if cpu else {},
            },
            "actor": {
                "strategy": "fsdp2",
                "ppo_mini_batch_size": recipe.mini_batch,
                "use_dynamic_bsz": True,
                "ppo_max_token_len_per_gpu": budget,
                "grad_clip": recipe.grad_clip,
                "clip_ratio_low": recipe.clip_low,
                "clip_ratio_high": recipe.clip_high,
                "clip_ratio_c": recipe.clip_dual,
                "loss_agg_mode": "token-mean",
                "entropy_coeff": 0.0,
                # The reference policy is there to be measured against: its term has no weight in the loss.
                "use_kl_loss": True,
                "kl_loss_coef": 0.0,
                "use_torch_compile": not cpu,
                "optim": {
                    "lr": recipe.learning_rate,
                    "weight_decay": recipe.weight_decay,
                    "clip_grad": recipe.grad_clip,
                    # A cosine that falls to 1 is constant; unlike "constant", it can count its steps from 1.
                    "lr_scheduler_type": "cosine",
                    "min_lr_ratio": 1.0,
                    "zero_indexed_step": False,
                    "lr_warmup_steps": recipe.warmup_steps,
                },
                "fsdp_config": fsdp,
                "checkpoint": {
                    "save_contents": ["model", "optimizer", "extra", "hf_model"],
                    "load_contents": ["model", "optimizer", "extra"],
                },
            },
            "ref": {"fsdp_config": fsdp},
            "rollout": {
                "name": "vllm",
                "n": recipe.samples,
                "temperature": recipe.temperature,
                "top_p": 1.0,
                "prompt_length": longest_prompt,
                "response_length": recipe.max_response_tokens,
                "max_model_len": longest,
                "max_num_batched_tokens": max(_LONGEST_BATCH, longest),
                "dtype": bits,
                "tensor_model_parallel_size": machine["tensor_parallel"],
                "gpu_memory_utilization": machine["gpu_memory"],
                "enforce_eager": cpu,
                "free_cache_engine": not cpu,
                "enable_sleep_mode": not cpu,
                "calculate_log_probs": True,
                "agent": {
                    "num_workers": 1 if cpu else 8,
                    "default_agent_loop": NAME,
                    "agent_loop_config_path": str(folder / "agent_loop.json"),
                },
                "val_kwargs": {
                    "n": recipe.validation_samples,
                    "temperature": recipe.temperature,
                    "do_sample": True,
                },
            },
        },
        "algorithm": {"adv_estimator": estimator(spec["advantage"]), "use_kl_in_reward": False},
        "critic": {"enable": False},
        "reward": {"num_workers": 1},
        "trainer": {
            "v1": {"trainer_mode": NAME},
            "device": machine["device"],
            "nnodes": machine["nodes"],
            "n_gpus_per_node": machine["gpus"],
            "total_epochs": 1,
            "total_training_steps": recipe.steps,
            "val_before_train": False,
            "test_freq": recipe.validate_every,
            "save_freq": recipe.checkpoint_every,
            "max_actor_ckpt_to_keep": 2,  # or a kill while one replaces the other leaves none
            "default_local_dir": str(folder / "checkpoints"),
            "validation_data_dir": str(folder / "validation"),
            "logger": ["console", "file"],
            "project_name": NAME,
            "experiment_name": folder.name,
        },
        "ray_kwargs": {"ray_init": _ray(machine, environment)},
        **({"transfer_queue": {"backend": {"SimpleStorage": {"num_data_storage_units": 1}}}} if cpu else {}),
    }


def agent_loops() -> list[dict]:
    """verl's list of agent loops: ours, by name."""
    return [{"name": NAME, "_target_": "mtalign.engines.verl.agent_loop.GroupAgentLoop"}]


def _ray(machine: dict, environment: dict[str, str]) -> dict:
    """What Ray starts with. On several nodes it runs already (start_ray.sh): it knows what it has, but not this run."""
    if machine["nodes"] > 1:
        return {"runtime_env": {"env_vars": environment}}
    # A Ray of its own, whatever else runs here. Its CPUs are only counted: verl books three for each GPU, and a dozen
    # more, and waits for ever where there are fewer.
    return {
        "address": "local",
        "num_cpus": 16 + 4 * machine["gpus"],
        "num_gpus": machine["gpus"],
        "include_dashboard": False,
    }
