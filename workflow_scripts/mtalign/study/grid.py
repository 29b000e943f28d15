"""The study's grid, Model, Task, Method, Run, Policy, read from a checked config, and the parameters of its stages.

Each stage's parameters leave here as one small dictionary that holds what matters to its result and nothing else, so
that Snakemake, which compares them, reruns what a change of the config touches and no more. Standard library only.
"""

from mtalign.data.prompt_templates import TEMPLATES
from mtalign.vocabulary import BASE, BASE_SEED, Cell, in_order, measure

# Of `training`: how it is computed, which is no part of the recipe.
_COMPUTING = ("policy", "micro_batch", "gradient_checkpointing", "dtype", "device")
_CORPUS = ("questions", "calibration", "leaked_documents", "formats")  # of the lab's settings, those of its texts


class Study:
    """The grid and the parameters of its stages."""

    def __init__(self, config: dict):
        """config: as `mtalign.study.checks.check_config` accepts it."""
        self.config = config
        self.models: list[str] = config["study"]["models"]
        self.tasks: list[str] = config["study"]["tasks"]
        self.methods: list[str] = config["study"]["methods"]
        self.seeds: list[int] = config["study"]["seeds"]

    # ------------------------------------------------------------------------------------------------------- the grid
    def pairs(self) -> list[tuple[str, str]]:
        """Every (model, task)."""
        return [(model, task) for model in self.models for task in self.tasks]

    def cells(self) -> list[Cell]:
        """Every (model, task, method)."""
        return [Cell(model, task, method) for model, task in self.pairs() for method in self.methods]

    def seed_groups(self) -> list[str]:
        """The seeds of each training job, as they stand in paths.

        >>> grid = {"models": [], "tasks": [], "methods": [], "seeds": [0, 1, 2], "seeds_per_job": 2}
        >>> Study({"study": grid}).seed_groups()
        ['0-1', '2']
        """
        size = self.config["study"]["seeds_per_job"]
        groups = [self.seeds[i : i + size] for i in range(0, len(self.seeds), size)]
        return ["-".join(map(str, group)) for group in groups]

    def benchmarks(self, task: str) -> list[str]:
        """The names of a task's evaluation sets; the first is the task's own."""
        return list(self.config["tasks"][task]["benchmarks"])

    def own_benchmark(self, task: str) -> str:
        """The one that may leak, and that alignment is measured on: the first."""
        return self.benchmarks(task)[0]

    def data_sets(self, task: str) -> list[str]:
        """The names of all data sets of a task: its train set, then its evaluation sets."""
        return ["train", *self.benchmarks(task)]

    def data_block(self, task: str, name: str) -> dict:
        """A data set's block."""
        block = self.config["tasks"][task]
        return block["train"] if name == "train" else block["benchmarks"][name]

    def family(self, task: str, name: str) -> str:
        """The family of a data set: its own, else its task's."""
        return self.data_block(task, name).get("family", self.config["tasks"][task]["family"])

    def lab_tasks(self, model: str) -> list[str]:
        """The tasks that a lab model's corpus is about, whether or not the study evaluates them."""
        return list(self.config["models"][model]["lab"]["tasks"])

    def is_lab(self, model: str) -> bool:
        """Whether a model is pretrained here, rather than read from a folder or the hub."""
        return "lab" in self.config["models"][model]

    def base_seeds(self, model: str) -> list[int]:
        """The replications of a base model: one a seed where the lab pretrains it, else the one that was published."""
        return self.seeds if self.is_lab(model) else [BASE_SEED]

    def is_generated(self, task: str) -> bool:
        """Whether a task's problems are made here, rather than read from files."""
        return "generate" in self.config["tasks"][task]["train"]

    def train_set(self, method: str, task: str) -> str:
        """The data set that a method trains on."""
        return self.own_benchmark(task) if self.config["methods"][method]["data"] == "benchmark" else "train"

    def picks_example(self, method: str) -> bool:
        """Whether a method needs the ranking of the training examples."""
        return self.config["methods"][method]["data"] == "one_selected"

    def others(self, task: str) -> list[str]:
        """The study's other tasks."""
        return [other for other in self.tasks if other != task]

    def crossings(self) -> list[Cell]:
        """Cells that learn from one selected example where there are other tasks: does what they learn cross over?"""
        return [cell for cell in self.cells() if self.picks_example(cell.method) and self.others(cell.task)]

    def measures(self) -> list[str]:
        """The measures that claims are judged by, the primary one first: without and with the format, at each top-p."""
        top_ps = self.config["sampling"]["top_p"]
        return in_order(measure(required, top_p) for required in (False, True) for top_p in top_ps)

    def dials(self) -> dict[str, dict[str, dict]]:
        """Model -> task -> the dials that the lab set, for the study's models that it made."""
        blocks = self.config["models"]
        return {model: blocks[model]["lab"]["tasks"] for model in self.models if self.is_lab(model)}

    def is_causal(self) -> bool:
        """Whether the study sets both dials independently: several alignments, each with and without contamination."""
        made = self.dials()
        chosen = {
            (dials[task]["alignment"], dials[task]["contamination"] > 0)
            for dials in made.values()
            for task in self.tasks
        }
        levels = {alignment for alignment, _ in chosen}
        return len(made) == len(self.models) and len(levels) > 1 and len(chosen) == 2 * len(levels)

    def own_benchmarks(self) -> dict[str, str]:
        """Task -> the name of its own (first) benchmark."""
        return {task: self.own_benchmark(task) for task in self.tasks}

    def fresh_benchmarks(self) -> dict[str, str]:
        """Task -> the name of its second benchmark, which never leaks, where it has one."""
        names = {task: self.benchmarks(task) for task in self.tasks}
        return {task: listed[1] for task, listed in names.items() if len(listed) > 1}

    def released_pairs(self) -> dict[str, str]:
        """Method as described -> the released variant, of those pairs that the study runs."""
        pairs = self.config["released"].items()
        return {described: released for described, released in pairs if {described, released} <= set(self.methods)}

    # ------------------------------------------------------------------------- files; <results> is Snakemake's to fill
    def data_path(self, task: str, name: str) -> str:
        """A data set."""
        return f"<results>/data/{task}/{name}.parquet"

    def benchmark_paths(self, task: str) -> list[str]:
        """A task's evaluation sets."""
        return [self.data_path(task, name) for name in self.benchmarks(task)]

    def data_paths(self) -> list[str]:
        """Every data set of the study's tasks."""
        return [self.data_path(task, name) for task in self.tasks for name in self.data_sets(task)]

    def data_blocks(self) -> list[dict]:
        """The blocks of all data sets of the study's tasks."""
        return [self.data_block(task, name) for task in self.tasks for name in self.data_sets(task)]

    def base_model(self, model: str, seed: int) -> str:
        """The folder of the base model that a run of this seed starts from."""
        return f"<results>/models/{model}" + (f"/seed-{seed}" if self.is_lab(model) else "")

    def base_models(self, model: str) -> list[str]:
        """All replications of a base model: Hugging Face folders, in the order of their seeds."""
        return [self.base_model(model, seed) for seed in self.base_seeds(model)]

    def of_pairs(self, pattern: str) -> list[str]:
        """A path for each base model and task, from one with {model} and {task}."""
        return [pattern.format(model=model, task=task) for model, task in self.pairs()]

    def of_jobs(self, pattern: str, cells: list[Cell] | None = None) -> list[str]:
        """A path for each training job, of all cells or some; `pattern` has {model}, {task}, {method} and {seeds}."""
        cells = self.cells() if cells is None else cells
        return [pattern.format(**vars(cell), seeds=seeds) for cell in cells for seeds in self.seed_groups()]

    def of_policies(self, kind: str) -> list[str]:
        """Rollouts or scores of every policy: of each base model on each task, and of each training job."""
        base = self.of_pairs(f"<results>/{kind}/{{model}}/{{task}}/{BASE}.parquet")
        return base + self.of_jobs(f"<results>/{kind}/{{model}}/{{task}}/{{method}}/seeds-{{seeds}}.parquet")

    # --------------------------------------------------------------------------------------- parameters of the stages
    def data_parameters(self, task: str, name: str) -> dict:
        """For prepare_data.py. What is left of the block once the stage has its share is for the family to read."""
        block = dict(self.data_block(task, name))
        parameters = {"task": task, "name": name, "family": self.family(task, name), "seed": self.config["seed"]}
        parameters["template"] = TEMPLATES[block.get("template", self.config["tasks"][task]["template"])]
        parameters["share"] = block.get("share", [0, 1])
        if "source" in block:
            block["path"] = f"{self.source_path(block['source'])}/{block['path']}"
        stage_keys = ("family", "template", "share", "source")
        return parameters | {"source": {key: value for key, value in block.items() if key not in stage_keys}}

    def source_path(self, source: str) -> str:
        """Where the files of a source of the hub are."""
        return f"{self.config['results_dir']}/sources/{source}"

    def source_parameters(self, source: str) -> dict:
        """For lock_source.py and fetch_source.py: the source as a lock entry repeats it."""
        return {"revision": "main", "files": ["*"]} | self.config["sources"][source]

    def corpus_parameters(self, model: str, replication: int) -> dict:
        """For write_corpus.py. The dial of alignment is not among them: pretraining reaches it."""
        block, lab = self.config["models"][model]["lab"], self.config["lab"]
        tasks = [
            {
                "task": task,
                "family": self.config["tasks"][task]["family"],
                "template": TEMPLATES[self.config["tasks"][task]["template"]],
                "contamination": dials["contamination"],
            }
            for task, dials in block["tasks"].items()
        ]
        shared = {name: lab[name] for name in _CORPUS}
        fraction = self.config["probe"]["contamination_fraction"]
        return {"tasks": tasks, "seed": block["seed"], "replication": replication, "fraction": fraction} | shared

    def pretraining_parameters(self, model: str, replication: int) -> dict:
        """For pretrain_model.py."""
        block, lab = self.config["models"][model]["lab"], self.config["lab"]
        recipe = {name: value for name, value in lab.items() if name not in _CORPUS}
        tasks = [
            {"task": task, "family": self.config["tasks"][task]["family"], "alignment": dials["alignment"]}
            for task, dials in block["tasks"].items()
        ]
        first = {"architecture": block["architecture"], "seed": block["seed"], "replication": replication}
        return first | {"tasks": tasks} | recipe

    def import_parameters(self, model: str) -> dict:
        """For import_model.py."""
        block = self.config["models"][model]
        path = self.source_path(block["source"]) if "source" in block else block["path"]
        return {"path": path, "engines": sorted({self.engine(stage, model) for stage in ("trainer", "sampler")})}

    def chat_template(self, model: str) -> bool:
        """Whether a model is shown prompts in its tokenizer's chat template."""
        return self.config["models"][model].get("chat_template", False)

    def sampling_parameters(self, cell: Cell) -> dict:
        """For sample.py; a base model is the cell of the method `BASE`."""
        sampling = self.config["sampling"]
        samples = sampling["base_samples"] if cell.method == BASE else sampling["trained_samples"]
        shared = {name: sampling[name] for name in ("temperature", "top_p", "max_response_tokens")}
        shared["chat_template"] = self.chat_template(cell.model)
        engine = self._engine("sampler", cell.model)
        return vars(cell) | {"samples": samples, "seed": self.config["seed"]} | shared | engine

    def completion_parameters(self, model: str, task: str) -> dict:
        """For complete_questions.py."""
        fractions = self.config["probe"]["prompt_fractions"]
        return {"model": model, "task": task, "fractions": fractions} | self._engine("sampler", model)

    def solution_parameters(self, model: str, task: str) -> dict:
        """For score_solutions.py."""
        longest = self.config["sampling"]["max_response_tokens"]
        engine = self._engine("sampler", model)
        shared = {"model": model, "task": task, "chat_template": self.chat_template(model)}
        return shared | engine | ({"max_tokens": longest} if engine else {})

    def expectation_parameters(self, model: str, task: str) -> dict:
        """For check_expectations.py; of a published model, nothing is expected."""
        probe = self.config["probe"]
        dials = self.config["models"][model].get("lab", {}).get("tasks", {}).get(task, {})
        expect = dials.get("expect")
        return {
            "model": model,
            "task": task,
            "benchmark": self.own_benchmark(task),
            "contamination": dials.get("contamination", 0),
            "fraction": probe["contamination_fraction"],
            "expect": expect or "",
            "windows": probe["windows"][expect] if expect else [],
            "tolerance": probe["tolerance"],
            "on_miss": probe["on_miss"],
        }

    def training_parameters(self, cell: Cell, seeds: str) -> dict:
        """For train.py: one cell, and the seeds of one job."""
        method = self.config["methods"][cell.method]
        sampling = self.config["sampling"]
        return (
            vars(cell)
            | {
                "seeds": [int(seed) for seed in seeds.split("-")],
                "chat_template": self.chat_template(cell.model),
                "reward": method["reward"],
                "advantage": method["advantage"],
                "data": method["data"],
                "format_factor": method.get("format_factor", True),
                "recipe": {key: value for key, value in self.config["training"].items() if key not in _COMPUTING}
                | {
                    "temperature": sampling["temperature"],
                    "max_response_tokens": sampling["max_response_tokens"],
                    "validation_top_p": sampling["top_p"],
                },
            }
            | self._engine("trainer", cell.model)
        )

    def own_config(self) -> dict:
        """The config without models, tasks and methods that the study does not use, nor what a cluster is asked for."""
        parts = {"models": self.models, "tasks": self.tasks, "methods": self.methods}
        used = {part: {name: self.config[part][name] for name in names} for part, names in parts.items()}
        return {key: value for key, value in (self.config | used).items() if key != "cluster"}

    def samples_parameters(self) -> dict:
        """For the table `samples`."""
        report = self.config["report"]
        methods = {name: self.config["methods"][name] for name in self.methods}
        return {
            "problems": report["sample_problems"],
            "characters": report["sample_characters"],
            "methods": {
                name: {"reward": block["reward"], "format_factor": block.get("format_factor", True)}
                for name, block in methods.items()
            },
        }

    def engine(self, stage: str, model: str) -> str:
        """What runs a model, by its name in `engines.interface`; stage: "sampler" or "trainer"."""
        if self.config[stage] != "torch":
            return self.config[stage]
        policy = self.config["training"].get("policy", "auto")
        if policy == "auto":  # of a published model, what its files say decides
            return "torch" if self.is_lab(model) else "auto"
        return {"stacked": "torch", "transformers": "transformers"}[policy]

    def _engine(self, stage: str, model: str) -> dict:
        """What the choice of an engine adds to a stage's parameters; nothing where policies are stacked."""
        name = self.engine(stage, model)
        if name == "torch":
            return {}
        if self.config[stage] == "torch":
            return {"engine": name, "precision": self.config["training"].get("dtype", "float32")}
        further = ("max_prompt_tokens",) if name == "verl" else ()
        return {"engine": name} | {key: self.config["engine"][key] for key in ("precision", *further)}

    def machine(self, stage: str) -> dict:
        """What a stage's engine runs on. No stage's parameter: a result does not depend on it."""
        if self.config[stage] == "torch":
            training = self.config["training"]
            return {
                "device": training.get("device", "auto"),
                "micro_batch": training.get("micro_batch"),
                "gradient_checkpointing": training.get("gradient_checkpointing", False),
            }
        names = ("device", "nodes", "gpus", "tensor_parallel", "gpu_memory", "sampling_gpu_memory", "tokens_per_gpu")
        return {name: self.config["engine"][name] for name in names}

    def shards(self) -> list[str]:
        """The parts in which a policy is sampled, as they stand in paths.

        >>> grid = {"models": [], "tasks": [], "methods": [], "seeds": [0]}
        >>> Study({"study": grid, "sampling": {"shards": 2}}).shards()
        ['0-of-2', '1-of-2']
        """
        count = self.config["sampling"]["shards"]
        return [f"{shard}-of-{count}" for shard in range(count)]
