# The grid, the paths, and what jobs get: the functions of the workflow. Must not import anything heavy, since a
# cluster parses this once in every job.

import ast
import csv
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

from mtalign.engines import interface
from mtalign.config import ConfigError, check_config
from mtalign.expectations import told
from mtalign.spec import BASE, REFERENCE, Cell, Study

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
        python = f"bash workflow_scripts/start_ray.sh {nodes} {gpus} {python}"
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
def data_path(task, name):
    return f"{RESULTS}/data/{task}/{name}.parquet"


def benchmark_paths(task):
    return [data_path(task, name) for name in STUDY.benchmarks(task)]


def base_model(model, seed):
    """The folder of the base model that a run of this seed starts from."""
    folder = f"{RESULTS}/models/{model}"
    return f"{folder}/seed-{seed}" if STUDY.is_lab(model) else folder


def base_models(model):
    """All replications of a base model: Hugging Face folders, in the order of their seeds."""
    return [base_model(model, seed) for seed in STUDY.base_seeds(model)]


def dial_files(model):
    """What came of a lab model's dials, one file a replication."""
    if not STUDY.is_lab(model):
        return []
    return [f"{folder}.dials.parquet" for folder in base_models(model)]


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
        return base_models(w.model)
    seeds = os.path.basename(w.policy).removeprefix("seeds-")
    return [run_path(Cell(w.model, w.task, policy_method(w)), seeds, "policies")]


def policy_options(w):
    """The same, as a command line takes them."""
    if w.policy == BASE:
        return base_options(w)
    (folder,), job = policy_folders(w), os.path.basename(w.policy)
    seeds = job.removeprefix("seeds-").split("-")
    folders = " ".join(f"{folder}/seed-{seed}" for seed in seeds)
    return f"--policies {folders} --seeds {' '.join(seeds)}"


def sampling_parameters(w):
    """Of the stage that samples a policy, as its command line takes them."""
    return as_json(STUDY.sampling_parameters(Cell(w.model, w.task, policy_method(w))))


def base_options(w):
    """A base model's replications, as a command line takes them."""
    folders, seeds = base_models(w.model), STUDY.base_seeds(w.model)
    return f"--policies {' '.join(folders)} --seeds {' '.join(map(str, seeds))}"


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
    return [data_path(task, name) for name in names]


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


def other_benchmarks(task):
    """The own benchmarks of all other tasks."""
    return [
        data_path(other, STUDY.benchmarks(other)[0]) for other in STUDY.others(task)
    ]


def crossing_scores():
    """Scores of policies that learnt from one example, on the tasks that it was not from."""
    return [
        f"{RESULTS}/elsewhere/{cell.model}/{cell.task}/{cell.method}/seeds-{seeds}.scores.parquet"
        for cell in STUDY.crossings()
        for seeds in STUDY.seed_groups()
    ]


def base_files(kind):
    """What is known of each base model on each task: "expectations", "completions" or "solutions"."""
    folder = {
        "expectations": "probe",
        "completions": "contamination",
        "solutions": "probe",
    }[kind]
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
        data_path(task, name) for task in STUDY.tasks for name in STUDY.data_sets(task)
    ]


def data_blocks():
    """The blocks of all data sets of the study's tasks."""
    return [
        STUDY.data_block(task, name)
        for task in STUDY.tasks
        for name in STUDY.data_sets(task)
    ]


def own_benchmarks():
    """Task -> the name of its own (first) benchmark, for the study's tasks."""
    return {task: STUDY.benchmarks(task)[0] for task in STUDY.tasks}


def fresh_benchmarks():
    """Task -> the name of its second benchmark, which never leaks, where it has one."""
    names = {task: STUDY.benchmarks(task) for task in STUDY.tasks}
    return {task: listed[1] for task, listed in names.items() if len(listed) > 1}


# --------------------------------------------------------------------------------------------- targets by their names
def result_tables():
    """Result table -> those of its methods that the study runs."""
    tables = {
        name: [m for m in methods if m in STUDY.methods]
        for name, methods in config["tables"].items()
    }
    return {name: methods for name, methods in tables.items() if methods}


def released_pairs():
    """Method as described -> the released variant, of those pairs that the study runs."""
    return {
        described: released
        for described, released in config["released"].items()
        if {described, released} <= set(STUDY.methods)
    }


def claim_tables():
    """Every table that compares what the study's methods did."""
    if not (STUDY.models and STUDY.methods):
        return []
    causal = ["causal_cells", "causal"] if STUDY.is_causal() else []
    names = ["problems", "effects", "claims", "paper_numbers", "alignment_gain"]
    return names + causal


def causal_files():
    """What the causal experiment is made for."""
    if not STUDY.is_causal():
        raise WorkflowError(
            "this study does not cross alignment with contamination: add --configfile config/causal.yaml"
        )
    tables = [f"{TABLES}/{name}.parquet" for name in claim_tables()]
    return tables + [
        f"{FIGURES}/{name}.{form}"
        for name in ("causal", "alignment_gain")
        for form in ("pdf", "png")
    ]


def table_names():
    """Every table that this study can fill."""
    names = ["overlap"]
    if STUDY.models:
        names += ["passk", "contamination", "map", "expectations"]
    else:
        names += ["references"]
    if STUDY.models and STUDY.methods:
        names += ["evaluation", "curves", "samples", *result_tables()]
        names += ["released"] if released_pairs() else []
    return names + claim_tables()


def table_path(name):
    return f"{TABLES}/{name}.parquet"


def short_tables():
    """The tables that LaTeX gets: those that a person reads as a whole."""
    long = {"passk", "evaluation", "curves", "samples", "problems", "effects"}
    return [name for name in table_names() if name not in long]


def table_kind(name):
    """The artifact that a table is; the config's result tables are of one kind."""
    return "results" if name in config["tables"] else name


def figure_names():
    """Every figure whose tables this study can fill."""
    return [
        name
        for name, tables in FIGURE_TABLES.items()
        if set(tables) <= set(table_names())
    ]


def caption_files():
    """The captions of the study's tables and figures."""
    return sorted(
        {f"captions/tables/{table_kind(name)}.rst" for name in table_names()}
        | {f"captions/figures/{name}.rst" for name in figure_names()}
    )


# ------------------------------------------------------------------------------------------------------ the last lines
def tell_misses():
    """Say which base models are not what they were to be, if that is known."""
    path = Path(f"{TABLES}/expectations.csv")
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
            f"{len(list(Path(TABLES).glob('*.csv')))} tables in {TABLES}/, figures in {FIGURES}/, the report is {report_page}",
            file=sys.stderr,
        )


wildcard_constraints:
    model="[^/]+",
    task="[^/]+",
    method="[^/]+",
    name="[^/]+",
    seed="[0-9]+",
    seeds="[0-9-]+",
    policy=f"{BASE}|[^/]+/seeds-[0-9-]+",
