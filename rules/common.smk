# The grid, the paths, and what jobs get: the only functions of the workflow. Must not import anything heavy, since a
# cluster parses this once in every job.

import ast
import hashlib
import json
import os
import re
import shlex
import sys
from functools import cache
from pathlib import Path

SCRIPTS = Path(workflow.basedir) / "workflow_scripts"
sys.path.insert(0, str(SCRIPTS))

from mtalign.config import ConfigError, check_config
from mtalign.spec import BASE, Cell, Study

try:
    check_config(
        config, Path(workflow.basedir) / "rules" / "schemas" / "config.schema.yaml"
    )
except ConfigError as error:
    sys.exit(f"config: {error}")

STUDY = Study(config)
RESULTS = config["results_dir"]
TABLES, FIGURES, LOGS, BENCHMARKS = (
    f"{RESULTS}/{name}" for name in ("tables", "figures", "logs", "benchmarks")
)

# Jobs run this snakemake's own Python, one thread each: parallel jobs are quicker than parallel threads.
os.environ.update(
    PATH=os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")]),
    OMP_NUM_THREADS="1",
    TOKENIZERS_PARALLELISM="false",
    # glibc is to keep freed memory, or each large tensor costs the kernel a round of page faults.
    MALLOC_MMAP_THRESHOLD_=str(2**25),
    MALLOC_TRIM_THRESHOLD_=str(2**30),
)


def as_json(parameters):
    """A stage's parameters as its command line takes them; Snakemake reruns a job when this text changes."""
    return json.dumps(parameters, sort_keys=True)


@cache
def code(script, *modules):
    """A hash of a command line's own source: itself, the modules it imports, those they import, and so on.

    As a parameter it reruns a job when the content of one changes, and never for a time stamp. `modules` are those that
    the command line finds by name at run time, such as "mtalign.rewards.random".
    """
    found, waiting = {}, [SCRIPTS / script, *(_module_file(name) for name in modules)]
    while waiting:
        path = waiting.pop()
        if path is not None and path not in found:
            found[path], imported = _source(path)
            waiting += imported
    content = [found[path] for path in sorted(found)]
    return hashlib.sha256("".join(content).encode()).hexdigest()[:16]


@cache
def _source(path):
    """The hash of a source file, and the files of ours that it imports."""
    text, imported = path.read_text(), []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            imported += [_module_file(alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            imported += [
                _module_file(node.module),
                *(_module_file(f"{node.module}.{x.name}") for x in node.names),
            ]
    return hashlib.sha256(text.encode()).hexdigest(), imported


@cache
def _module_file(name):
    """The file of one of our modules, or None."""
    stem = SCRIPTS.joinpath(*name.split("."))
    files = [
        path
        for path in (stem.with_suffix(".py"), stem / "__init__.py")
        if path.exists()
    ]
    return files[0] if files else None


# ---------------------------------------------------------------------------------------------------------- the engines
def python_of(engine):
    """The Python that runs an engine's command lines; verl's on several nodes, inside a Ray cluster on them."""
    if engine == "torch":
        return "python"
    python = shlex.quote(config["engine"]["python"])
    nodes, gpus = config["engine"]["nodes"], config["engine"]["gpus"]
    if engine == "verl" and nodes > 1:
        return f"bash workflow_scripts/start_ray.sh {nodes} {gpus} {python}"
    return python


def machine_of(engine):
    """What an engine runs on, as an option. A resource, not a parameter: a result does not depend on it."""
    return (
        ""
        if engine == "torch"
        else f"--machine {shlex.quote(as_json(STUDY.machine()))}"
    )


def environment_of(engine):
    """The conda environment of an engine."""
    if engine == "torch":
        return "../envs/cpu.yaml"
    return (
        "../envs/verl-cpu.yaml"
        if config["engine"]["device"] == "cpu"
        else "../envs/gpu.yaml"
    )


def cores_of(engine):
    """Of this machine: verl is a dozen processes, and two such runs on one machine would share its sockets."""
    return workflow.cores if engine == "verl" and workflow.cores else 1


def family_module(task):
    return f"mtalign.tasks.{config['tasks'][task]['family']}"


# ------------------------------------------------------------------------------------------------------------ the paths
def data_path(task, name):
    return f"{RESULTS}/data/{task}/{name}.parquet"


def benchmark_paths(task):
    return [data_path(task, name) for name in STUDY.benchmarks(task)]


def model_path(model):
    return f"{RESULTS}/models/{model}"


def run_path(cell, seeds, name):
    return f"{RESULTS}/runs/{cell.model}/{cell.task}/{cell.method}/seeds-{seeds}/{name}"


def policy_files(kind):
    """Rollouts or scores of every policy: of each base model on each task, and of each training job."""
    base = [
        f"{RESULTS}/{kind}/{model}/{task}/{BASE}.parquet"
        for model, task in STUDY.pairs()
    ]
    trained = [
        f"{RESULTS}/{kind}/{cell.model}/{cell.task}/{cell.method}/seeds-{seeds}.parquet"
        for cell in STUDY.cells()
        for seeds in STUDY.seed_groups()
    ]
    return base + trained


def base_files(kind):
    """What is known of each base model on each task: "windows" or "completions"."""
    folder = {"windows": "probe", "completions": "contamination"}[kind]
    return [
        f"{RESULTS}/{folder}/{model}/{task}.{kind}.parquet"
        for model, task in STUDY.pairs()
    ]


def named(models):
    """A wildcard pattern for exactly these models."""
    return "|".join(map(re.escape, models)) or "(?!)"


def data_files():
    """Every data set of the study's tasks."""
    return [
        data_path(task, name)
        for task in STUDY.tasks
        for name in ("train", *STUDY.benchmarks(task))
    ]


def own_benchmarks():
    """Task -> the name of its own (first) benchmark, for the study's tasks."""
    return {task: STUDY.benchmarks(task)[0] for task in STUDY.tasks}


# --------------------------------------------------------------------------------------------- targets by their names
def result_tables():
    """Result table -> those of its methods that the study runs."""
    tables = {
        name: [m for m in methods if m in STUDY.methods]
        for name, methods in config["tables"].items()
    }
    return {name: methods for name, methods in tables.items() if methods}


def table_names():
    """Every table that this study can fill."""
    names = ["overlap"]
    if STUDY.models:
        names += ["passk", "contamination", "map"]
    if STUDY.models and STUDY.methods:
        names += ["evaluation", "curves", *result_tables()]
    return names


def figure_names():
    """Every figure whose tables this study can fill."""
    return [
        name
        for name, tables in FIGURE_TABLES.items()
        if set(tables) <= set(table_names())
    ]


wildcard_constraints:
    model="[^/]+",
    task="[^/]+",
    method="[^/]+",
    name="[^/]+",
    seeds="[0-9-]+",
    policy=f"{BASE}|[^/]+/seeds-[0-9-]+",
