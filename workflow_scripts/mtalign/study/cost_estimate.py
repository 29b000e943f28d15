"""What a study's jobs would take: device-hours and storage, estimated from their parameters and a table of speeds.

The jobs are read from what Snakemake prints in a dry run, so there is no second graph. Must not know the config or the
rules' code: all that a job does stands in its parameters. Standard library only.
"""

import csv
import json
import math
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

LAB, GPU = "lab", "gpu"  # the two scales: a lab model on CPU cores; any other model on GPUs
DATA, GENERATED = "data", "generated"  # where the scale stands: problems, by data set; times as many, by family


@dataclass(frozen=True, eq=False)
class Job:
    """A job of the dry run."""

    rule: str
    output: tuple[str, ...]
    wildcards: dict[str, str] = field(default_factory=dict)
    resources: dict[str, str] = field(default_factory=dict)
    options: dict[str, list[str]] = field(default_factory=dict)  # of its command line, without the dashes

    @property
    def spec(self) -> dict:
        """Its parameters."""
        return json.loads(self.options["spec"][0])

    @property
    def gpus(self) -> int:
        """How many GPUs it asks a cluster for, on all its nodes."""
        if each := re.search(r"--gpus-per-node=(\d+)", self.resources.get("slurm_extra", "")):  # on several
            return int(self.resources["nodes"]) * int(each[1])
        return int(self.resources.get("gpu", 0))

    @property
    def hours_asked(self) -> float | None:
        """How long a cluster lets its first attempt run; None where it does not go there."""
        minutes = self.resources.get("runtime")
        return int(minutes) / 60 if minutes else None


@dataclass(frozen=True)
class Cost:
    """What a job takes.

    device_hours: of a CPU core (lab) or of a GPU. hours: from its start to its end. kept: bytes that it leaves.
    at_work: bytes beside them while it runs (checkpoints).
    """

    scale: str
    device_hours: float
    hours: float
    kept: float = 0.0
    at_work: float = 0.0


class Table:
    """The measured speeds and sizes, each with its source. used: (scale, quantity) of what was asked for."""

    def __init__(self, path: Path):
        """path: csv with columns scale, quantity, value, unit, source."""
        with path.open(newline="", encoding="utf-8") as file:
            self.rows = list(csv.DictReader(file))
        self._values = {(row["scale"], row["quantity"]): float(row["value"]) for row in self.rows}
        self.used: set[tuple[str, str]] = set()

    def __call__(self, scale: str, quantity: str) -> float:
        """The value of a quantity at a scale."""
        self.used.add((scale, quantity))
        return self._values[scale, quantity]

    def get(self, scale: str, quantity: str, otherwise: float | None) -> float | None:
        """The same, or something else where the table does not say."""
        return self(scale, quantity) if (scale, quantity) in self._values else otherwise


def read_dry_run(text: str) -> list[Job]:
    """The jobs of `snakemake --dry-run --printshellcmds`, target rules left out.

    >>> text = '''rule sample_base:
    ...     output: results/x.parquet
    ...     wildcards: model=qwen2, task=math
    ...     resources: tmpdir=<TBD>, gpu=2, runtime=90
    ... Shell command: python sample.py --spec '{"samples": 4}' --benchmarks a b > results/x.log 2>&1
    ... '''
    >>> job, = read_dry_run(text)
    >>> job.wildcards["task"], job.gpus, job.hours_asked, job.spec, job.options["benchmarks"]
    ('math', 2, 1.5, {'samples': 4}, ['a', 'b'])
    """
    jobs = []
    for block in re.split(r"^(?=(?:local)?rule \w+:$)", text, flags=re.MULTILINE)[1:]:
        entries = dict(re.findall(r"^    (\w+): (.*)$", block, re.MULTILINE))
        if "output" in entries:
            jobs.append(
                Job(
                    rule=re.match(r"(?:local)?rule (\w+):", block)[1],
                    output=tuple(entries["output"].split(", ")),
                    wildcards=_pairs(entries.get("wildcards", "")),
                    resources=_pairs(entries.get("resources", "")),
                    options=_options(block),
                )
            )
    return jobs


def _pairs(text: str) -> dict[str, str]:
    """'a=1, b=2' -> {"a": "1", "b": "2"}"""
    return dict(pair.split("=", 1) for pair in text.split(", ") if "=" in pair)


def _options(block: str) -> dict[str, list[str]]:
    """The options of a job's command, each with its values."""
    command = re.search(r"^Shell command: (.*?)(?:\n\n|\Z)", block, re.MULTILINE | re.DOTALL)
    options: dict[str, list[str]] = {}
    for word in shlex.split(command[1]) if command else []:
        if word == ">":  # what follows is the log
            break
        if word.startswith("--"):
            values = options[word.removeprefix("--")] = []
        elif options:
            values.append(word)
    return options


class Estimator:
    """Costs of jobs. What is not known before a run (how long responses get) is taken from the table."""

    def __init__(self, jobs: Sequence[Job], table: Table, counted: dict[str, int]):
        """jobs: all of the study. counted: problems in those data sets that are there already, by path."""
        self.table = table
        self.assumed: set[str] = set()  # data sets whose size was assumed
        self._lab = {job.wildcards["model"] for job in jobs if job.rule == "pretrain_model"}
        made = {job.output[0]: job.spec for job in jobs if job.rule == "prepare_data"}
        expected = {path: self._expected(spec) for path, spec in made.items() if path not in counted}
        self._sizes = {path: size for path, size in expected.items() if size} | counted

    def cost(self, job: Job) -> Cost:
        """What a job takes."""
        scale = LAB if job.wildcards.get("model") in self._lab else GPU
        estimate = {
            "pretrain_model": self._pretraining,
            "train_policy": self._training,
            "sample_base": self._sampling,
            "sample_trained": self._sampling,
            "sample_shard": self._sampling,
            "sample_elsewhere": self._sampling,
            "score_solutions": self._solutions,
            "complete_questions": self._completion,
        }.get(job.rule)
        if estimate is None:  # quick, and on a CPU
            hours = self.table(LAB, "other_seconds") / 3600
            return Cost(LAB, hours, hours, self._weights(scale) if job.rule == "import_model" else 0.0)
        seconds, kept, at_work = estimate(job, scale)
        devices = max(job.gpus, 1)
        start = self.table(scale, "start_seconds")
        return Cost(scale, (seconds + start * devices) / 3600, (seconds / devices + start) / 3600, kept, at_work)

    # Each returns seconds on one device, bytes kept, bytes at work.
    def _pretraining(self, job: Job, scale: str) -> tuple[float, float, float]:
        return self.table(scale, "pretraining_seconds"), self._weights(scale), 0.0

    def _training(self, job: Job, scale: str) -> tuple[float, float, float]:
        recipe, seeds = job.spec["recipe"], len(job.spec["seeds"])
        responses = recipe["steps"] * recipe["prompts"] * recipe["samples"] * self.table(scale, "generation_batches")
        validations = math.ceil(recipe["steps"] / recipe["validate_every"])  # the last step's among them
        problems = self._problems(job.options["validation"])
        validated = validations * problems * recipe["validation_samples"] * len(recipe["validation_top_p"])
        seconds = self._seconds(scale, "training", responses) + self._seconds(scale, "sampling", validated)
        kept = self._weights(scale, "trained_bytes_a_parameter")
        return seeds * seconds, seeds * kept, seeds * kept * self.table(scale, "checkpoint_weights")

    def _sampling(self, job: Job, scale: str) -> tuple[float, float, float]:
        problems = self._problems(job.options["benchmarks"]) / int(job.options.get("shard", ["0", "1"])[1])
        responses = len(job.options["policies"]) * problems * job.spec["samples"] * len(job.spec["top_p"])
        kept = responses * self.table(scale, "response_tokens") * self.table(scale, "bytes_a_token")
        return self._seconds(scale, "sampling", responses), kept, 0.0

    def _solutions(self, job: Job, scale: str) -> tuple[float, float, float]:
        """Read, not sampled: this is an upper bound."""
        return self._seconds(scale, "sampling", self._problems(job.options["benchmarks"])), 0.0, 0.0

    def _completion(self, job: Job, scale: str) -> tuple[float, float, float]:
        problems = self._problems(job.options["benchmarks"])
        tokens = problems * len(job.spec["fractions"]) * self.table(scale, "completion_tokens")
        return tokens / self.table(scale, "sampling_tokens_a_second"), 0.0, 0.0

    def _seconds(self, scale: str, work: str, responses: float) -> float:
        return responses * self.table(scale, "response_tokens") / self.table(scale, f"{work}_tokens_a_second")

    def _weights(self, scale: str, size: str = "bytes_a_parameter") -> float:
        return self.table(scale, "parameters") * self.table(scale, size)

    def _problems(self, paths: list[str]) -> float:
        return sum(self._size(path) for path in paths)

    def _size(self, path: str) -> float:
        if path in self._sizes:
            return self._sizes[path]
        self.assumed.add(path)
        return self.table(GPU, "problems")

    def _expected(self, spec: dict) -> float | None:
        """How many problems a data set will have, where its parameters or the table say."""
        source = spec["source"]
        if "generate" in source:
            return source["generate"]["problems"] * self.table.get(GENERATED, spec["family"], 1)
        return source.get("limit") or self.table.get(DATA, spec["name"], None)
