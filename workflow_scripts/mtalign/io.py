"""Parquet in and out: the columns of every artifact, atomic writes, provenance. Must not know torch or any stage.

A table is written to a temporary name in its own folder and renamed, so nothing half-written ever stands under a final
name. Its metadata says which inputs (by content hash) and which parameters made it; nothing in a file depends on the
time or the machine's name, so equal work gives equal bytes.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from mtalign.spec import Verdict

_STRING, _INT, _FLOAT, _BOOL = pa.string(), pa.int32(), pa.float64(), pa.bool_()
_NAME = pa.dictionary(pa.int32(), pa.string())  # a string that many rows share
_MESSAGE = pa.struct([("role", _STRING), ("content", _STRING)])

_POLICY = [("model", _NAME), ("task", _NAME), ("method", _NAME), ("seed", _INT)]  # a base model: "base", seed -1
_RESPONSE = [*_POLICY, ("benchmark", _NAME), ("top_p", _FLOAT), ("problem_id", _NAME), ("sample", _INT)]

#: Artifact -> its columns. What a column means: mtalign/descriptions.py.
SCHEMAS: dict[str, pa.Schema] = {
    "data": pa.schema(
        [
            ("data_source", _STRING),
            ("prompt", pa.list_(_MESSAGE)),
            ("ability", _STRING),
            ("reward_model", pa.struct([("style", _STRING), ("ground_truth", _STRING)])),
            (
                "extra_info",
                pa.struct(
                    [
                        ("split", _STRING),
                        ("index", _INT),
                        ("question", _STRING),
                        ("family", _STRING),
                        ("extra", _STRING),
                    ]
                ),
            ),
            ("problem_id", _STRING),
        ]
    ),
    "corpus": pa.schema(
        [("part", _NAME), ("task", _NAME), ("prompt", _STRING), ("right", _STRING), ("wrong", _STRING)]
    ),
    "calibration": pa.schema(
        [
            ("use", _NAME),
            ("task", _NAME),
            ("prompt", _STRING),
            ("question", _STRING),
            ("answer", _STRING),
            ("responses", pa.list_(_STRING)),
        ]
    ),
    "pretraining": pa.schema([("step", _INT), ("task", _NAME), ("metric", _NAME), ("value", _FLOAT)]),
    "dials": pa.schema(
        [
            ("task", _NAME),
            ("seed", _INT),
            ("dial", _NAME),
            ("set", _FLOAT),
            ("measured", _FLOAT),
            ("standard_error", _FLOAT),
            ("n_questions", _INT),
            ("rounds", _INT),
        ]
    ),
    "rollouts": pa.schema(
        [
            *_RESPONSE,
            ("response", _STRING),
            ("tokens", pa.list_(_INT)),
            ("logprob", _FLOAT),
            ("finish_reason", _NAME),
        ]
    ),
    "scores": pa.schema([*_RESPONSE, ("formatted", _BOOL), ("extracted", _STRING), ("verdict", _NAME)]),
    "completions": pa.schema(
        [
            ("model", _NAME),
            ("task", _NAME),
            ("seed", _INT),
            ("benchmark", _NAME),
            ("fraction", _FLOAT),
            ("problem_id", _STRING),
            ("shown", _STRING),
            ("rest", _STRING),
            ("completion", _STRING),
        ]
    ),
    "expectations": pa.schema(
        [
            ("model", _NAME),
            ("task", _NAME),
            ("seed", _INT),
            ("quantity", _NAME),
            ("expect", _NAME),
            ("low", _FLOAT),
            ("high", _FLOAT),
            ("measured", _FLOAT),
            ("inside", _BOOL),
        ]
    ),
    "metrics": pa.schema([*_POLICY, ("step", _INT), ("metric", _NAME), ("value", _FLOAT)]),
    "visits": pa.schema([*_POLICY, ("step", _INT), ("problem_id", _NAME), ("accuracy", _FLOAT)]),
    "selection": pa.schema(
        [("problem_id", _STRING), ("rank", _INT), ("std", _FLOAT), ("mean", _FLOAT), ("visits", _INT)]
    ),
    # ------------------------------------------------------------------------------------------------ results/tables
    "passk": pa.schema(
        [
            ("policy", _NAME),
            *_POLICY,
            ("benchmark", _NAME),
            ("k", _INT),
            ("format_required", _BOOL),
            ("top_p", _FLOAT),
            ("pass_at_k", _FLOAT),
            ("ci_low", _FLOAT),
            ("ci_high", _FLOAT),
            ("n_samples", _INT),
            ("n_problems", _INT),
        ]
    ),
    "contamination": pa.schema(
        [
            ("model", _NAME),
            ("task", _NAME),
            ("seed", _INT),
            ("benchmark", _NAME),
            ("fraction", _FLOAT),
            ("exact_match", _FLOAT),
            ("exact_match_low", _FLOAT),
            ("exact_match_high", _FLOAT),
            ("rouge_l", _FLOAT),
            ("n", _INT),
        ]
    ),
    "overlap": pa.schema(
        [
            ("train", _NAME),
            ("benchmark", _NAME),
            ("ngram", _INT),
            ("n_train", _INT),
            ("n_benchmark", _INT),
            ("n_with_ngrams", _INT),
            ("any", _INT),
            ("half", _INT),
            ("exact", _INT),
        ]
    ),
    "references": pa.schema(
        [("task", _NAME), ("benchmark", _NAME), ("family", _NAME), ("n", _INT), *((v.value, _INT) for v in Verdict)]
    ),
    "map": pa.schema(
        [
            ("model", _NAME),
            ("task", _NAME),
            ("alignment", _FLOAT),
            ("alignment_low", _FLOAT),
            ("alignment_high", _FLOAT),
            ("contamination", _FLOAT),
            ("contamination_low", _FLOAT),
            ("contamination_high", _FLOAT),
            ("colour", _NAME),
            ("accuracy", _FLOAT),
            ("n_replications", _INT),
            ("n_problems", _INT),
            ("as_expected", _BOOL),
            # What alignment and contamination are here, and from where on they count.
            ("alignment_k", _INT),
            ("aligned_from", _FLOAT),
            ("prompt_fraction", _FLOAT),
            ("contaminated_from", _FLOAT),
        ]
    ),
    "curves": pa.schema([*_POLICY, ("step", _INT), ("metric", _NAME), ("value", _FLOAT)]),
    "evaluation": pa.schema([*_POLICY, ("benchmark", _NAME), ("measure", _NAME), ("accuracy", _FLOAT), ("n", _INT)]),
    # Accuracy of every policy on every problem: what is compared problem by problem.
    "problems": pa.schema(
        [
            *_POLICY,
            ("benchmark", _NAME),
            ("measure", _NAME),
            ("problem_id", _NAME),
            ("accuracy", _FLOAT),
            ("n_samples", _INT),
        ]
    ),
    # One row a method, `versus` what, and cells: a population of the map's, or one (model, task).
    "effects": pa.schema(
        [
            ("measure", _NAME),
            ("population", _NAME),
            ("model", _NAME),
            ("task", _NAME),
            ("method", _NAME),
            ("versus", _NAME),
            ("accuracy", _FLOAT),
            ("accuracy_low", _FLOAT),
            ("accuracy_high", _FLOAT),
            ("difference", _FLOAT),
            ("ci_low", _FLOAT),
            ("ci_high", _FLOAT),
            ("p_value", _FLOAT),
            ("p_holm", _FLOAT),
            ("detectable", _FLOAT),
            ("interquartile_mean", _FLOAT),
            ("interquartile_low", _FLOAT),
            ("interquartile_high", _FLOAT),
            ("improvement_probability", _FLOAT),
            ("improvement_low", _FLOAT),
            ("improvement_high", _FLOAT),
            ("n", _INT),
            ("n_seeds", _INT),
            ("n_problems", _INT),
        ]
    ),
    "claims": pa.schema(
        [
            ("results", _NAME),
            ("measure", _NAME),
            ("claim", _STRING),
            ("statement", _STRING),
            ("section", _NAME),
            ("population", _NAME),
            ("statistic", _STRING),
            ("threshold", _FLOAT),
            ("effect", _FLOAT),
            ("ci_low", _FLOAT),
            ("ci_high", _FLOAT),
            ("p_value", _FLOAT),
            ("verdict", _NAME),
            ("needed", _STRING),
            ("detectable", _FLOAT),
            ("n", _INT),
            ("n_seeds", _INT),
            ("n_problems", _INT),
            ("parts", _STRING),
        ]
    ),
    # One row a number of the paper's, with what this study found in cells of the same colour.
    "paper_numbers": pa.schema(
        [
            ("model", _NAME),
            ("task", _NAME),
            ("colour", _NAME),
            ("method", _NAME),
            ("paper_accuracy", _FLOAT),
            ("paper_gain", _FLOAT),
            ("measure", _NAME),
            ("our_accuracy", _FLOAT),
            ("our_gain", _FLOAT),
            ("our_gain_low", _FLOAT),
            ("our_gain_high", _FLOAT),
            ("n", _INT),
            ("source", _STRING),
        ]
    ),
    "solutions": pa.schema(
        [
            ("model", _NAME),
            ("task", _NAME),
            ("seed", _INT),
            ("benchmark", _NAME),
            ("problem_id", _STRING),
            ("logprob", _FLOAT),
            ("n_tokens", _INT),
        ]
    ),
    # One row a measure of alignment, method and (model, task); what holds for all pairs of a method stands in each.
    "alignment_gain": pa.schema(
        [
            ("alignment_measure", _NAME),
            ("measure", _NAME),
            ("method", _NAME),
            ("model", _NAME),
            ("task", _NAME),
            ("colour", _NAME),
            ("alignment", _FLOAT),
            ("gain", _FLOAT),
            ("gain_low", _FLOAT),
            ("gain_high", _FLOAT),
            ("fitted", _FLOAT),
            ("spearman", _FLOAT),
            ("spearman_low", _FLOAT),
            ("spearman_high", _FLOAT),
            ("threshold_from", _FLOAT),
            ("threshold_to", _FLOAT),
            ("n", _INT),
            ("n_seeds", _INT),
        ]
    ),
    # A regression a method, benchmark, outcome and fit: what the dials do to the gain, and to accuracy.
    "causal": pa.schema(
        [
            ("measure", _NAME),
            ("benchmark", _NAME),
            ("outcome", _NAME),
            ("fit", _NAME),
            ("method", _NAME),
            ("term", _NAME),
            ("coefficient", _FLOAT),
            ("ci_low", _FLOAT),
            ("ci_high", _FLOAT),
            ("p_value", _FLOAT),
            ("p_holm", _FLOAT),
            ("n", _INT),
            ("n_models", _INT),
        ]
    ),
    "causal_cells": pa.schema(
        [
            ("measure", _NAME),
            ("benchmark", _NAME),
            ("method", _NAME),
            ("model", _NAME),
            ("task", _NAME),
            ("alignment_dial", _FLOAT),
            ("contamination_dial", _FLOAT),
            ("alignment", _FLOAT),
            ("contamination", _FLOAT),
            ("base_accuracy", _FLOAT),
            ("gain", _FLOAT),
        ]
    ),
    # One row a method of the table (the base model first), model, task and measure; the paper's tables, in long form.
    "results": pa.schema(
        [
            ("method", _NAME),
            ("model", _NAME),
            ("task", _NAME),
            ("benchmark", _NAME),
            ("measure", _NAME),
            ("colour", _NAME),
            ("accuracy", _FLOAT),
            ("std", _FLOAT),
            ("change", _FLOAT),
            ("n_seeds", _INT),
            ("n", _INT),
        ]
    ),
    # One row a pair of methods, model, task, benchmark and measure: the method as described, and as released.
    "released": pa.schema(
        [
            ("described", _NAME),
            ("released", _NAME),
            ("model", _NAME),
            ("task", _NAME),
            ("benchmark", _NAME),
            ("measure", _NAME),
            ("colour", _NAME),
            ("accuracy_described", _FLOAT),
            ("accuracy_released", _FLOAT),
            ("difference", _FLOAT),
            ("std", _FLOAT),
            ("n_seeds", _INT),
            ("n", _INT),
        ]
    ),
    "samples": pa.schema(
        [
            *_POLICY,
            ("benchmark", _NAME),
            ("problem_id", _NAME),
            ("question", _NAME),
            ("ground_truth", _NAME),
            ("response", _STRING),
            ("formatted", _BOOL),
            ("extracted", _STRING),
            ("verdict", _NAME),
            ("reward", _FLOAT),
            ("alike", _INT),
            ("n", _INT),
        ]
    ),
}


_SNAKEMAKES = ".snakemake_timestamp"  # what Snakemake writes into each folder that a rule makes


class InputError(Exception):
    """A missing or malformed artifact: says which file, and what to do."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path in the same folder, for a file or a folder; it takes the final name when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    _remove(temporary)
    try:
        yield temporary
        if path.is_dir():
            _remove(path)  # a folder, unlike a file, cannot be replaced in one move
        os.replace(temporary, path)
    finally:
        _remove(temporary)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_table(path: Path, kind: str, columns: dict[str, list], made_by: dict) -> None:
    """Write columns as parquet with the schema of `kind`.

    Args:
        made_by: provenance, as `provenance` gives it.

    Raises:
        ValueError: a column is missing or too many.
    """
    schema = SCHEMAS[kind]
    if set(columns) != set(schema.names):
        raise ValueError(f"{kind} has columns {schema.names}, not {list(columns)}")
    arrays = [pa.array(columns[field.name], type=field.type) for field in schema]
    table = pa.table(arrays, schema=schema.with_metadata({"mtalign": json.dumps(made_by, sort_keys=True)}))
    with replacing(path) as temporary:
        pq.write_table(table, temporary)


def write_rows(path: Path, kind: str, rows: Iterable[dict], made_by: dict) -> None:
    """`write_table` for a list of rows."""
    rows = list(rows)
    write_table(path, kind, {name: [row[name] for row in rows] for name in SCHEMAS[kind].names}, made_by)


def write_csv(path: Path, table: pa.Table) -> None:
    """The csv beside a parquet table, for people."""
    plain = [pa.field(f.name, f.type.value_type if pa.types.is_dictionary(f.type) else f.type) for f in table.schema]
    with replacing(path) as temporary:
        pyarrow.csv.write_csv(table.cast(pa.schema(plain)), temporary)


def read_table(path: Path, kind: str) -> pa.Table:
    """Read an artifact.

    Raises:
        InputError: it is missing, no parquet, or has other columns than `kind`.
    """
    remedy = "delete it and run snakemake again"
    if not path.exists():
        raise InputError(f"{path} is missing: run snakemake, which makes it")
    try:
        with pq.ParquetFile(path) as file:  # pq.read_table imports much more
            table = file.read()
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{path} is no readable parquet file ({error}): {remedy}") from error
    if table.schema.names != SCHEMAS[kind].names:
        raise InputError(f"{path} has columns {table.schema.names}, but {kind} has {SCHEMAS[kind].names}: {remedy}")
    return table


def read_tables(paths: list[Path], kind: str) -> pa.Table:
    """Several artifacts of one kind, laid end to end."""
    return pa.concat_tables([read_table(path, kind) for path in paths]).unify_dictionaries()


def weight_files(model: Path) -> list[Path]:
    """The files of a Hugging Face folder that hold its weights.

    Raises:
        InputError: there is none.
    """
    found = sorted(model.glob("*.safetensors"))
    if not found:
        raise InputError(f"{model} holds no safetensors file: delete it and run snakemake again")
    return found


def provenance(inputs: list[Path], parameters: dict | None = None) -> dict:
    """What made an artifact: the content hashes of its input files (of a folder, all in it) and its parameters.

    Files are named from the folder that they share, so that two results folders of one config agree.
    """
    inputs = [file for path in inputs for file in (sorted(path.rglob("*")) if path.is_dir() else [path])]
    inputs = [path for path in inputs if not path.is_dir() and path.name != _SNAKEMAKES]
    shared = Path(os.path.commonpath([path.parent for path in inputs])) if inputs else Path()
    hashes = {path.relative_to(shared).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in inputs}
    return {"inputs": hashes, "parameters": parameters or {}}
