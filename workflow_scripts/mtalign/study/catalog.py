"""Every table and figure of a study: what it reads, and its parameters. Here, and nowhere else, a new one is entered.

What is in a table, and how it is made, stands in tables/<name>.py; what a figure shows, in figures/<name>.py. Standard
library only.
"""

from dataclasses import dataclass, field

from mtalign.study.grid import Study
from mtalign.vocabulary import BASE, REFERENCE

#: Figure -> the tables that its `draw` takes, in order.
FIGURES = {
    "overview": ["evaluation", "map"],
    "map": ["map"],
    "passk": ["passk"],
    "contamination": ["contamination"],
    "overlap": ["overlap"],
    "learning_curves": ["curves"],
    "entropy": ["curves"],
    "alignment_gain": ["alignment_gain"],
    "causal": ["causal_cells", "causal"],
}
#: Tables that no person reads as a whole: LaTeX and Snakemake's own report get none of them.
LONG = {"passk", "evaluation", "curves", "samples", "problems", "effects"}
#: What the target `claims` makes.
CLAIMS = ("problems", "effects", "claims", "paper_numbers", "alignment_gain", "causal_cells", "causal")


@dataclass(frozen=True)
class Entry:
    """A table of a study."""

    reads: tuple[str, ...] = ()  # other tables
    files: dict[str, list[str]] = field(default_factory=dict)  # option of `make_table.py` -> files
    parameters: dict = field(default_factory=dict)
    kind: str = ""  # a file of tables/; where it is empty, the one of the table's name
    modules: tuple[str, ...] = ()  # those that it finds by name


def tables(study: Study, claims: list, numbers: list[dict[str, str]]) -> dict[str, Entry]:
    """Every table that a study can fill, in the order in which a reader meets them.

    Args:
        claims: config/claims.yaml.
        numbers: rows of config/paper_numbers.csv.
    """
    config, own = study.config, study.own_benchmarks()
    bootstrap = {"seed": config["seed"], "resamples": config["sampling"]["bootstrap"]}
    found = {
        "overlap": Entry(
            files={
                "train": [study.data_path(task, "train") for task in study.tasks],
                "benchmarks": [path for task in study.tasks for path in study.benchmark_paths(task)],
            },
            parameters={"ngram": config["probe"]["overlap_ngram"]},
        )
    }
    if not study.models:
        scores = [f"<results>/scores/{REFERENCE}/{task}/{BASE}.parquet" for task in study.tasks]
        return found | {"references": Entry(files={"scores": scores, "data": study.data_paths()})}
    completions = study.of_pairs("<results>/contamination/{model}/{task}.completions.parquet")
    probe = config["probe"]
    of_models = {
        "passk": Entry(files={"scores": study.of_policies("scores")}, parameters=bootstrap),
        "contamination": Entry(files={"completions": completions}),
        "expectations": Entry(
            files={"expectations": study.of_pairs("<results>/probe/{model}/{task}.expectations.parquet")}
        ),
        "map": Entry(
            reads=("expectations",),
            files={
                "scores": study.of_pairs(f"<results>/scores/{{model}}/{{task}}/{BASE}.parquet"),
                "completions": completions,
            },
            parameters={"benchmarks": own}
            | bootstrap
            | {name: probe[name] for name in ("alignment_k", "contamination_fraction", "colours")},
        ),
    }
    of_methods = _of_methods(study, claims, numbers, own, bootstrap) if study.methods else {}
    return found | of_models | of_methods


def _of_methods(study: Study, claims: list, numbers: list, own: dict[str, str], bootstrap: dict) -> dict[str, Entry]:
    """The tables about trained policies."""
    config, measures = study.config, study.measures()
    compared = ("problems", "map", "curves")
    rewards = {f"mtalign.rewards.{config['methods'][name]['reward']}" for name in study.methods}
    of_methods = {
        "evaluation": Entry(reads=("passk",)),
        "curves": Entry(
            reads=("evaluation",),
            files={"metrics": study.of_jobs("<results>/runs/{model}/{task}/{method}/seeds-{seeds}/metrics.parquet")},
            parameters={"benchmarks": own},
        ),
        "samples": Entry(
            files={
                "rollouts": study.of_policies("rollouts"),
                "scores": study.of_policies("scores"),
                "benchmarks": [study.data_path(task, name) for task, name in own.items()],
            },
            parameters=study.samples_parameters(),
            modules=tuple(sorted(rewards)),
        ),
    }
    for name, methods in config["tables"].items():
        if methods := [method for method in methods if method in study.methods]:
            of_methods[name] = Entry(reads=("evaluation", "map"), parameters={"methods": methods}, kind="results")
    if pairs := study.released_pairs():
        of_methods["released"] = Entry(reads=("evaluation", "map"), parameters={"pairs": pairs})
    elsewhere = "<results>/elsewhere/{model}/{task}/{method}/seeds-{seeds}.scores.parquet"
    of_methods |= {
        "problems": Entry(
            files={"scores": study.of_policies("scores"), "elsewhere": study.of_jobs(elsewhere, study.crossings())}
        ),
        "effects": Entry(reads=compared, parameters={"benchmarks": own, "measures": measures} | bootstrap),
        "claims": Entry(
            reads=compared,
            parameters={"benchmarks": own, "measures": measures, "claims": claims, "numbers": numbers},
        ),
        "paper_numbers": Entry(reads=("effects",), parameters={"measure": measures[0], "numbers": numbers}),
        "alignment_gain": Entry(
            reads=("effects", "map"),
            files={"solutions": study.of_pairs("<results>/probe/{model}/{task}.solutions.parquet")},
            parameters={"benchmarks": own},
        ),
    }
    if study.is_causal():
        benchmarks = {"own": own, "fresh": study.fresh_benchmarks()}
        cells = {"benchmarks": benchmarks, "measures": measures, "dials": study.dials()}
        of_methods["causal_cells"] = Entry(reads=compared, parameters=cells)
        of_methods["causal"] = Entry(reads=("causal_cells",))
    return of_methods
