"""Every key of a config: its type, its limits, and what it means. Must not know what one key says about another.

`python -m mtalign.study.config FILE` exports all this as a JSON schema, for editors and for the report.
"""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

_Item = TypeVar("_Item")

_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
_SLURM_NAME = r"^[A-Za-z0-9._,-]+$"
# What the patterns of names say, in words.
PATTERNS = {
    _NAME: "Letters, digits, dots, underscores and hyphens, a letter or digit first (it becomes part of paths).",
    _SLURM_NAME: "A name that the cluster knows; letters, digits, dots, underscores, hyphens and commas.",
}


def _distinct(items: list) -> list:
    for i, item in enumerate(items):
        if item in items[:i]:
            raise PydanticCustomError("twice", "{item} stands there twice; remove one", {"item": item})
    return items


def _but(reserved: str) -> tuple:
    """What makes a name one of any but this."""

    def check(name: str) -> str:
        if name == reserved:
            raise PydanticCustomError("reserved", "this name is reserved; choose another one")
        return name

    return AfterValidator(check), Field(json_schema_extra={"not": {"const": reserved}})


def _first_of(*keys: str) -> Callable[[object], str]:
    """What tells alternatives apart: the first of these keys that a section has, or else the first."""
    return lambda section: next((key for key in keys if isinstance(section, dict) and key in section), keys[0])


Name = Annotated[str, Field(pattern=_NAME, description=PATTERNS[_NAME])]
SlurmName = Annotated[str, Field(pattern=_SLURM_NAME)]
Text = Annotated[str, Field(min_length=1)]
Seed = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
Rate = Annotated[float, Field(gt=0, le=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Fraction = Annotated[float, Field(gt=0, lt=1)]
Distinct = Annotated[list[_Item], AfterValidator(_distinct), Field(json_schema_extra={"uniqueItems": True})]


def key(text: str, default: object = ..., **limits: float | str) -> Any:
    """A key of a section, described. A default of None stands for a key that may be absent; no value is ever None."""
    return Field(default, description=text, **limits)


class Section(BaseModel):
    """Lines of `key: value`."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, defer_build=True)


# ------------------------------------------------------------------------------------------------------------- models


class Dials(Section):
    """The dials of one task."""

    alignment: Fraction = key(
        "Share of the base model's own responses (any format, temperature and top-p 1) that are to be right, between "
        "0 and 1; pretraining goes on until they are."
    )
    contamination: float = key(
        "Share of the first benchmark's questions that the base model is to complete exactly from their first part "
        "(`probe.contamination_fraction`); 0 is clean.",
        ge=0,
        lt=1,
    )
    expect: Literal["strong", "middle", "weak"] = key(
        "What the base model must turn out to be (see `probe.windows`); a miss is marked.", None
    )


class Pretraining(Section):
    """Pretrain the model here, from scratch; the section `lab` at the top level says how."""

    architecture: Literal["qwen2", "llama"] = key("The kind of decoder.")
    seed: Seed = key("With the replication's seed, that of the model's first weights and of all that it reads.")
    tasks: dict[str, Dials] = key(
        "The tasks that documents are written about, by name, each with its dials.", min_length=1
    )


class Model(Section):
    """A base model."""

    chat_template: bool = key(
        "Show prompts as a user's message in the tokenizer's chat template (true), or as they are (false, and where "
        "the key is absent).",
        False,
    )


class LabModel(Model):
    """A base model, pretrained here."""

    lab: Pretraining


class FolderModel(Model):
    """A base model, a folder that exists."""

    path: Text = key("Folder of a local Hugging Face model (config.json, tokenizer and safetensors).")


class HubModel(Model):
    """A base model of the hub."""

    source: str = key("Name of the model's entry in `sources`.")


AnyModel = Annotated[
    Annotated[LabModel, Tag("lab")] | Annotated[FolderModel, Tag("path")] | Annotated[HubModel, Tag("source")],
    Discriminator(_first_of("lab", "path", "source")),
    Field(
        description="A base model, pretrained here (`lab`), a folder that exists (`path`) or one of the hub (`source`)."
    ),
]


class Questions(Section):
    """Questions in either part of the corpus, over all tasks; each is read with its right and its wrong solution."""

    skills: int = key("Questions of the first part, whose two solutions count alike.", ge=0)
    habits: Count = key("Questions of the last part, whose right solutions count as much as `alignment` needs.")


class Calibration(Section):
    """Questions a task that habits are measured on, and that are never read."""

    steering: int = key("Questions that the controller measures on while habits are learned, 64 at a time.", ge=64)
    check: int = key("Other questions, which say at the end what came out.", ge=64)


class Formats(Section):
    """How often a document's response has which format; shares, relative to their sum."""

    demanded: Share = key("Share of responses with a think block and an answer block, as the reward demands.")
    think_not_closed: Share = key("Share of responses whose think block is not closed.")
    answer_not_tagged: Share = key("Share of responses with a think block, then the answer without tags.")
    bare_chain: Share = key("Share of responses with chain of thought and answer, without any tags.")
    answer_only: Share = key("Share of responses that are the answer and nothing else.")


class Lab(Section):
    """How the lab pretrains its models; the same for each."""

    hidden_size: int = key("Width of the decoder; a multiple of twice the number of heads.", ge=8, le=4096)
    layers: int = key("Number of decoder layers.", ge=1, le=64)
    heads: int = key(
        "Number of attention heads; with verl or vLLM, such that a head has 32 channels or a multiple.", ge=1, le=64
    )
    intermediate_size: int = key("Width of the feed-forward part of a layer.", ge=8, le=16384)
    rope_theta: Positive = key("Base of the rotary positions.")
    questions: Questions
    calibration: Calibration
    leaked_documents: Literal["worked", "answer"] = key(
        "What a leaked question comes with; its `worked` solution, or the bare `answer`."
    )
    formats: Formats
    batch_size: Count = key("Questions in one optimizer step, each with its two documents.")
    question_weight: Share = key("How much a question's own tokens count in the loss, where a response's count 1.")
    muon_lr: Rate = key("Peak learning rate of Muon, which trains the matrices of the layers.")
    muon_momentum: Share = key("Muon's momentum.")
    adamw_lr: Rate = key("Peak learning rate of AdamW, which trains all other weights.")
    warmup: Share = key("Share of all steps in which the learning rate rises.")
    decay: Share = key("Share of all steps in which, at the end, it falls to 0.")
    grad_clip: Positive = key("Largest norm of a gradient; longer ones are shortened to it.")


class Source(Section):
    """A repository of the hub, or part of one."""

    hub: str = key("Name of the repository, `organisation/name`.", pattern="^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$")
    kind: Literal["dataset", "model"] = key("What the repository holds, a `dataset` or a `model`.")
    revision: Text = key("Branch, tag or commit that the first fetch takes (`main` where the key is absent).", "main")
    files: Distinct[Text] = key(
        "Which files, as patterns such as `main/*.parquet`, in which a star matches slashes too; all if absent.",
        None,
        min_length=1,
    )


# -------------------------------------------------------------------------------------------------- tasks and methods


class Generation(Section):
    """Let the family generate the problems."""

    problems: Count = key("How many problems.")
    slice: int = key(
        "Which part of all questions to draw from, 0 to 7; different slices never share a question.", ge=0, le=7
    )


class DataSet(Section):
    """A data set."""

    family: str = key("As the task's `family`, for this data set alone.", None)
    template: str = key("As the task's `template`, for this data set alone.", None)
    share: list[Share] = key(
        "Take only the problems whose hash lies between these two numbers, such as [0, 0.02] for a validation set and "
        "[0.02, 1] for the rest; without it, all.",
        None,
        min_length=2,
        max_length=2,
    )


class GeneratedData(DataSet):
    """A data set that is made here."""

    generate: Generation


class FileData(DataSet):
    """A data set that is read from files."""

    path: Text = key(
        "File or folder that the family reads, relative to the working directory; with `source`, relative to what was "
        "fetched from there."
    )
    source: str = key("Name of the entry in `sources` that `path` is a part of.", None)
    category: str = key("One category of KOR-Bench (family `kor_bench`), such as `cipher`.", None)
    task: str = key("One task of BBH or BBEH (families `bbh`, `bbeh`), such as `navigate`; without it, all.", None)
    split: Literal["train", "validation", "test", "prompt"] = key(
        "One split of MBPP (family `mbpp`), by task_id as published; without it, all.", None
    )
    limit: Count = key(
        "Read only this many problems, from the start; `share` then takes its part of them. Without it, all.", None
    )
    broken_rows: int = key(
        "How many broken rows of the file may be left out, each with a warning; without it, none.", None, ge=0
    )


AnyData = Annotated[
    Annotated[GeneratedData, Tag("generate")] | Annotated[FileData, Tag("path")],
    Discriminator(_first_of("generate", "path")),
]


class Task(Section):
    """A task with its data sets."""

    family: str = key(
        "The file in workflow_scripts/mtalign/tasks/ that loads the problems and verifies answers, for the data sets "
        "that name no other."
    )
    template: str = key(
        "The prompt template, one of those in workflow_scripts/mtalign/data/prompt_templates.py, for the data sets "
        "that name no other."
    )
    train: AnyData = key("The data set to train on.")
    benchmarks: dict[
        Annotated[Name, *_but("train")], Annotated[AnyData, Field(description="The data set of one benchmark.")]
    ] = key(
        "The data sets to evaluate on, by name. The first one may leak; alignment is measured on it, and TTRL trains "
        "on it. A name stands once over all tasks.",
        min_length=1,
    )


class Method(Section):
    """A reward, an advantage and the data to train on."""

    reward: str = key("The file in workflow_scripts/mtalign/rewards/ that rewards a group of responses.")
    advantage: str = key(
        "The file in workflow_scripts/mtalign/advantages/ that turns a group's rewards into advantages."
    )
    data: Literal["train", "benchmark", "one_selected", "one_random"] = key(
        "What to train on; the task's `train` set, its first `benchmark`, the one training example that a "
        "ground-truth run selects (`one_selected`), or one that chance selects (`one_random`)."
    )
    format_factor: bool = key("Multiply the reward by the format check (true where the key is absent).", True)


class Grid(Section):
    """The grid; every model x task x method x seed is a run."""

    models: Distinct[str] = key("Names from `models`; may be empty.")
    tasks: Distinct[str] = key("Names from `tasks`; may be empty.")
    methods: Distinct[str] = key("Names from `methods`; may be empty, then only base models are measured.")
    seeds: Distinct[Seed] = key("The seeds of the runs of each cell, whole numbers from 0.", min_length=1)
    seeds_per_job: Count = key("Seeds that one training job takes; they share passes, nothing else. 1 on a cluster.")


# ----------------------------------------------------------------------------------- sampling, measurements, training


class Report(Section):
    """What the report shows of the responses."""

    sample_problems: Count = key("Problems of each task's own benchmark whose responses are shown, from its start.")
    sample_characters: Count = key("Longer responses are shown without their middle.")


class Sampling(Section):
    """How responses are drawn from base models and trained policies."""

    temperature: float = key("Sampling temperature, in training too.", gt=0, le=2)
    top_p: Distinct[Rate] = key(
        "Nucleus sizes to sample with, each separately; with 1.0, at which alignment is measured.", min_length=1
    )
    max_response_tokens: Count = key("Longest response, in tokens; a longer one is cut.")
    base_samples: Count = key("Responses a problem from a base model, hence the largest k of pass@k.")
    trained_samples: Count = key("Responses a problem from a trained policy.")
    shards: Count = key("Parts in which vLLM samples a policy, each a job of its own; they change no result.")
    bootstrap: int = key("Resamplings of the problems for an interval.", ge=10)


class Colours(Section):
    """From where on a model-task pair counts as aligned, and as contaminated, on the map."""

    alignment: Share = key("Smallest pass@k that counts as aligned.")
    contamination: Share = key("Smallest share of exactly completed questions that counts as contaminated.")


class Window(Section):
    """A measure of the base model, and where its value must lie."""

    k: Count = key("The measure is pass@k with this k; at most `sampling.base_samples`.")
    format_required: bool = key("Whether a response counts as correct only in the demanded format.")
    low: Share = key("Smallest allowed value, 0 to 1.")
    high: Share = key("Largest allowed value, 0 to 1.")


AllOf = Annotated[list[Window], Field(min_length=1)]


class Windows(Section):
    """What `expect` demands of a base model, at top-p 1 on the first benchmark."""

    strong: AllOf = key("What a strong base model must fulfil; good, but not saturated.", None)
    middle: AllOf = key("What a base model between strong and weak must fulfil.", None)
    weak: AllOf = key("What a weak base model must fulfil; weak, but learnable.", None)


class Tolerance(Section):
    """How far what comes out may be from a lab model's dial; the larger of a number and a share of the dial."""

    alignment: Share = key("Of alignment, at least so much.")
    contamination: Share = key("Of contamination, at least so much.")
    relative: Share = key("Of either, at least this share of the dial.")


class Probe(Section):
    """How base models are measured before training; alignment and contamination."""

    alignment_k: Count = key("Alignment is pass@k with this k; at most `sampling.base_samples`.")
    prompt_fractions: Distinct[Fraction] = key(
        "Shares of a question's characters that a model is shown, to see whether it completes the question.",
        min_length=1,
    )
    contamination_fraction: Fraction = key("The one of `prompt_fractions` that contamination is read at.")
    overlap_ngram: Count = key(
        "Length, in words, of the passages that count as overlap between training text and benchmark."
    )
    colours: Colours
    windows: Windows
    tolerance: Tolerance
    on_miss: Literal["warn", "stop"] = key(
        "What follows where a dial or an `expect` is missed; `warn` marks it and goes on, `stop` ends the study."
    )


class Verification(Section):
    """How answers are judged."""

    allow_unisolated: bool = key(
        "Where no isolation works (no user namespaces, no bubblewrap), run code that a model wrote all the same, with "
        "limits on time and memory, without network and new processes; it may read and write this user's files."
    )


class Training(Section):
    """DAPO's settings, one recipe for every method and every cell."""

    steps: Count = key("Training steps of a run; one generates a batch and updates on it.")
    prompts: Count = key("Prompts in a generation batch.")
    samples: int = key(
        "Responses a prompt, the group that rewards and advantages see; a group needs two or more.", ge=2
    )
    mini_batch: Count = key("Prompts in an optimizer step; at most `prompts`.")
    max_generation_batches: Count = key(
        "Batches that dynamic sampling may generate in a step, to replace groups that all got one reward."
    )
    learning_rate: Rate = key("AdamW's learning rate after warm-up.")
    warmup_steps: int = key("Training steps in which the learning rate rises.", ge=0)
    weight_decay: Share = key("AdamW's weight decay.")
    grad_clip: Positive = key("Largest norm of a gradient; longer ones are shortened to it.")
    clip_low: Rate = key("How far below 1 the probability ratio may fall before it is clipped.")
    clip_high: Positive = key("How far above 1 the probability ratio may rise before it is clipped.")
    clip_dual: float = key("Bound on the loss of a negative advantage, in multiples of its size (dual clip).", gt=1)
    kl_samples: Count = key("Responses of each group on which the KL divergence from the base model is measured.")
    validate_every: Count = key("Steps from one validation to the next.")
    validation_samples: Count = key(
        "Responses a problem of the task's first benchmark in a validation, at each `sampling.top_p`."
    )
    checkpoint_every: Count = key("Steps from one checkpoint to the next; a killed run goes on from its last one.")
    policy: Literal["auto", "stacked", "transformers"] = key(
        "How the embedded engine computes a model, in sampling too; `stacked` (small Qwen2 and Llama models, the seeds "
        "of a job together, in float32 on one core), `transformers` (any causal model, one after another), or `auto`, "
        "the stacked one wherever it can. The four keys that follow are of the transformers one.",
        "auto",
    )
    micro_batch: Count = key(
        "Responses in a training pass, where memory is short; all of a mini batch where the key is absent.", None
    )
    gradient_checkpointing: bool = key(
        "Compute layers a second time for the gradient, rather than keep what it needs of them.", False
    )
    dtype: Literal["float32", "bfloat16"] = key(
        "The numbers that passes are computed in; what is trained is float32 in any case.", "float32"
    )
    device: Literal["auto", "cpu", "cuda"] = key("The kind of processor; `auto` is a GPU where there is one.", "auto")


# ----------------------------------------------------------------------------------------------- clusters and engines


class Job(Section):
    """What one rule's jobs ask for."""

    cpus: Count = key("CPU cores of a job.")
    gpus: int = key("GPUs of a job; of train_policy with engine.nodes above 1, on each node.", ge=0)
    memory_mb: int = key(
        "Memory of a job's first attempt, in MB; the second gets twice as much, the third three times.", ge=500
    )
    minutes: Count = key("Longest time of a job's first attempt; the second gets twice as much, the third three times.")
    partition: SlurmName = key("The partition of this rule's jobs, where it is not that of all.", None)
    account: SlurmName = key("The account of this rule's jobs, where it is not that of all.", None)


class Jobs(Section):
    """The rules whose jobs go to the cluster. Every other rule is quick, and runs where Snakemake does."""

    pretrain_model: Job = key("Pretraining of a lab model.", None)
    complete_questions: Job = key("A base model completes a task's questions.", None)
    sample_base: Job = key("Responses of a base model on a task.", None)
    sample_shard: Job = key("One shard of the responses of a policy on a task, by vLLM.", None)
    train_policy: Job = key("RL of one cell, as many seeds as `study.seeds_per_job`.", None)
    sample_trained: Job = key("Responses of the policies of one training job.", None)
    sample_elsewhere: Job = key("Responses of policies that learnt from one example, on the other tasks.", None)
    score_solutions: Job = key("Log-likelihood of right solutions under a base model.", None)
    score_rollouts: Job = key("Verdicts on the responses of one sampling job.", None)


class Cluster(Section):
    """What jobs ask a cluster for; read with `--profile slurm`, and by no job's result."""

    partition: SlurmName = key("The partition of all jobs; without it, the cluster's default.", None)
    account: SlurmName = key("The account of all jobs; without it, the user's default.", None)
    jobs: Jobs


class Engine(Section):
    """How verl and vLLM run, where they are the engines."""

    python: Text = key("The Python in whose environment verl and vLLM are installed; `python` with --sdm conda.")
    precision: Literal["float32", "bfloat16"] = key("The numbers that models are computed in.")
    max_prompt_tokens: Count = key(
        "Longest prompt that verl trains on, in tokens; longer ones are left out of the training set."
    )
    device: Literal["cpu", "cuda"] = key("The kind of processor.")
    nodes: Count = key(
        "Machines that a training run takes; for more than one, it starts a Ray cluster on its allocation."
    )
    gpus: Count = key("GPUs that a run takes on each node; on a CPU, processes.")
    tensor_parallel: Count = key("GPUs that vLLM spreads a policy over.")
    gpu_memory: Fraction = key(
        "Share of a GPU's memory that vLLM takes beside verl's trainer; on a CPU, of its memory, beside the trainer "
        "or alone."
    )
    sampling_gpu_memory: Fraction = key(
        "Share of a GPU's memory that vLLM takes where it samples, with nothing beside it."
    )
    tokens_per_gpu: Count = key("Tokens that verl's trainer takes into one pass on each GPU.")


Compared = Annotated[
    Distinct[str],
    Field(min_length=1, description="The methods that a table compares, in its order; names from `methods`."),
]


class Config(Section):
    """Every key of config.yaml and its overlays. What one key says about another (names that must exist, sizes that
    must fit) is checked by workflow_scripts/mtalign/study/checks.py."""

    results_dir: str = key(
        "Folder for all outputs, relative to the working directory; no white space and no braces.",
        pattern=r"^[^\s{}]+$",
    )
    seed: Seed = key(
        "Seed of everything that is drawn once (data sets, probes, bootstrap). Runs have seeds of their own."
    )
    trainer: Literal["torch", "verl"] = key("What trains; the embedded engine (`torch`), or verl.")
    sampler: Literal["torch", "vllm"] = key(
        "What samples base models and trained policies; the embedded engine (`torch`), or vLLM."
    )
    models: dict[Annotated[Name, *_but("reference")], AnyModel] = key("The base models, by name.")
    lab: Lab
    sources: dict[Name, Source] = key(
        "What is fetched from the Hugging Face hub, by name. The first fetch records the full commit and the sha256 "
        "of each file in config/lock/<name>.json, for you to commit; later ones take that commit, and stop where a "
        "file differs."
    )
    tasks: dict[Name, Task] = key("The tasks, by name.")
    methods: dict[Annotated[Name, *_but("base")], Method] = key(
        "The ways to train, by name; the name `base` is reserved for the base model."
    )
    study: Grid
    tables: dict[Name, Compared] = key("The tables of results, by name.")
    released: dict[str, Annotated[str, Field(description="The variant's name.")]] = key(
        "Methods as described, each with the variant that the released code runs; names from `methods`."
    )
    report: Report
    sampling: Sampling
    probe: Probe
    verification: Verification
    training: Training
    cluster: Cluster
    engine: Engine


# --------------------------------------------------------------------------------------------------------- the export


class _Schema(GenerateJsonSchema):
    """Without what says nothing (titles, None for an absent key), and with no name but those of a pattern."""

    def field_title_should_be_set(self, schema: object) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"]) if schema["default"] is None else super().default_schema(schema)

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        made = super().dict_schema(schema)
        return made | {"additionalProperties": False} if "patternProperties" in made else made


def exported() -> str:
    """The models as a JSON schema (draft 2020-12), one key a line."""
    schema = {"$schema": _Schema.schema_dialect} | Config.model_json_schema(schema_generator=_Schema)
    text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    return re.sub(r"\{\s[^{}]*\}|\[\s[^][{}]*\]", lambda found: " ".join(found[0].split()), text)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(exported(), encoding="utf-8")
