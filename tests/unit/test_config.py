"""The shipped configs pass; each kind of mistake is named, with its key and a remedy."""

import copy
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from mtalign.config import check_config
from mtalign.errors import ConfigError

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "rules/schemas/config.schema.yaml"
REMOVE = object()


def load(name: str) -> dict:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


DEFAULT = load("config.yaml")
REAL_MATH = load("config/real-data.yaml")["tasks"]["real_math"]
OVERLAYS = [f"config/{name}.yaml" for name in ("quick", "causal", "released", "real-data", "paper")]
HUB = {"hub": "a/b", "kind": "dataset"}


def changed(*changes: tuple) -> dict:
    """The default config with some keys set or removed; each change is a dotted path (or a tuple) and a value."""
    result = copy.deepcopy(DEFAULT)
    for where, value in changes:
        *parents, last = where.split(".") if isinstance(where, str) else where
        node = result
        for key in parents:
            node = node.setdefault(key, {}) if isinstance(node, dict) else node[int(key)]
        if value is REMOVE:
            del node[last]
        elif isinstance(node, list):
            node[int(last)] = value
        else:
            node[last] = value
    return result


def lines(bad: dict) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        check_config(bad, SCHEMA)
    return str(caught.value).splitlines()


@pytest.mark.parametrize("overlay", [None, *OVERLAYS])
def test_shipped_configs_pass(overlay):
    utils = pytest.importorskip("snakemake.utils")
    merged = copy.deepcopy(DEFAULT)
    if overlay:
        utils.update_config(merged, load(overlay))
    before = copy.deepcopy(merged)
    check_config(merged, SCHEMA)
    assert merged == before


def test_a_model_in_a_folder_studies_real_data():
    check_config(
        changed(
            ("models.mine", {"path": "/models/mine"}),
            ("tasks.real_math", REAL_MATH | {"family": "addition", "train": {"path": "train.json", "limit": 10}}),
            ("study.models", ["mine"]),
            ("study.tasks", ["real_math"]),
            ("tables", {"rq1": ["ground_truth", "random"]}),
        ),
        SCHEMA,
    )


# name: (changes, the key that the line starts with, what the line says besides)
BAD = {
    # What the schema finds.
    "unknown key": ([("training.learning_rte", 1.0)], "training.learning_rte", "did you mean learning_rate?"),
    "unknown section": ([("trainig", {})], "trainig", "did you mean training?"),
    "unknown key, none near": ([("probe.colours.zzz", 1)], "probe.colours.zzz", "known here: alignment, contamination"),
    "missing key": ([("training.steps", REMOVE)], "training.steps", "missing; add it (Training steps of a run"),
    "missing section": ([("probe", REMOVE)], "probe", "missing; add it"),
    "empty section": ([("training", None)], "training", "is empty; fill it in, or remove the line"),
    "empty model": ([("models.qwen2", None)], "models.qwen2", "is empty"),
    "empty value": ([("lab.leaked_documents", None)], "lab.leaked_documents", "is empty"),
    "empty item": ([("study.methods.0", None)], "study.methods[0]", "is empty"),
    "number as text": ([("training.learning_rate", "1e-6")], "training.learning_rate", "write 1.0e-6"),
    "number without a sign": ([("training.learning_rate", "1.5e6")], "training.learning_rate", "write 1.5e+6"),
    "number in quotes": ([("training.steps", "24")], "training.steps", "not the text '24'; write 24"),
    "whole number as text": ([("lab.questions.skills", "1e5")], "lab.questions.skills", "write 100000"),
    "whole number with a point": ([("training.steps", 24.0)], "training.steps", "a whole number, not 24.0; write 24"),
    "broken number": ([("training.steps", 2.5)], "training.steps", "must be a whole number, not 2.5"),
    "word for a number": ([("sampling.temperature", "hot")], "sampling.temperature", "a number, not the text 'hot'"),
    "infinity": ([("training.grad_clip", float("inf"))], "training.grad_clip", "must be a number, not inf"),
    "boolean for a number": ([("seed", True)], "seed", "must be a whole number, not true"),
    "boolean in quotes": ([("methods.random.format_factor", "no")], "methods.random.format_factor", "true or false"),
    "boolean for a name": ([("study.tasks.0", False)], "study.tasks[0]", "YAML reads on, off, yes and no as true"),
    "number for a name": ([("tasks.math.family", 7)], "tasks.math.family", "must be text, not 7; put it in quotes"),
    "no list": ([("study.models", "qwen2")], "study.models", "must be a list, not the text 'qwen2'; write [qwen2]"),
    "no section": ([("lab", [1])], "lab", "must be a section (lines of `key: value`), not a list"),
    "boolean as a key": ([(("methods", True), {})], "methods.true", "a key must be text, not true; YAML reads on"),
    "number as a key": ([(("models", 7), {})], "models.7", "a key must be text, not 7; put it in quotes"),
    "architecture": (
        [("models.qwen2.lab.architecture", "quen2")],
        "models.qwen2.lab.architecture",
        "must be one of qwen2, llama, not 'quen2'; did you mean qwen2?",
    ),
    "data": (
        [("methods.one_shot.data", "one_select")],
        "methods.one_shot.data",
        "must be one of train, benchmark, one_selected, one_random, not 'one_select'; did you mean one_selected?",
    ),
    "expect": ([("models.llama.lab.tasks.math.expect", "week")], "models.llama.lab.tasks.math.expect", "mean weak?"),
    "leaked documents": ([("lab.leaked_documents", "work")], "lab.leaked_documents", "must be one of worked, answer"),
    "too small": ([("training.samples", 1)], "training.samples", "must be at least 2, not 1"),
    "too large": (
        [("models.qwen2.lab.tasks.math.alignment", 60)],
        "models.qwen2.lab.tasks.math.alignment",
        "must be less than 1, not 60",
    ),
    "no alignment": (
        [("models.qwen2.lab.tasks.math.alignment", 0)],
        "models.qwen2.lab.tasks.math.alignment",
        "must be greater than 0, not 0",
    ),
    "contamination as a count": (
        [("models.qwen2.lab.tasks.math.contamination", 60)],
        "models.qwen2.lab.tasks.math.contamination",
        "must be less than 1, not 60",
    ),
    "too few to calibrate on": (
        [("lab.calibration.check", 20)],
        "lab.calibration.check",
        "must be at least 64, not 20",
    ),
    "on a miss": ([("probe.on_miss", "wran")], "probe.on_miss", "did you mean warn?"),
    "zero": ([("sampling.temperature", 0)], "sampling.temperature", "must be greater than 0, not 0"),
    "whole question": ([("probe.prompt_fractions", [0.6, 1.0])], "probe.prompt_fractions[1]", "must be less than 1"),
    "slice": ([("tasks.math.train.generate.slice", 8)], "tasks.math.train.generate.slice", "must be at most 7, not 8"),
    "negative seed": ([("study.seeds", [0, -1])], "study.seeds[1]", "must be at least 0, not -1"),
    "seed twice": ([("study.seeds", [0, 1, 0])], "study.seeds", "0 stands there twice; remove one"),
    "no seeds": ([("study.seeds", [])], "study.seeds", "must hold at least 1, not 0"),
    "no benchmark": ([("tasks.math.benchmarks", {})], "tasks.math.benchmarks", "needs at least 1 entry"),
    "seeds per job": ([("study.seeds_per_job", 0)], "study.seeds_per_job", "must be at least 1"),
    "lab and path": ([("models.qwen2.path", "/m")], "models.qwen2", "has lab and path, but needs exactly one"),
    "neither lab nor path": ([("models.new", {})], "models.new", "needs one of lab, path, source; add one"),
    "generate and path": ([("tasks.math.train.path", "x")], "tasks.math.train", "has generate and path"),
    "limit without a file": ([("tasks.math.train.limit", 5)], "tasks.math.train.limit", "only together with path"),
    "source without a path": (
        [("sources.s", HUB), ("tasks.math.train", {"generate": {"problems": 8, "slice": 0}, "source": "s"})],
        "tasks.math.train.source",
        "only together with path",
    ),
    "name of no repository": (
        [("sources.s", HUB | {"hub": "b"})],
        "sources.s.hub",
        "does not fit: Name of the repository",
    ),
    "reserved model": ([("models.reference", {"path": "m"})], "models.reference", "this name is reserved"),
    "half a share": (
        [("tasks.math.train", {"path": "x", "share": [0.5]})],
        "tasks.math.train.share",
        "at least 2, not 1",
    ),
    "name for a path": ([("models.a/b", {"path": "m"})], "models.a/b", "not usable as a name; Letters, digits"),
    "hidden name": ([(("tables", ".x"), ["random"])], "tables..x", "not usable as a name"),
    "reserved method": ([("methods.base", DEFAULT["methods"]["nsr"])], "methods.base", "reserved; choose another"),
    "reserved data set": (
        [("tasks.math.benchmarks.train", {"path": "x"})],
        "tasks.math.benchmarks.train",
        "this name is reserved",
    ),
    "results folder": ([("results_dir", "my results")], "results_dir", "no white space and no braces"),
    # What one key says about another.
    "study's model": ([("study.models.0", "qwen3")], "study.models[0]", "no such model: qwen3; did you mean qwen2?"),
    "study's task": ([("study.tasks.1", "operatoin")], "study.tasks[1]", "did you mean operation?"),
    "study's method": ([("study.methods.0", "truth")], "study.methods[0]", "did you mean ground_truth?"),
    "table's method": ([("tables", {"rq1": ["nsr", "randm"]})], "tables.rq1[1]", "no such method: randm; did you mean"),
    "released variant": (
        [("released.nsr", "nsr_grp")],
        "released.nsr",
        "no such method: nsr_grp; did you mean nsr_grpo?",
    ),
    "sample problems": ([("report.sample_problems", 0)], "report.sample_problems", "must be at least 1, not 0"),
    "family": (
        [("tasks.math.family", "adition")],
        "tasks.math.family",
        "no such family: adition; did you mean addition",
    ),
    "template": ([("tasks.math.template", "labs")], "tasks.math.template", "no such template: labs; did you mean lab?"),
    "reward": ([("methods.random.reward", "rando")], "methods.random.reward", "did you mean random?"),
    "advantage": ([("methods.nsr.advantage", "nsr_gpo")], "methods.nsr.advantage", "did you mean nsr_grpo?"),
    "heads for vllm": ([("sampler", "vllm")], "lab.heads", "not 16; write 2"),
    "heads for verl": ([("trainer", "verl")], "lab.heads", "not 16; write 2"),
    "tensor parallel": ([("engine.gpus", 8), ("engine.tensor_parallel", 3)], "engine.tensor_parallel", "the 8 GPUs"),
    "GPUs of a verl job": (
        [("trainer", "verl"), ("lab.heads", 2), ("engine.device", "cuda"), ("engine.gpus", 8)],
        "cluster.jobs.train_policy.gpus",
        "must be engine.gpus, 8, not 0",
    ),
    "GPUs of a vLLM job": (
        [
            ("sampler", "vllm"),
            ("lab.heads", 2),
            ("engine.device", "cuda"),
            ("cluster.jobs.complete_questions.gpus", 1),
            ("cluster.jobs.sample_shard", {"cpus": 1, "gpus": 2, "memory_mb": 900, "minutes": 9}),
        ],
        "cluster.jobs.sample_shard.gpus",
        "must be engine.tensor_parallel, 1, not 2",
    ),
    "verl's mini batch": (
        [("trainer", "verl"), ("lab.heads", 2), ("engine.gpus", 3)],
        "training.mini_batch",
        "a multiple of a run's 3 GPUs",
    ),
    "no dials": ([("models.llama.lab.tasks.math", REMOVE)], "models.llama.lab.tasks.math", "add its alignment and"),
    "dials of no task": (
        [("models.llama.lab.tasks.maths", {"alignment": 0.5, "contamination": 0})],
        "models.llama.lab.tasks.maths",
        "no such task; did you mean math?",
    ),
    "dials of a file": (
        [
            ("tasks.real_math", REAL_MATH | {"family": "addition"}),
            ("models.qwen2.lab.tasks.real_math", {"alignment": 0.5, "contamination": 0}),
        ],
        "models.qwen2.lab.tasks.real_math",
        "the lab cannot write documents about",
    ),
    "no window": (
        [("probe.windows.weak", REMOVE)],
        "models.llama.lab.tasks.math.expect",
        "probe.windows has no weak; add it there",
    ),
    "same slice": (
        [("tasks.math.benchmarks.math_fresh.generate.slice", 1)],
        "tasks.math.benchmarks.math_fresh.generate.slice",
        "1 is the slice of math_test too, so they would overlap; free: 2, 3, 4, 5, 6, 7",
    ),
    "train's slice": (
        [("tasks.math.benchmarks.math_test.generate.slice", 0)],
        "tasks.math.benchmarks.math_test.generate.slice",
        "0 is the slice of train too",
    ),
    "data set twice": (
        [("tasks.cipher.benchmarks.math_test", {"generate": {"problems": 8, "slice": 5}})],
        "tasks.cipher.benchmarks.math_test",
        "task math has a benchmark of this name too; rename one",
    ),
    "source": (
        [("sources.s", HUB), ("tasks.new", REAL_MATH | {"train": {"path": "x", "source": "t"}})],
        "tasks.new.train.source",
        "no such source: t; known here: s",
    ),
    "source of another kind": (
        [("sources.s", HUB), ("models.new", {"source": "s"})],
        "models.new.source",
        "sources.s is a dataset, not a model",
    ),
    "family of a data set": (
        [("tasks.new", REAL_MATH | {"train": {"path": "x", "family": "kor_bnch"}})],
        "tasks.new.train.family",
        "no such family: kor_bnch; did you mean kor_bench?",
    ),
    "key of another family": (
        [("tasks.new", REAL_MATH | {"train": {"path": "x", "family": "bbh", "category": "cipher"}})],
        "tasks.new.train.category",
        "the family bbh does not read this, only kor_bench; remove it",
    ),
    "empty share": (
        [("tasks.new", REAL_MATH | {"train": {"path": "x", "share": [0.5, 0.5]}, "benchmarks": {"n": {"path": "y"}}})],
        "tasks.new.train.share",
        "must go up, not from 0.5 to 0.5",
    ),
    "shares that overlap": (
        [("tasks.new", REAL_MATH | {"train": {"path": "x"}, "benchmarks": {"n": {"path": "x", "share": [0, 0.1]}}})],
        "tasks.new.benchmarks.n.share",
        "overlaps with train, which takes 0 to 1 of the same problems",
    ),
    "heads": ([("lab.heads", 5)], "lab.hidden_size", "must be a multiple of twice the 5 heads, not 64"),
    "no format": (
        [("lab.formats", dict.fromkeys(DEFAULT["lab"]["formats"], 0))],
        "lab.formats",
        "no format with a chain has a share",
    ),
    "answers alone": (
        [("lab.formats", dict.fromkeys(DEFAULT["lab"]["formats"], 0) | {"answer_only": 1})],
        "lab.formats",
        "no format with a chain has a share",
    ),
    "no top-p 1": ([("sampling.top_p", [0.7])], "sampling.top_p", "add 1.0"),
    "contamination fraction": (
        [("probe.contamination_fraction", 0.5)],
        "probe.contamination_fraction",
        "must be one of prompt_fractions [0.4, 0.6, 0.8], not 0.5",
    ),
    "alignment k": ([("probe.alignment_k", 128)], "probe.alignment_k", "at most sampling.base_samples, 64, not 128"),
    "window's k": ([("probe.windows.weak.1.k", 65)], "probe.windows.weak[1].k", "at most sampling.base_samples, 64"),
    "window upside down": (
        [("probe.windows.strong.0.low", 0.8)],
        "probe.windows.strong[0].low",
        "at most `high`, 0.75",
    ),
    "mini batch": ([("training.mini_batch", 17)], "training.mini_batch", "at most training.prompts, 16, not 17"),
}


# These break a second rule: each dial misses the window; the reserved data set is a file that no lab can write about.
SEVERAL = {"no window", "reserved data set"}


@pytest.mark.parametrize("name", BAD)
def test_a_mistake_is_named_once_with_a_remedy(name):
    changes, where, said = BAD[name]
    found = lines(changed(*changes))
    mine = [line for line in found if line.startswith(f"{where}: ")]
    assert len(mine) == 1
    assert said in mine[0]
    assert found == mine or name in SEVERAL


def test_pitfalls_of_yaml_itself():
    text = "study:\nresults_dir: no\ntraining: {learning_rate: 1e-6, steps: 1_0}\nmethods: {on: {reward: random}}"
    written = yaml.safe_load(text)
    for section in ("training", "methods"):
        written[section] = DEFAULT[section] | written[section]
    assert {line.split(": ")[0]: re.split("[;:] ", line)[-1] for line in lines(DEFAULT | written)} == {
        "study": "fill it in, or remove the line",
        "results_dir": "put it in quotes",
        "training.learning_rate": "write 1.0e-6",
        "methods.true": "put it in quotes",
    }


def test_all_problems_are_reported_at_once():
    found = lines(
        changed(
            ("training.learning_rate", "1e-6"),
            ("training.stps", 3),
            ("methods.random.data", "trian"),
            ("study.models", ["qwen3"]),
            ("tasks.math.family", "maths"),
            ("probe.alignment_k", 100),
        )
    )
    assert {line.split(": ")[0] for line in found} == {
        "training.learning_rate",
        "training.stps",
        "methods.random.data",
        "study.models[0]",
        "tasks.math.family",
        "probe.alignment_k",
    }


def test_every_missing_section_is_named():
    assert {line.split(": ")[0] for line in lines({})} == set(DEFAULT)


# ---------------------------------------------------------------------------------------------------- any config at all


def places(node, where=()):
    """Where something stands in the default config."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield (*where, key)
        yield from places(child, (*where, key))


words = st.sampled_from(["qwen2", "math", "weak", "grpo", "base", "1e-6", "", "a b"])
scalars = st.none() | st.booleans() | st.integers(-2, 100) | st.floats() | words
values = st.recursive(
    scalars, lambda v: st.lists(v, max_size=2) | st.dictionaries(words | st.integers(), v, max_size=2), max_leaves=4
)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(list(places(DEFAULT))), values), min_size=1, max_size=2))
def test_any_mistake_is_a_config_error_with_a_key_in_each_line(changes):
    try:
        bad = changed(*changes)
    except (TypeError, KeyError, IndexError, ValueError, AttributeError):
        return  # the first change took the second one's place away
    try:
        check_config(bad, SCHEMA)
    except ConfigError as error:
        for line in str(error).splitlines():
            assert re.match(r"[\w.\[\] -]+: \S", line), line


# ----------------------------------------------------------------------------------------------------------- the schema


def schemas(node, where="config"):
    """Each schema of a property, a map's value or a definition's part, with its place."""
    if isinstance(node, dict):
        for key, child in node.get("properties", {}).items():
            yield f"{where}.{key}", child
            yield from schemas(child, f"{where}.{key}")
        for key in ("additionalProperties", "items"):
            if isinstance(node.get(key), dict):
                yield from schemas(node[key], f"{where}.*")
        if isinstance(node.get("additionalProperties"), dict):
            yield f"{where}.*", node["additionalProperties"]
        for key, child in node.get("$defs", {}).items():
            yield from schemas(child, f"{where}.$defs.{key}")


def test_every_property_is_described_and_every_section_is_closed():
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    found = dict(schemas(schema))
    assert len(found) > 90
    for where, node in found.items():
        assert len(node.get("description", "")) >= 15, where
        if node.get("type") == "object":
            assert "additionalProperties" in node, where
    assert set(schema["properties"]) == set(DEFAULT) == set(schema["required"])


def test_the_schema_knows_what_the_code_knows():
    properties = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))["properties"]
    corpus = pytest.importorskip("mtalign.lab.corpus")
    formats = properties["lab"]["properties"]["formats"]
    assert list(formats["properties"]) == formats["required"] == list(corpus.FORMATS)
    lab = properties["models"]["additionalProperties"]["properties"]["lab"]["properties"]
    expect = lab["tasks"]["additionalProperties"]["properties"]["expect"]["enum"]
    assert set(expect) == set(properties["probe"]["properties"]["windows"]["properties"])


def test_the_check_imports_neither_numpy_nor_torch_nor_snakemake():
    code = (
        "import sys; from pathlib import Path; import yaml; from mtalign.config import check_config; "
        "check_config(yaml.safe_load(Path(sys.argv[1]).read_text()), Path(sys.argv[2])); "
        "sys.exit(' '.join({'numpy', 'torch', 'snakemake'} & set(sys.modules)) or None)"
    )
    command = [sys.executable, "-c", code, str(ROOT / "config.yaml"), str(SCHEMA)]
    done = subprocess.run(command, env={"PYTHONPATH": str(ROOT / "workflow_scripts")}, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
