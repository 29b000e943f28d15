"""The cluster profile, as far as it shows without a cluster: it parses, plans, and asks for what the config says."""

import re
import subprocess
import sys

import pytest
import yaml
from conftest import REPOSITORY, environment


def planned_jobs(study, *arguments: str) -> list[tuple[bool, str, dict[str, str]]]:
    """(local, rule, resources) of each job that a dry run of everything shows."""
    text = study.snakemake("all", "--dry-run", "--forceall", *arguments).stdout
    found = re.findall(r"^(local)?rule (\w+):\n(?:    .*\n)*?    resources: (.*)$", text, re.MULTILINE)
    return [(bool(local), rule, dict(pair.split("=", 1) for pair in it.split(", "))) for local, rule, it in found]


def test_jobs_that_the_config_names_go_to_the_cluster(fresh):
    jobs = planned_jobs(fresh, "--profile", "slurm")
    asked = yaml.safe_load((REPOSITORY / "config.yaml").read_text())["cluster"]["jobs"]
    assert {rule for local, rule, _ in jobs if not local} == set(asked)
    for _, rule, resources in jobs:
        if rule in asked:
            want = {key: str(asked[rule][key]) for key in ("cpus", "gpus", "memory_mb", "minutes")}
            got = [resources[name] for name in ("cpus_per_task", "gpu", "mem_mb", "runtime")]
            assert got == list(want.values()), rule


def test_every_rule_of_the_schema_asks_for_resources(fresh, tmp_path):
    study = fresh.copy(tmp_path / "study")
    schema = yaml.safe_load((REPOSITORY / "rules/schemas/config.schema.yaml").read_text())
    rules = schema["properties"]["cluster"]["properties"]["jobs"]["properties"]
    asked = {"cpus": 3, "gpus": 2, "memory_mb": 700, "minutes": 7, "partition": "fast"}
    study.change_config(lambda config: config.update(cluster={"account": "me", "jobs": dict.fromkeys(rules, asked)}))
    jobs = {rule: resources for local, rule, resources in planned_jobs(study, "--profile", "slurm") if not local}
    assert set(jobs) == set(rules)
    for rule, resources in jobs.items():
        assert (resources["gpu"], resources["slurm_partition"], resources["slurm_account"]) == ("2", "fast", "me"), rule


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
