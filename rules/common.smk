# The grid, the paths, and what jobs get: the functions of the workflow. Must not import anything heavy, since a
# cluster parses this once in every job.

import csv
import inspect
import json
import os
import re
import shlex
import sys
from pathlib import Path

ROOT = Path(str(workflow.current_basedir)).parent
SCRIPTS = ROOT / "workflow_scripts"
# As inputs: a study that moves with its workflow is still the same.
HERE = Path(os.path.relpath(ROOT))
sys.path.insert(0, str(SCRIPTS))

from mtalign.engines import interface
from mtalign.errors import ConfigError
from mtalign.presentation.misses import told
from mtalign.study.checks import check_config
from mtalign.study.grid import Study
from mtalign.study.source_hash import sentence_hash
from mtalign.study.source_hash import source_hash as code
from mtalign.vocabulary import BASE, REFERENCE, Cell

try:
    check_config(config)
except ConfigError as error:
    sys.exit(f"config: {error}")

STUDY = Study(config)
RESULTS = config["results_dir"]
LOGS, BENCHMARKS = f"{RESULTS}/logs", f"{RESULTS}/benchmarks"

# Jobs run this snakemake's own Python, one thread each: parallel jobs are quicker than parallel threads.
os.environ.update(
    PATH=os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")]),
    MTALIGN=str(SCRIPTS),
    OMP_NUM_THREADS="1",
    TOKENIZERS_PARALLELISM="false",
    # glibc is to keep freed memory, or each large tensor costs the kernel a round of page faults.
    MALLOC_MMAP_THRESHOLD_=str(2**25),
    MALLOC_TRIM_THRESHOLD_=str(2**30),
)


def as_json(parameters):
    """A stage's parameters as its command line takes them; Snakemake reruns a job when this text changes."""
    return json.dumps(parameters, sort_keys=True)


def of(function):
    """`function` as a job asks it, with the wildcards that its arguments are named after."""
    names = inspect.signature(function).parameters
    return lambda wildcards: function(*(getattr(wildcards, name) for name in names))


def spec_of(parameters):
    """The same, of a stage's parameters, as its command line takes them."""
    asked = of(parameters)
    return lambda wildcards: as_json(asked(wildcards))


def options(wildcards, input):
    """Every named input as an option of the command line."""
    return " ".join(
        f"--{name} {shlex.join([files] if isinstance(files, str) else files)}"
        for name, files in input.items()
        if files
    )


def family_modules(task, names):
    """The modules that load some of a task's data sets and judge answers to them."""
    return sorted({f"mtalign.tasks.{STUDY.family(task, name)}" for name in names})


def judging_processes(task):
    """How many processes judge a task's responses, where there are so many cores: the lab's verdicts take no time."""
    return 1 if STUDY.is_generated(task) else 16


def cluster(name):
    """What a rule's jobs ask a cluster for: more memory and time with each attempt, as the last may have run out."""
    jobs = config["cluster"]["jobs"]
    if name not in jobs:
        return {}
    asked = config["cluster"] | jobs[name]
    nodes = (
        config["engine"]["nodes"]
        if name == "train_policy" and config["trainer"] == "verl"
        else 1
    )
    resources = {
        "cpus_per_task": asked["cpus"],
        "nodes": nodes,  # or Slurm may take the GPUs from several
        "mem_mb": lambda wildcards, attempt: attempt * asked["memory_mb"],
        "runtime": lambda wildcards, attempt: attempt * asked["minutes"],
    }
    if nodes == 1:
        resources["gpu"] = asked["gpus"]
    else:  # "mpi": the job runs on the first node without srun, and reaches the others itself (start_ray.sh)
        resources |= {"mpi": "srun", "tasks": nodes}
        resources["slurm_extra"] = f"--gpus-per-node={asked['gpus']}"
    for key in ("partition", "account"):
        if key in asked:
            resources[f"slurm_{key}"] = asked[key]
    return resources


# ---------------------------------------------------------------------------------------------------------- the engines
# A stage is "sampler" or "trainer", the config's keys that choose their engines.
def engine_code(script, stage, model, *modules):
    """The hash of a command line with the engine that it finds by name (see `code`)."""
    found = interface.modules(STUDY.engine(stage, model), stage)
    return code(script, *found, *modules)


def engine(stage):
    """What runs a stage's command lines, and on what. Resources, not parameters: a result does not depend on them."""
    python, name = "python", config[stage]
    if name != "torch":
        python = shlex.quote(config["engine"]["python"])
    nodes, gpus = config["engine"]["nodes"], config["engine"]["gpus"]
    if name == "verl" and nodes > 1:  # inside a Ray cluster on them
        python = f"bash {SCRIPTS}/start_ray.sh {nodes} {gpus} {python}"
    machine = f"--machine {shlex.quote(as_json(STUDY.machine(stage)))}"
    return {"python": python, "machine": machine}


def environment_of(stage):
    """The conda environment of a stage's engine."""
    if config[stage] == "torch":
        return "../envs/cpu.yaml"
    return (
        "../envs/verl-cpu.yaml"
        if config["engine"]["device"] == "cpu"
        else "../envs/gpu.yaml"
    )


def training_cores():
    """Of this machine: verl is a dozen processes, and two such runs on one machine would share its sockets."""
    cores = workflow.resource_settings.cores  # none where all jobs go to a cluster
    return cores if config["trainer"] == "verl" and cores else 1


# ------------------------------------------------------------------------------------------------------------ the paths
def source_files(task, name):
    """What a data set is made from: a source of the hub, a file or a folder's files, or nothing: it is generated."""
    block = STUDY.data_block(task, name)
    if "source" in block:
        return [STUDY.source_path(block["source"])]
    if "generate" in block:
        return []
    # A folder's own time stamp would not tell of a changed file.
    inside = [path for path in Path(block["path"]).rglob("*") if path.is_file()]
    return sorted(map(str, inside)) or [block["path"]]


def policy_method(w):
    """The method that made the policies of a file of rollouts: `BASE`, or that of a training job."""
    return os.path.dirname(w.policy) or BASE


def policy_folders(w):
    """The policies that a file of rollouts is about: a base model, or those of one training job."""
    if w.policy == BASE:
        return STUDY.base_models(w.model)
    seeds = os.path.basename(w.policy).removeprefix("seeds-")
    return [run_path(Cell(w.model, w.task, policy_method(w)), seeds, "policies")]


def policy_options(w, input):
    """The same, as a command line takes them."""
    if w.policy == BASE:
        return base_options(w, input)
    seeds = os.path.basename(w.policy).removeprefix("seeds-").split("-")
    folders = " ".join(f"{input.policies}/seed-{seed}" for seed in seeds)
    return f"--policies {folders} --seeds {' '.join(seeds)}"


def sampling_parameters(w):
    """Of the stage that samples a policy, as its command line takes them."""
    return as_json(STUDY.sampling_parameters(Cell(w.model, w.task, policy_method(w))))


def base_options(w, input):
    """A base model's replications, as a command line takes them."""
    seeds = " ".join(map(str, STUDY.base_seeds(w.model)))
    return f"--policies {input.policies} --seeds {seeds}"


def run_path(cell, seeds, name):
    return f"{RESULTS}/runs/{cell.model}/{cell.task}/{cell.method}/seeds-{seeds}/{name}"


def lock_files(blocks):
    """The lock entries behind some data sets or models.

    Targets ask for them: Snakemake makes a deleted file again only where it is asked for, not where all that follows
    from it is there.
    """
    sources = {block["source"] for block in blocks if "source" in block}
    return [f"config/lock/{source}.json" for source in sorted(sources)]


def judged_paths(model, task):
    """The data sets that responses are to: a task's benchmarks; the reference answers are to its train set too."""
    names = STUDY.data_sets(task) if model == REFERENCE else STUDY.benchmarks(task)
    return [STUDY.data_path(task, name) for name in names]


def other_benchmarks(task):
    """The own benchmarks of all other tasks."""
    return [
        STUDY.data_path(other, STUDY.own_benchmark(other))
        for other in STUDY.others(task)
    ]


def named(models):
    """A wildcard pattern for exactly these models."""
    return "|".join(map(re.escape, models)) or "(?!)"


# ------------------------------------------------------------------------------------------------------ the last lines
def tell_misses():
    """Say which base models are not what they were to be, if that is known."""
    path = Path(f"{RESULTS}/tables/expectations.csv")
    if not path.exists():
        return
    with path.open(newline="") as file:
        missed = [row for row in csv.DictReader(file) if row["inside"] == "false"]
    for row in missed:
        print(f"missed: {told(row)}", file=sys.stderr)
    if missed:
        print(
            f"{len(missed)} expectations of base models are missed; the map, the tables and the report mark their cells",
            file=sys.stderr,
        )


def tell_results():
    """Say what was made, and where."""
    tell_misses()
    report_page = Path(f"{RESULTS}/report/index.html")
    if report_page.exists():
        print(
            f"{len(list(Path(RESULTS, 'tables').glob('*.csv')))} tables in {RESULTS}/tables/, figures in {RESULTS}/figures/, "
            f"the report is {report_page}",
            file=sys.stderr,
        )


pathvars:
    results=RESULTS,
    logs="<results>/logs",
    benchmarks="<results>/benchmarks",
    tables="<results>/tables",
    figures="<results>/figures",


wildcard_constraints:
    model="[^/]+",
    task="[^/]+",
    method="[^/]+",
    name="[^/]+",
    seed="[0-9]+",
    seeds="[0-9-]+",
    policy=f"{BASE}|[^/]+/seeds-[0-9-]+",
