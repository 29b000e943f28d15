"""The shipped configs pass; each kind of mistake is named, with its key and a remedy."""

import copy
import json
import re
import subprocess
import sys
from functools import reduce
from operator import getitem
from typing import get_args

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from mtalign.errors import ConfigError
from mtalign.study.checks import check_config
from mtalign.study.config import Dials, Formats, Windows, exported
from snakemake.utils import update_config

from tests.places import REPOSITORY

SCHEMA = REPOSITORY / "rules/schemas/config.schema.json"


def load(name: str) -> dict:
    return yaml.safe_load((REPOSITORY / name).read_text(encoding="utf-8"))


DEFAULT = load("config.yaml")
OVERLAYS = sorted(path.stem for path in REPOSITORY.glob("config/*.yaml") if path.stem != "claims")
BAD = load("tests/unit/study/bad_configs.yaml")


def changed(overlay: dict, remove: tuple[str, ...] = ()) -> dict:
    """The default config without some keys (dotted), and with an overlay merged into it as Snakemake does."""
    result = copy.deepcopy(DEFAULT)
    for where in remove:
        *parents, last = where.split(".")
        del reduce(getitem, parents, result)[last]
    update_config(result, copy.deepcopy(overlay))
    return result


def lines(bad: dict) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        check_config(bad)
    return str(caught.value).splitlines()


@pytest.mark.parametrize("overlay", [None, *OVERLAYS])
def test_shipped_configs_pass(overlay):
    merged = changed(load(f"config/{overlay}.yaml") if overlay else {})
    before = copy.deepcopy(merged)
    check_config(merged)
    assert merged == before
    Draft202012Validator(json.loads(exported())).validate(merged)


def test_a_model_in_a_folder_studies_real_data():
    data = load("config/real-data.yaml")["tasks"]["real_math"] | {"family": "addition"}
    overlay = {
        "models": {"mine": {"path": "/models/mine"}},
        "tasks": {"real_math": data | {"train": {"path": "train.json", "limit": 10}}},
        "study": {"models": ["mine"], "tasks": ["real_math"]},
        "tables": {"rq1": ["ground_truth", "random"]},
    }
    check_config(changed(overlay, remove=("tables",)))


@pytest.mark.parametrize("case", BAD, ids=lambda case: str(case["says"]))
def test_a_mistake_is_named_once_with_a_remedy(case):
    says = case["says"]
    assert lines(changed(case.get("change", {}), case.get("remove", ()))) == ([says] if isinstance(says, str) else says)


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
            {
                "training": {"learning_rate": "1e-6", "stps": 3},
                "methods": {"random": {"data": "trian"}},
                "study": {"models": ["qwen3"]},
                "tasks": {"math": {"family": "maths"}},
                "probe": {"alignment_k": 100},
            }
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
    bad = copy.deepcopy(DEFAULT)
    try:
        for (*parents, last), value in changes:
            reduce(getitem, parents, bad)[last] = value
    except (TypeError, KeyError, IndexError):
        return  # the first change took the second one's place away
    try:
        check_config(bad)
    except ConfigError as error:
        for line in str(error).splitlines():
            assert re.match(r"[\w.\[\] -]+: \S", line), line


# ----------------------------------------------------------------------------------------------------------- the schema


def sections(node):
    """Each schema of a property, of a map's value and of a definition, with its name."""
    for key, child in node.items() if isinstance(node, dict) else ():
        if key in ("properties", "patternProperties", "$defs"):
            yield from child.items()
        elif key == "additionalProperties" and isinstance(child, dict):
            yield key, child
        yield from sections(child)


def test_the_schema_is_that_of_the_models():
    assert SCHEMA.read_text(encoding="utf-8") == exported(), "stale: run `make schema`"


def test_every_property_is_described_and_every_section_is_closed():
    schema = json.loads(exported())
    Draft202012Validator.check_schema(schema)
    found = list(sections(schema))
    assert len(found) > 90
    for where, node in found:
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].removeprefix("#/$defs/")]
        assert len(node.get("description", "")) >= 15, where
        if node.get("type") == "object":
            assert "additionalProperties" in node, where
    assert set(schema["properties"]) == set(DEFAULT) == set(schema["required"])


def test_the_models_know_what_the_code_knows():
    corpus = pytest.importorskip("mtalign.lab.corpus")
    assert list(Formats.model_fields) == list(corpus.FORMATS)
    assert all(field.is_required() for field in Formats.model_fields.values())
    assert set(get_args(Dials.model_fields["expect"].annotation)) == set(Windows.model_fields)


def test_the_check_imports_neither_numpy_nor_torch_nor_snakemake():
    code = (
        "import sys; from pathlib import Path; import yaml; from mtalign.study.checks import check_config; "
        "check_config(yaml.safe_load(Path(sys.argv[1]).read_text())); "
        "sys.exit(' '.join({'numpy', 'torch', 'snakemake', 'jsonschema'} & set(sys.modules)) or None)"
    )
    command = [sys.executable, "-c", code, str(REPOSITORY / "config.yaml")]
    environment = {"PYTHONPATH": str(REPOSITORY / "workflow_scripts")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
