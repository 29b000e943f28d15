"""The cluster profile, as far as it shows without a cluster: it parses, plans, and asks for what the config says."""

import re
import subprocess
import sys

import pytest
import yaml
from mtalign.study.config import Jobs

from tests.places import REPOSITORY
from tests.workflow.conftest import OVERLAY, environment


def asking(study, *arguments: str) -> dict[str, dict[str, str]]:
    """Rule -> resources, for the rules whose jobs ask a cluster for something in a dry run of everything."""
    text = study.snakemake("all", "--dry-run", "--forceall", "--profile", "slurm", *arguments).stdout
    found = re.findall(r"^rule (\w+):\n(?:    .*\n)*?    resources: (.*)$", text, re.MULTILINE)
    resources = {rule: dict(re.findall(r"(\w+)=([^,]+)", shown)) for rule, shown in found}
    return {rule: shown for rule, shown in resources.items() if "cpus_per_task" in shown}


def test_jobs_ask_for_what_the_config_says(fresh):
    wanted = yaml.safe_load((REPOSITORY / "config.yaml").read_text())["cluster"]["jobs"]
    keys = {"cpus": "cpus_per_task", "gpus": "gpu", "memory_mb": "mem_mb", "minutes": "runtime"}
    shown = asking(fresh)
    assert {rule: {key: int(got[name]) for key, name in keys.items()} for rule, got in shown.items()} == wanted


def test_every_rule_of_the_schema_can_ask(fresh, tmp_path):
    rules = Jobs.model_fields
    wanted = {"cpus": 3, "gpus": 2, "memory_mb": 700, "minutes": 7, "partition": "fast"}
    study = fresh.copy(tmp_path / "study")
    overlay = study.folder / OVERLAY
    overlay.write_text(overlay.read_text().replace("[ground_truth, random, nsr]", "[ground_truth, one_shot]"))
    study.change_config(lambda config: config.update(cluster={"account": "me", "jobs": dict.fromkeys(rules, wanted)}))
    shown = asking(study)
    overlay.write_text(overlay.read_text() + "\nsampler: vllm\nlab: {hidden_size: 64, heads: 2}\n")
    shown |= asking(study)
    assert set(shown) == set(rules)
    for rule, got in shown.items():
        assert (got["gpu"], got["nodes"]) == ("2", "1"), rule
        assert (got["slurm_partition"], got["slurm_account"]) == ("fast", "me"), rule


def test_verl_on_several_nodes_asks_for_all_of_them(fresh, tmp_path):
    study = fresh.copy(tmp_path / "study")
    wanted = {"cpus": 3, "gpus": 2, "memory_mb": 700, "minutes": 7}
    overlay = study.folder / OVERLAY
    overlay.write_text(overlay.read_text() + "\ntrainer: verl\nlab: {hidden_size: 64, heads: 2}\nengine: {nodes: 2}\n")
    study.change_config(lambda config: config.update(cluster={"jobs": {"train_policy": wanted, "sample_base": wanted}}))
    shown = asking(study)
    assert shown["sample_base"] | {"nodes": "1", "gpu": "2"} == shown["sample_base"]
    places = {"nodes": "2", "tasks": "2", "mpi": "srun", "slurm_extra": "--gpus-per-node=2"}
    assert shown["train_policy"] | places == shown["train_policy"]
    assert "gpu" not in shown["train_policy"]


def test_the_profile_plans_the_papers_scale(fresh):
    command = [sys.executable, "-m", "snakemake", "all", "--dry-run", "--profile", "slurm"]
    done = subprocess.run(command, cwd=fresh.folder, capture_output=True, text=True, env=environment())
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^train_policy +\d+$", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("change", [{"partition": "other"}, {"account": "other"}])
def test_what_is_asked_for_reruns_nothing(study, change):
    def ask(config):
        config["cluster"].update(change)
        config["cluster"]["jobs"]["train_policy"].update(memory_mb=9000, minutes=99, cpus=2, gpus=8)

    study.change_config(ask)
    assert study.planned("all") == {}
