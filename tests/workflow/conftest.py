"""A copy of the repository in which a tiny study has run: what the workflow's tests look at and change."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from filelock import FileLock

from tests.places import REPOSITORY

OVERLAY = "tests/workflow/tiny.yaml"


class Workspace:
    """A copy of the repository; every call is a real Snakemake."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.overlays = [OVERLAY]

    def snakemake(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
        """Run Snakemake on the tiny study and what a test lays over it."""
        command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments, "--configfile", *self.overlays]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, env=environment())
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def planned(self, *arguments: str) -> dict[str, int]:
        """Rule -> number of jobs that a dry run would start, targets left out."""
        done = self.snakemake("--dry-run", *arguments)
        stats = re.search(r"job +count\n[- ]+\n(.*?)\ntotal", done.stdout + done.stderr, re.DOTALL)
        counts = dict(line.split() for line in stats[1].splitlines()) if stats else {}
        return {rule: int(count) for rule, count in counts.items() if rule != "all"}

    def change_config(self, change) -> None:
        """Rewrite config.yaml by a function that edits the loaded dictionary."""
        path = self.folder / "config.yaml"
        config = yaml.safe_load(path.read_text())
        change(config)
        path.write_text(yaml.safe_dump(config, sort_keys=False))

    def copy(self, folder: Path) -> "Workspace":
        """A second copy, results and Snakemake's memory of them included, times kept."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Workspace(folder)


def environment() -> dict[str, str]:
    """This environment, one thread a process."""
    return os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}


@pytest.fixture(scope="session")
def fresh(tmp_path_factory) -> Workspace:
    """The repository's files, nothing run yet. Do not change it: copy it."""
    folder = tmp_path_factory.mktemp("fresh") / "study"
    ignored = shutil.ignore_patterns(
        ".git", ".venv*", "results", "results-*", ".snakemake", "__pycache__", ".pytest_cache"
    )
    shutil.copytree(REPOSITORY, folder, ignore=ignored)
    return Workspace(folder)


@pytest.fixture(scope="session")
def finished(fresh, tmp_path_factory) -> Workspace:
    """The tiny study, run to its end, once for all of pytest's processes. Do not change it: copy it."""
    base = tmp_path_factory.getbasetemp()  # with xdist, each process has a folder in that of the run
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "finished"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            workspace = fresh.copy(tmp_path_factory.mktemp("running") / "study")
            workspace.snakemake("all")
            workspace.folder.rename(folder)
    return Workspace(folder)


@pytest.fixture
def study(finished, tmp_path) -> Workspace:
    """A copy of the finished study, to change at will."""
    return finished.copy(tmp_path / "study")
