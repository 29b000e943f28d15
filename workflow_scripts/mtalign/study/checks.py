"""Is a config usable? The models first, then what one key says about another; all problems at once.

Standard library and pydantic only: this runs wherever the workflow is parsed. Must not know Snakemake, nor import a
family, a reward or an advantage (their files are only listed).
"""

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from difflib import get_close_matches
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Annotated, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mtalign import tasks
from mtalign.data import prompt_templates
from mtalign.errors import ConfigError
from mtalign.study.config import PATTERNS, Config, Section

_Path = tuple[str | int, ...]
_Problem = tuple[_Path, str]  # where, and one line that says what is wrong and what to do

# pydantic's words for what went wrong -> ours.
_TYPES = {
    "model_type": "a section (lines of `key: value`)",
    "dict_type": "a section (lines of `key: value`)",
    "list_type": "a list",
    "string_type": "text",
    "literal_error": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
}
_LIMITS = {
    "greater_than_equal": "must be at least {ge:g}, not {value}",
    "less_than_equal": "must be at most {le:g}, not {value}",
    "greater_than": "must be greater than {gt:g}, not {value}",
    "less_than": "must be less than {lt:g}, not {value}",
    "too_short": "must hold at least {min_length}, not {actual_length}",
    "too_long": "must hold at most {max_length}, not {actual_length}",
    "string_too_short": "must not be empty",
}
# Keys of a data set that only some families read.
_READ_BY = {"category": ("kor_bench",), "task": ("bbh", "bbeh"), "split": ("mbpp",)}


class _Broken(Exception):
    """A check reads a section that is not sound."""


class _Sound(dict):
    """The sections that lack nothing, with values of the right types."""

    def __missing__(self, section: str) -> None:
        raise _Broken


def check_config(config: dict) -> None:
    """Check a config, with all overlays merged into it.

    Raises:
        ConfigError: names every problem. A relation between two sections is not checked while one of them has
            something missing or of the wrong type.
    """
    problems: list[_Problem] = []
    config = _text_keys(config, (), problems)
    sound = _Sound(config)
    try:
        Config.model_validate(config)
    except ValidationError as errors:
        for error in errors.errors(include_url=False):
            for where, text, is_sound in _explain(error, config):
                problems.append((where, text))
                if not is_sound:
                    sound.pop(where[0], None)
    reported = {where for where, _ in problems}
    for check in _RELATIONS:
        with suppress(_Broken, ZeroDivisionError):  # no divisor may be 0, so that has been said
            problems += (problem for problem in check(sound) if problem[0] not in reported)
    if problems:
        raise ConfigError("\n".join(dict.fromkeys(f"{_dotted(where)}: {text}" for where, text in problems)))


def _dotted(where: _Path) -> str:
    """
    >>> _dotted(("probe", "windows", "weak", 0, "low"))
    'probe.windows.weak[0].low'
    """
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in where).lstrip(".")


def _show(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f"the text {value!r}"
        case dict():
            return "a section"
        case list():
            return "a list"
    return str(value)


def _nearest(name: str, known: Iterable[str]) -> str:
    """A remedy for a misspelt name: the nearest known one, or else all."""
    known = list(known)
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else f"known here: {', '.join(known) or 'nothing'}"


# ---------------------------------------------------------------------------------------------- what the models find


def _text_keys(node: object, where: _Path, problems: list[_Problem]) -> object:
    """A copy without keys that are not text."""
    if isinstance(node, list):
        return [_text_keys(item, (*where, i), problems) for i, item in enumerate(node)]
    if not isinstance(node, dict):
        return node
    for key in node:
        if not isinstance(key, str):
            said = "YAML reads on, off, yes and no as true and false; " if isinstance(key, bool) else ""
            problems.append(((*where, _show(key)), f"a key must be text, not {_show(key)}; {said}put it in quotes"))
    return {key: _text_keys(value, (*where, key), problems) for key, value in node.items() if isinstance(key, str)}


def _place(steps: _Path) -> tuple[_Path, dict[str | None, type[Section]], object]:
    """Where pydantic's steps lead, some of which are tags: the path, the section of its last key with its alternatives,
    by their tags, and what the value must be."""
    where, options, wanted = (), {}, Config
    for step in steps:
        wanted = get_args(wanted)[0] if get_origin(wanted) is Annotated else wanted
        if get_origin(wanted) is Union:
            options = {tag.tag: option for option, tag in map(get_args, get_args(wanted))}
            wanted = options[step]
            continue
        where = (*where, step)
        if get_origin(wanted) in (list, dict):
            wanted = get_args(wanted)[-1]
        else:
            options = options if wanted in options.values() else {None: wanted}
            wanted = wanted.model_fields[step].annotation if step in wanted.model_fields else None
    return where, options, wanted


def _explain(error: ErrorDetails, config: dict) -> Iterator[tuple[_Path, str, bool]]:
    """What a user can do about an error of the models, and whether checks may read its section all the same; nothing
    where another error says it better."""
    rule, value, limits = error["type"], error["input"], error.get("ctx", {})
    is_name = error["loc"][-1] == "[key]" and rule != "extra_forbidden"
    where, options, wanted = _place(error["loc"][:-1] if is_name else error["loc"])
    known = {name: field for option in options.values() for name, field in option.model_fields.items()}
    words = known[where[-1]].description or wanted.__doc__ if where[-1] in known else ""
    if rule == "string_pattern_mismatch":
        meant = PATTERNS.get(limits["pattern"], words)
        yield where, f"not usable as a name; {meant}" if is_name else f"{_show(value)} does not fit: {meant}", True
    elif rule == "missing" and where[-1] in options:
        yield where[:-1], f"needs one of {', '.join(options)}; add one", False
    elif rule == "missing":
        yield where, f"missing; add it ({words.rstrip('.')})", False
    elif rule == "extra_forbidden" and where[-1] in known:  # of an alternative
        block = reduce(getitem, where[:-1], config)
        owners = [tag for tag, option in options.items() if where[-1] in option.model_fields]
        if where[-1] in options:
            remedy = "remove one (an overlay only adds keys to a block: give the block another name there)"
            given = " and ".join(tag for tag in options if tag in block)
            yield where[:-1], f"has {given}, but needs exactly one; {remedy}", False
        elif not block.keys() & owners:
            yield where, f"only together with {', '.join(owners)}; remove it", False
    elif rule == "extra_forbidden":
        yield where, f"unknown key; {_nearest(where[-1], known)}", True
    elif value is None:
        yield where, "is empty; fill it in, or remove the line", False
    elif rule == "literal_error" and isinstance(value, str):
        close = get_close_matches(value, get_args(wanted), n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        yield where, f"must be one of {', '.join(get_args(wanted))}, not {value!r}{hint}", True
    elif rule in _TYPES:
        yield where, _wrong_type(value, _TYPES[rule]), False
    elif rule in _LIMITS:
        said = "needs at least {min_length} entry, not {actual_length}" if isinstance(value, dict) else _LIMITS[rule]
        yield where, said.format(value=value, **limits), not isinstance(value, list)
    else:
        yield where, error["msg"], True


def _wrong_type(value: object, wanted: str) -> str:
    said = f"must be {wanted}, not {_show(value)}"
    scalar = not isinstance(value, dict | list)
    if wanted == "text" and isinstance(value, bool):
        return f"{said}; YAML reads on, off, yes and no as true and false: put it in quotes"
    if wanted == "text" and scalar:
        return f"{said}; put it in quotes"
    if wanted == "a list" and scalar:
        return f"{said}; write [{value}]"
    if wanted == "true or false" and str(value).lower() in ("true", "false"):
        return f"{said}; remove the quotes"
    if wanted in ("a whole number", "a number") and isinstance(value, str | float):
        literal = _literal(str(value), wanted)
        return f"{said}; write {literal}" if literal else said
    return said


def _literal(text: str, wanted: str) -> str | None:
    """How to write a number so that YAML reads it as one, or None where the text is no such number.

    >>> _literal("1e-6", "a number"), _literal("1e3", "a whole number"), _literal("2.5", "a whole number")
    ('1.0e-6', '1000', None)
    """
    try:
        number = float(text)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    if wanted == "a whole number":
        return str(int(number)) if number.is_integer() else None
    mantissa, e, exponent = text.lower().partition("e")
    if not e:
        return text
    point = "" if "." in mantissa else ".0"
    sign = "" if exponent[0] in "+-" else "+"
    return f"{mantissa}{point}e{sign}{exponent}"


# ----------------------------------------------------------------------------------- what one key says about another


def _known(where: _Path, kind: str, name: str, known: Iterable[str]) -> Iterator[_Problem]:
    """There is a thing of this kind and name."""
    if name not in known:
        yield where, f"no such {kind}: {name}; {_nearest(name, known)}"


def _study(config: dict) -> Iterator[_Problem]:
    """The study names models, tasks and methods that there are."""
    for kind in ("models", "tasks", "methods"):
        for i, name in enumerate(config["study"][kind]):
            yield from _known(("study", kind, i), kind[:-1], name, config[kind])


def _tables(config: dict) -> Iterator[_Problem]:
    """The tables name methods that there are."""
    for table, names in config["tables"].items():
        for i, name in enumerate(names):
            yield from _known(("tables", table, i), "method", name, config["methods"])


def _released(config: dict) -> Iterator[_Problem]:
    """The pairs of described and released variants name methods that there are."""
    for described, released in config["released"].items():
        for name in (described, released):
            yield from _known(("released", described), "method", name, config["methods"])


def _data_sets(task: dict) -> dict[tuple[str, ...], dict]:
    """The blocks of a task's data sets, by where they stand in the task."""
    return {("train",): task["train"]} | {("benchmarks", name): block for name, block in task["benchmarks"].items()}


def _task_files(config: dict) -> Iterator[_Problem]:
    """A family has a file, and a template exists; a key that some families read is given to those only."""
    known = {"family": tasks.families(), "template": prompt_templates.TEMPLATES}
    for name, task in config["tasks"].items():
        for where, block in {(): task, **_data_sets(task)}.items():
            for key in known:
                if key in block:
                    yield from _known(("tasks", name, *where, key), key, block[key], known[key])
            for key, readers in _READ_BY.items():
                family = block.get("family", task["family"])
                if key in block and family not in readers:
                    said = f"the family {family} does not read this, only {', '.join(readers)}; remove it"
                    yield ("tasks", name, *where, key), said


def _sources(config: dict) -> Iterator[_Problem]:
    """Data sets and models refer to sources that there are and that hold what they need."""
    sources = config["sources"]
    users = {("models", name): ("model", block) for name, block in config["models"].items()}
    for name, task in config["tasks"].items():
        users |= {("tasks", name, *where): ("dataset", block) for where, block in _data_sets(task).items()}
    for where, (kind, block) in users.items():
        if "source" in block:
            yield from _known((*where, "source"), "source", block["source"], sources)
            if (found := sources.get(block["source"], {"kind": kind})["kind"]) != kind:
                yield (*where, "source"), f"sources.{block['source']} is a {found}, not a {kind}"


def _method_files(config: dict) -> Iterator[_Problem]:
    """A method's reward and advantage have files."""
    for key in ("reward", "advantage"):
        files = (Path(__file__).parents[1] / f"{key}s").glob("*.py")
        names = sorted(file.stem for file in files if file.stem != "__init__")
        for name, method in config["methods"].items():
            yield from _known(("methods", name, key), key, method[key], names)


def _dials(config: dict) -> Iterator[_Problem]:
    """The lab's models have dials for the study's tasks, which exist and are ones that the lab can write about."""
    for name, model in config["models"].items():
        if "lab" not in model:
            continue
        where, dials = ("models", name, "lab", "tasks"), model["lab"]["tasks"]
        for task, dial in dials.items():
            if task not in config["tasks"]:
                yield (*where, task), f"no such task; {_nearest(task, config['tasks'])}"
            elif any("path" in source for source in _data_sets(config["tasks"][task]).values()):
                yield (*where, task), "the lab cannot write documents about a task that is read from files; remove this"
            if "expect" in dial and dial["expect"] not in config["probe"]["windows"]:
                yield (*where, task, "expect"), f"probe.windows has no {dial['expect']}; add it there, or remove this"
        if name in config["study"]["models"]:
            for task in config["study"]["tasks"]:
                if task in config["tasks"] and task not in dials:
                    yield (*where, task), "missing, but the study has this task; add its alignment and contamination"


def _overlaps(config: dict) -> Iterator[_Problem]:
    """Data sets have names of their own, and those of one task share no question."""
    owners: dict[str, str] = {}
    for name, task in config["tasks"].items():
        for benchmark in task["benchmarks"]:
            if owners.setdefault(benchmark, name) != name:
                where = ("tasks", name, "benchmarks", benchmark)
                yield where, f"task {owners[benchmark]} has a benchmark of this name too; rename one"
        yield from _shares(("tasks", name), task)
        sources = _data_sets(task).items()
        slices = {where: source["generate"]["slice"] for where, source in sources if "generate" in source}
        free = ", ".join(str(part) for part in range(8) if part not in slices.values())
        users: dict[int, str] = {}
        for where, part in slices.items():
            if users.setdefault(part, where[-1]) != where[-1]:
                said = f"{part} is the slice of {users[part]} too, so they would overlap; free: {free or 'none'}"
                yield ("tasks", name, *where, "generate", "slice"), said


def _shares(at: _Path, task: dict) -> Iterator[_Problem]:
    """A share is not empty, and those of the same problems do not overlap."""
    taken: list[tuple[dict, str, float, float]] = []
    for where, block in _data_sets(task).items():
        low, high = block.get("share", (0, 1))
        if low >= high:
            yield (*at, *where, "share"), f"must go up, not from {low} to {high}"
        of = {key: value for key, value in block.items() if key not in ("share", "template", "limit", "broken_rows")}
        for other, user, start, end in taken:
            if "path" in of and of == other and max(low, start) < min(high, end):
                yield (*at, *where, "share"), f"overlaps with {user}, which takes {start} to {end} of the same problems"
        taken.append((of, where[-1], low, high))


def _lab(config: dict) -> Iterator[_Problem]:
    """Heads have an even number of channels, as rotary positions need; skills can be shown."""
    lab = config["lab"]
    if lab["hidden_size"] % (2 * lab["heads"]):
        yield ("lab", "hidden_size"), f"must be a multiple of twice the {lab['heads']} heads, not {lab['hidden_size']}"
    if not any(share for name, share in lab["formats"].items() if name != "answer_only"):
        yield ("lab", "formats"), "no format with a chain has a share, so no procedure can be shown; raise one"


def _samples(config: dict) -> Iterator[_Problem]:
    """What the probe reads is sampled."""
    probe, sampling = config["probe"], config["sampling"]
    if 1.0 not in sampling["top_p"]:
        yield ("sampling", "top_p"), "alignment is measured at top-p 1; add 1.0"
    fraction, fractions = probe["contamination_fraction"], probe["prompt_fractions"]
    if fraction not in fractions:
        yield ("probe", "contamination_fraction"), f"must be one of prompt_fractions {fractions}, not {fraction}"
    ks: dict[_Path, int] = {("probe", "alignment_k"): probe["alignment_k"]}
    for expect in ("strong", "middle", "weak"):
        for i, window in enumerate(probe["windows"].get(expect, [])):
            where = ("probe", "windows", expect, i)
            ks[(*where, "k")] = window["k"]
            if window["low"] > window["high"]:
                yield (*where, "low"), f"must be at most `high`, {window['high']}, not {window['low']}"
    for where, k in ks.items():
        if k > sampling["base_samples"]:
            yield where, f"must be at most sampling.base_samples, {sampling['base_samples']}, not {k}; or raise that"


def _batches(config: dict) -> Iterator[_Problem]:
    """A mini batch is a part of a generation batch."""
    prompts, mini_batch = config["training"]["prompts"], config["training"]["mini_batch"]
    if mini_batch > prompts:
        yield ("training", "mini_batch"), f"must be at most training.prompts, {prompts}, not {mini_batch}"


def _engine(config: dict) -> Iterator[_Problem]:
    """verl's processes share mini batches evenly; vLLM's replicas fill the GPUs; it can compute the lab's models."""
    engine, training = config["engine"], config["training"]
    gpus = engine["gpus"] * engine["nodes"]
    if gpus % engine["tensor_parallel"]:
        said = f"must divide the {gpus} GPUs of a run, not {engine['tensor_parallel']}"
        yield ("engine", "tensor_parallel"), said
    uses_vllm = config["trainer"] == "verl" or config["sampler"] == "vllm"
    has_lab = any("lab" in config["models"][name] for name in config["study"]["models"] if name in config["models"])
    channels = config["lab"]["hidden_size"] // config["lab"]["heads"]
    if uses_vllm and has_lab and channels % 32:
        remedy = f"write {config['lab']['hidden_size'] // 32}"
        yield ("lab", "heads"), f"vLLM computes heads of 32, 64, ... channels, not {channels}; {remedy}"
    if config["trainer"] == "verl" and training["mini_batch"] * training["samples"] % gpus:
        said = f"times training.samples must be a multiple of a run's {gpus} GPUs, not {training['mini_batch']}"
        yield ("training", "mini_batch"), said


def _gpus(config: dict) -> Iterator[_Problem]:
    """A cluster's job gets the GPUs that its engine waits for."""
    engine, wanted = config["engine"], {}
    if config["trainer"] == "verl":
        wanted["train_policy"] = "gpus"
    if config["sampler"] == "vllm":
        sampling = ("complete_questions", "score_solutions", "sample_shard", "sample_elsewhere")
        wanted |= dict.fromkeys(sampling, "tensor_parallel")
    for rule, key in wanted.items():
        asked = config["cluster"]["jobs"].get(rule)
        if engine["device"] == "cuda" and asked and asked["gpus"] != engine[key]:
            yield ("cluster", "jobs", rule, "gpus"), f"must be engine.{key}, {engine[key]}, not {asked['gpus']}"


_RELATIONS: tuple[Callable[[dict], Iterator[_Problem]], ...] = (
    *(_study, _tables, _released, _task_files, _sources, _method_files, _dials),
    *(_overlaps, _lab, _samples, _batches, _engine, _gpus),
)
