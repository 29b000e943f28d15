"""The study on a real Slurm (cluster.py makes it): a whole grid, kills, retries, GPUs: `make test-slurm`.

The grid is that of tests/workflow/tiny.yaml with one of its models, since each job of Slurm's costs seconds.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from tests.places import REPOSITORY
from tests.slurm import cluster

TINY = yaml.safe_load((REPOSITORY / "tests/workflow/tiny.yaml").read_text())
GRID = TINY | {"study": TINY["study"] | {"models": ["qwen2"]}}
# The profile as it is, but for its waiting times: here files appear at once.
QUICKLY = "--slurm-init-seconds-before-status-checks 1 --seconds-between-status-checks 1 --latency-wait 5"
PROFILE = ["--profile", "slurm", *QUICKLY.split()]
TRAINED = "results/runs/qwen2/math/random/seeds-0"


@pytest.fixture(scope="module", autouse=True)
def slurm() -> Iterator[None]:
    """The cluster, for the time of these tests."""
    if reason := cluster.why_not():
        pytest.skip(reason)
    try:
        cluster.start()
        yield
    finally:
        cluster.stop()


class Study:
    """A copy of the repository, in which Snakemake runs."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.log = folder / "snakemake.log"

    def start(self, *arguments: str) -> subprocess.Popen:
        """Start Snakemake; what it says goes to `log`."""
        command = [sys.executable, "-m", "snakemake", *arguments]
        environment = os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
        with self.log.open("w") as log:
            return subprocess.Popen(
                command, cwd=self.folder, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def run(self, *arguments: str) -> None:
        """Run Snakemake to its end."""
        process = self.start(*arguments)
        self.wait_for(lambda: process.poll() is not None, process)
        assert process.returncode == 0, self.log.read_text()

    def wait_for(self, happened: Callable[[], object], process: subprocess.Popen) -> None:
        """Return when something has happened; fail if Snakemake ends before, or after 20 minutes (and end it)."""
        deadline = time.monotonic() + 1200
        while not happened():
            if process.poll() is not None or time.monotonic() > deadline:
                process.terminate()
                raise AssertionError(self.log.read_text())
            time.sleep(0.1)

    def overlay(self, change: dict | None = None) -> str:
        """The grid's overlay, with some keys changed."""
        path = self.folder / "grid.yaml"
        path.write_text(yaml.safe_dump(GRID | (change or {})))
        return str(path)


@pytest.fixture(scope="module")
def local(tmp_path_factory) -> Study:
    """The tiny study, run without Slurm. Do not change it: copy it."""
    study = Study(tmp_path_factory.mktemp("local") / "study")
    ignored = shutil.ignore_patterns(
        ".git", ".venv*", "results", "results-*", ".snakemake", "__pycache__", ".pytest_cache"
    )
    shutil.copytree(REPOSITORY, study.folder, ignore=ignored)
    study.run("all", "--cores", "2", "--configfile", study.overlay())
    return study


@pytest.fixture
def study(local, tmp_path) -> Study:
    """A copy of the finished study."""
    return Study(shutil.copytree(local.folder, tmp_path / "study", symlinks=True))


def jobs(run: str) -> list[dict[str, str]]:
    """What Slurm says of each job of a run, in order of submission."""
    shown = subprocess.run(["scontrol", "show", "job", "--oneliner"], capture_output=True, text=True, check=True).stdout
    fields = [dict(pair.split("=", 1) for pair in line.split() if "=" in pair) for line in shown.splitlines()]
    return sorted((job for job in fields if job.get("JobName") == run), key=lambda job: int(job["JobId"]))


def run_id(log: Path) -> str:
    """The name of a run's Slurm jobs, which Snakemake says first."""
    return re.search(r"SLURM run ID: (\S+)", log.read_text())[1]


def environments(study: Study, script: str) -> list[dict[str, str]]:
    """The environments of the processes that run one of the study's command lines now."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            if words[1:2] == [str(study.folder / script).encode()]:
                entries = (process / "environ").read_text().split("\0")
                found.append(dict(entry.split("=", 1) for entry in entries if "=" in entry))
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has just ended
    return found


def test_only_this_machine_can_reach_the_cluster():
    ports = {f"{port:04X}" for port in (26817, *range(27001, 27001 + cluster.NODES))}
    sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = [words[1].split(":") for words in sockets if words[3] == "0A"]
    assert {port for _, port in listening} >= ports
    assert {address for address, port in listening if port in ports} == {"0100007F"}


def test_killed_snakemake_goes_on_to_the_tables_of_a_local_run(local, study):
    """The whole grid through Slurm, with Snakemake killed when the first run has been trained."""
    shutil.rmtree(study.folder / "results")
    shutil.rmtree(study.folder / ".snakemake")
    process = study.start("all", *PROFILE, "--configfile", study.overlay())
    study.wait_for(lambda: list(study.folder.glob("results/runs/*/*/*/*/metrics.parquet")), process)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    # As README.md says: the jobs live on, and are to be cancelled before anything else.
    killed = run_id(study.log)
    assert any(job["JobState"] in ("RUNNING", "PENDING") for job in jobs(killed))
    subprocess.run(["scancel", "--name", killed], check=True)
    while any(job["JobState"] in ("RUNNING", "PENDING", "COMPLETING") for job in jobs(killed)):
        time.sleep(0.2)
    assert not (study.folder / "results/tables/curves.parquet").exists()
    study.run("--unlock", *PROFILE, "--configfile", study.overlay())
    study.run("all", *PROFILE, "--configfile", study.overlay())

    tables = sorted(path.name for path in (local.folder / "results/tables").iterdir())
    assert tables
    for name in tables:
        ours, theirs = ((s.folder / "results/tables" / name).read_bytes() for s in (study, local))
        assert ours == theirs, name
    rules = {re.match(r"rule_(\w+?)_wildcards", job["Comment"])[1] for job in jobs(run_id(study.log))}
    assert rules <= {"pretrain_model", "complete_questions", "sample_base", "train_policy", "sample_trained"}
    assert "train_policy" in rules


def test_cancelled_training_goes_on_from_its_checkpoint_on_the_gpus_it_asked_for(study):
    long = {"steps": 60, "validate_every": 30, "checkpoint_every": 2}
    asked = {"cpus": 1, "gpus": 2, "memory_mb": 1500, "minutes": 10}
    overlay = study.overlay({"training": long, "cluster": {"jobs": {"train_policy": asked}}})
    process = study.start(f"{TRAINED}/metrics.parquet", *PROFILE, "--configfile", overlay)
    study.wait_for(lambda: list(study.folder.glob(f"{TRAINED}/checkpoints/*/*.pt")), process)
    (environment,) = environments(study, "workflow_scripts/train.py")
    assert environment["CUDA_VISIBLE_DEVICES"] == "0,1"
    (job,) = jobs(run_id(study.log))
    assert job["TresPerJob"] == "gres:gpu:2"
    subprocess.run(["scancel", job["JobId"]], check=True)
    study.wait_for(lambda: process.poll() is not None, process)
    assert process.returncode == 0, study.log.read_text()
    first, second = jobs(run_id(study.log))
    assert (first["JobState"], second["JobState"]) == ("CANCELLED", "COMPLETED")
    log = (study.folder / "results/logs/runs/qwen2/math/random/seeds-0.log").read_text()
    assert int(re.search(r"going on after step (\d+)", log)[1]) > 0
    steps = pq.read_table(study.folder / TRAINED / "metrics.parquet")["step"].to_pylist()
    assert set(steps) == set(range(1, long["steps"] + 1))


def test_job_that_runs_out_of_memory_is_retried_with_more(study):
    large = {"steps": 8, "prompts": 32, "samples": 32, "mini_batch": 32}  # takes between 500 and 1,000 MB
    asked = {"cpus": 1, "gpus": 0, "memory_mb": 500, "minutes": 10}
    overlay = study.overlay({"training": large, "cluster": {"jobs": {"train_policy": asked}}})
    study.run(f"{TRAINED}/metrics.parquet", *PROFILE, "--configfile", overlay)
    attempts = jobs(run_id(study.log))
    assert [job["MinMemoryNode"] for job in attempts] == ["500M", "1000M"]
    assert [job["TimeLimit"] for job in attempts] == ["00:10:00", "00:20:00"]
    assert [job["JobState"] for job in attempts] == ["FAILED", "COMPLETED"]
    failed = study.folder / f".snakemake/slurm_logs/rule_train_policy/qwen2_math_random_0/{attempts[0]['JobId']}.log"
    assert "Exceeded job memory limit" in failed.read_text()


def test_verl_trains_on_the_nodes_of_its_job(study):
    """A Ray cluster on both of Slurm's nodes, of which each trains and samples."""
    python = REPOSITORY / ".venv-verl/bin/python"
    if not python.exists():
        pytest.skip("verl is not installed: `make engines` does that")
    verl = {"trainer": "verl", "engine": {"nodes": 2, "python": str(python)}}
    verl["lab"] = GRID["lab"] | {"heads": 2}
    asked = {"cpus": 1, "gpus": 1, "memory_mb": 14000, "minutes": 20}  # of each node; 9,500 were seen
    overlay = study.overlay(verl | {"cluster": {"jobs": {"train_policy": asked}}})
    study.run(f"{TRAINED}/metrics.parquet", *PROFILE, "--configfile", overlay)
    (job,) = [job for job in jobs(run_id(study.log)) if job["Comment"].startswith("rule_train_policy_")]
    assert (job["JobState"], job["NumNodes"], job["NodeList"]) == ("COMPLETED", "2", "n[1-2]")
    log = (study.folder / "results/logs/runs/qwen2/math/random/seeds-0.log").read_text()
    assert "'nnodes': 2" in log
    metrics = pq.read_table(study.folder / TRAINED / "metrics.parquet").to_pylist()
    assert {row["step"] for row in metrics} == {1, 2, 3, 4}
    assert all(row["value"] < 1e-4 for row in metrics if row["metric"] == "rollout_probs_diff_max")
