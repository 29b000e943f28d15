"""Lint, format, layers, and the size of the graph."""

import ast
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import REPOSITORY
from tests.workflow.conftest import environment

LIBRARY = REPOSITORY / "workflow_scripts" / "mtalign"
HEAVY = {"torch", "transformers", "vllm", "verl", "ray", "safetensors", "tokenizers"}
# Layers, low to high: a module imports lower ones. `study`, by which rules plan, stands beside: no job imports it.
LAYERS = [
    {"vocabulary", "errors", "randomness", "columns", "workers", "advantages"},
    {"artifacts", "parquet", "cli", "verification", "statistics"},
    {"tasks", "presentation"},
    {"judging", "data", "probes"},
    {"rewards"},
    {"rl"},
    {"engines"},
    {"lab"},
]


def run(*command: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=REPOSITORY, capture_output=True, text=True, env=environment()
    )


def test_snakemake_lint_finds_nothing():
    done = run("snakemake", "--lint")
    assert done.returncode == 0, done.stdout + done.stderr


def test_snakefmt_would_change_nothing():
    done = run("snakefmt", "--check", "Snakefile", "rules")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", [("check",), ("format", "--check")])
def test_ruff_finds_nothing(command):
    done = run("ruff", *command, "workflow_scripts", "tests")
    assert done.returncode == 0, done.stdout + done.stderr


def imported(path: Path) -> set[str]:
    """Every module that a file names in an import, functions' own imports included."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def unit(path: Path) -> str:
    """The package, or the module beside them, that a file belongs to."""
    return path.relative_to(LIBRARY).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", sorted(LIBRARY.rglob("*.py")), ids=lambda path: str(path.relative_to(LIBRARY)))
def test_layers_point_one_way(path):
    if path == LIBRARY / "__init__.py" or unit(path) == "study":
        return
    mine = next(i for i, layer in enumerate(LAYERS) if unit(path) in layer)
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "mtalign" and len(parts) > 1 and parts[1] != unit(path):
            theirs = next((i for i, layer in enumerate(LAYERS) if parts[1] in layer), None)
            assert theirs is not None and theirs < mine, f"{path.name} imports {name}"
        if unit(path) not in ("engines", "lab"):
            assert parts[0] not in HEAVY, f"{path.name} imports {name}"


def test_jobs_never_import_the_study():
    scripts = [path for path in (REPOSITORY / "workflow_scripts").glob("*.py") if path.name != "plan_study.py"]
    for path in [*scripts, *(path for path in LIBRARY.rglob("*.py") if unit(path) != "study")]:
        assert not any(name.startswith("mtalign.study") for name in imported(path)), path


def test_tables_see_neither_engines_nor_how_anything_looks():
    for path in (REPOSITORY / "workflow_scripts" / "tables").glob("*.py"):
        ours = {name.split(".")[1] for name in imported(path) if name.startswith("mtalign.")}
        assert not ours & {"engines", "lab", "study", "presentation"}, path.name


def test_figures_see_how_things_look_only():
    for path in (REPOSITORY / "workflow_scripts" / "figures").glob("*.py"):
        ours = {name.split(".")[1] for name in imported(path) if name.startswith("mtalign.")}
        assert ours <= {"vocabulary", "presentation"}, path.name


def test_every_file_says_what_it_is():
    for path in [*(REPOSITORY / "workflow_scripts").rglob("*.py"), *(REPOSITORY / "tests").rglob("*.py")]:
        assert ast.get_docstring(ast.parse(path.read_text())), path
    for path in (REPOSITORY / "rules").glob("*.smk"):
        assert path.read_text().startswith("# "), path


def test_default_grid_is_planned_quickly(fresh):
    """The issue's grid: 2 models x 4 tasks x 11 methods, 3 seeds stacked in each of 88 training jobs."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "-n", "all"],
        cwd=fresh.folder,
        capture_output=True,
        text=True,
        env=environment(),
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime  # of CPU: other work may share it
    assert done.returncode == 0, done.stderr
    counts = dict(re.findall(r"^(\w+) +(\d+)$", done.stdout, re.MULTILINE))
    assert counts["train_policy"] == counts["sample_trained"] == "88"
    assert (counts["pretrain_model"], counts["sample_base"], counts["check_expectations"]) == ("6", "8", "8")
    assert seconds < 20, f"{seconds:.1f} s"  # under 5 s on the machines seen


def test_all_targets_exist(fresh):
    listed = subprocess.run(
        [sys.executable, "-m", "snakemake", "--list-rules"],
        cwd=fresh.folder,
        capture_output=True,
        text=True,
        env=environment(),
    ).stdout.split()
    assert {"all", "data", "probe", "contamination", "train", "tables", "figures", "figure_map", "report"} <= set(
        listed
    )
