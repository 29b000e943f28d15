"""Is a config usable? The schema first, then what one key says about another; all problems at once.

Standard library, jsonschema and PyYAML only: this runs wherever the workflow is parsed. Must not know Snakemake, nor
import a family, a reward or an advantage (their files are only listed).
"""

import math
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from mtalign import tasks, templates
from mtalign.errors import ConfigError

_Path = tuple[str | int, ...]
_Problem = tuple[_Path, str]  # where, and one line that says what is wrong and what to do

_TYPES = {
    "object": "a section (lines of `key: value`)",
    "array": "a list",
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
}
_LIMITS = {
    "minimum": "must be at least {}, not {}",
    "maximum": "must be at most {}, not {}",
    "exclusiveMinimum": "must be greater than {}, not {}",
    "exclusiveMaximum": "must be less than {}, not {}",
    "minItems": "must hold at least {}, not {}",
    "maxItems": "must hold at most {}, not {}",
    "minProperties": "needs at least {} entry, not {}",
    "minLength": "must not be empty",
}
# Keys of a data set that only some families read.
_READ_BY = {"category": ("kor_bench",), "task": ("bbh", "bbeh"), "split": ("mbpp",)}
_CHANGES_SHAPE = ("type", "required", "oneOf", "minItems", "maxItems")

# As JSON schema's, but 2.0 is no whole number (`range` refuses it), and infinity and NaN are no numbers.
_CHECKER = Draft202012Validator.TYPE_CHECKER.redefine_many(
    {
        "integer": lambda _, value: isinstance(value, int) and not isinstance(value, bool),
        "number": lambda _, value: (
            isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        ),
    }
)
_Validator = extend(Draft202012Validator, type_checker=_CHECKER)


def check_config(config: dict, schema_path: Path) -> None:
    """Check a config, with all overlays merged into it.

    Raises:
        ConfigError: names every problem. A relation between two sections is not checked while one of them has
            something missing or of the wrong type.
    """
    schema = yaml.safe_load(schema_path.read_text(encoding="utf-8"))
    problems: list[_Problem] = []
    config = _text_keys(config, (), problems)
    broken = set()
    for error in _Validator(schema).iter_errors(config):
        found = list(_explain(error))
        problems += found
        if error.validator in _CHANGES_SHAPE:
            broken.update(where[0] for where, _ in found)
    reported = {where for where, _ in problems}
    for check, sections in _RELATIONS.items():
        if not broken.intersection(sections):
            problems += [problem for problem in check(config) if problem[0] not in reported]
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


# ---------------------------------------------------------------------------------------------- what the schema finds


def _text_keys(node: object, where: _Path, problems: list[_Problem]) -> object:
    """A copy without keys that are not text, which the schema could not look at."""
    if isinstance(node, list):
        return [_text_keys(item, (*where, i), problems) for i, item in enumerate(node)]
    if not isinstance(node, dict):
        return node
    for key in node:
        if not isinstance(key, str):
            said = "YAML reads on, off, yes and no as true and false; " if isinstance(key, bool) else ""
            problems.append(((*where, _show(key)), f"a key must be text, not {_show(key)}; {said}put it in quotes"))
    return {key: _text_keys(value, (*where, key), problems) for key, value in node.items() if isinstance(key, str)}


def _explain(error: ValidationError) -> Iterator[_Problem]:
    """What a user can do about an error of the schema; nothing where another error of the same value says it better."""
    where, value, rule, limit = tuple(error.absolute_path), error.instance, error.validator, error.validator_value
    properties = error.schema.get("properties", {})
    if value is None:
        yield where, "is empty; fill it in, or remove the line"
    elif "propertyNames" in error.schema_path:
        if rule == "not":
            yield (*where, value), "this name is reserved; choose another one"
        else:
            yield (*where, value), f"not usable as a name; {error.schema['description']}"
    elif rule == "required":
        for key in limit:
            if key not in value:
                yield (*where, key), f"missing; add it ({properties[key]['description'].rstrip('.')})"
    elif rule == "additionalProperties":
        for key in value:
            if key not in properties:
                yield (*where, key), f"unknown key; {_nearest(key, properties)}"
    elif rule == "oneOf":
        if isinstance(value, dict):
            yield where, _alternatives([option["required"][0] for option in limit], value)
    elif rule == "dependentRequired":
        for key in value.keys() & limit.keys():
            yield (*where, key), f"only together with {', '.join(limit[key])}; remove it"
    elif rule == "type":
        yield where, _wrong_type(value, limit)
    elif rule == "enum":
        if isinstance(value, str):
            close = get_close_matches(value, limit, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            yield where, f"must be one of {', '.join(limit)}, not {value!r}{hint}"
    elif rule == "uniqueItems":
        twice = next(item for i, item in enumerate(value) if item in value[:i])
        yield where, f"{twice} stands there twice; remove one"
    elif rule in _LIMITS:
        yield where, _LIMITS[rule].format(limit, value if isinstance(value, int | float) else len(value))
    else:
        yield where, f"{_show(value)} does not fit: {error.schema.get('description', error.message)}"


def _alternatives(options: list[str], value: dict) -> str:
    given = [option for option in options if option in value]
    if not given:
        return f"needs one of {', '.join(options)}; add one"
    return (
        f"has {' and '.join(given)}, but needs exactly one; remove one "
        "(an overlay only adds keys to a block: give the block another name there)"
    )


def _wrong_type(value: object, wanted: str) -> str:
    said = f"must be {_TYPES[wanted]}, not {_show(value)}"
    scalar = not isinstance(value, dict | list)
    if wanted == "string" and isinstance(value, bool):
        return f"{said}; YAML reads on, off, yes and no as true and false: put it in quotes"
    if wanted == "string" and scalar:
        return f"{said}; put it in quotes"
    if wanted == "array" and scalar:
        return f"{said}; write [{value}]"
    if wanted == "boolean" and str(value).lower() in ("true", "false"):
        return f"{said}; remove the quotes"
    if wanted in ("integer", "number") and isinstance(value, str | float):
        literal = _literal(str(value), wanted)
        return f"{said}; write {literal}" if literal else said
    return said


def _literal(text: str, wanted: str) -> str | None:
    """How to write a number so that YAML reads it as one, or None where the text is no such number.

    >>> _literal("1e-6", "number"), _literal("1e3", "integer"), _literal("2.5", "integer")
    ('1.0e-6', '1000', None)
    """
    try:
        number = float(text)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    if wanted == "integer":
        return str(int(number)) if number.is_integer() else None
    mantissa, e, exponent = text.lower().partition("e")
    if not e:
        return text
    point = "" if "." in mantissa else ".0"
    sign = "" if exponent[0] in "+-" else "+"
    return f"{mantissa}{point}e{sign}{exponent}"


# ----------------------------------------------------------------------------------- what one key says about another


def _study(config: dict) -> Iterator[_Problem]:
    """The study names models, tasks and methods that there are."""
    for kind in ("models", "tasks", "methods"):
        for i, name in enumerate(config["study"][kind]):
            if name not in config[kind]:
                yield ("study", kind, i), f"no such {kind[:-1]}: {name}; {_nearest(name, config[kind])}"


def _tables(config: dict) -> Iterator[_Problem]:
    """The tables name methods that there are."""
    for table, names in config["tables"].items():
        for i, name in enumerate(names):
            if name not in config["methods"]:
                yield ("tables", table, i), f"no such method: {name}; {_nearest(name, config['methods'])}"


def _data_sets(task: dict) -> dict[tuple[str, ...], dict]:
    """The blocks of a task's data sets, by where they stand in the task."""
    return {("train",): task["train"]} | {("benchmarks", name): block for name, block in task["benchmarks"].items()}


def _released(config: dict) -> Iterator[_Problem]:
    """The pairs of described and released variants name methods that there are."""
    for described, released in config["released"].items():
        for name in (described, released):
            if name not in config["methods"]:
                yield ("released", described), f"no such method: {name}; {_nearest(name, config['methods'])}"


def _task_files(config: dict) -> Iterator[_Problem]:
    """A family has a file, and a template exists; a key that some families read is given to those only."""
    known = {"family": tasks.families(), "template": templates.TEMPLATES}
    for name, task in config["tasks"].items():
        for where, block in {(): task, **_data_sets(task)}.items():
            for key, names in known.items():
                if key in block and block[key] not in names:
                    yield ("tasks", name, *where, key), f"no such {key}: {block[key]}; {_nearest(block[key], names)}"
            for key, readers in _READ_BY.items():
                family = block.get("family", task["family"])
                if key in block and family not in readers:
                    said = f"the family {family} does not read this, only {', '.join(readers)}; remove it"
                    yield ("tasks", name, *where, key), said


def _sources(config: dict) -> Iterator[_Problem]:
    """Data sets and models refer to sources that there are and that hold what they need."""
    users = {("models", name): ("model", block) for name, block in config["models"].items()}
    for name, task in config["tasks"].items():
        users |= {("tasks", name, *where): ("dataset", block) for where, block in _data_sets(task).items()}
    for where, (kind, block) in users.items():
        if (source := block.get("source")) is None:
            continue
        if source not in config["sources"]:
            yield (*where, "source"), f"no such source: {source}; {_nearest(source, config['sources'])}"
        elif config["sources"][source]["kind"] != kind:
            yield (*where, "source"), f"sources.{source} is a {config['sources'][source]['kind']}, not a {kind}"


def _method_files(config: dict) -> Iterator[_Problem]:
    """A method's reward and advantage have files."""
    for key in ("reward", "advantage"):
        files = (Path(__file__).parent / f"{key}s").glob("*.py")
        names = sorted(file.stem for file in files if file.stem != "__init__")
        for name, method in config["methods"].items():
            if method[key] not in names:
                yield ("methods", name, key), f"no such {key}: {method[key]}; {_nearest(method[key], names)}"


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
        said = (
            f"vLLM computes heads of 32, 64, ... channels, not {channels}; write {config['lab']['hidden_size'] // 32}"
        )
        yield ("lab", "heads"), said
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


# The checks, with the sections that each one reads.
_RELATIONS: dict[Callable[[dict], Iterator[_Problem]], tuple[str, ...]] = {
    _study: ("study", "models", "tasks", "methods"),
    _tables: ("tables", "methods"),
    _released: ("released", "methods"),
    _task_files: ("tasks",),
    _sources: ("sources", "models", "tasks"),
    _method_files: ("methods",),
    _dials: ("models", "tasks", "study", "probe"),
    _overlaps: ("tasks",),
    _lab: ("lab",),
    _samples: ("sampling", "probe"),
    _batches: ("training",),
    _engine: ("engine", "training", "trainer", "sampler", "models", "study", "lab"),
    _gpus: ("engine", "cluster", "trainer", "sampler"),
}
