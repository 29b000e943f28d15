"""Parquet in and out: atomic writes, provenance. Must not know torch, any stage, or any table's columns.

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

from mtalign.columns import Columns
from mtalign.errors import InputError

_REMEDY = "delete it and run snakemake again"
_SNAKEMAKES = ".snakemake_timestamp"  # what Snakemake writes into each folder that a rule makes


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


def write_table(path: Path, kind: type[Columns], columns: dict[str, list], made_by: dict) -> None:
    """Write columns as parquet with the schema of `kind`.

    Args:
        made_by: provenance, as `provenance` gives it.

    Raises:
        ValueError: a column is missing or too many.
    """
    schema = kind.schema()
    if set(columns) != set(schema.names):
        raise ValueError(f"{kind.kind()} has columns {schema.names}, not {list(columns)}")
    arrays = [pa.array(columns[field.name], type=field.type) for field in schema]
    table = pa.table(arrays, schema=schema.with_metadata({"mtalign": json.dumps(made_by, sort_keys=True)}))
    with replacing(path) as temporary:
        pq.write_table(table, temporary)


def write_rows(path: Path, kind: type[Columns], rows: Iterable[dict], made_by: dict) -> None:
    """`write_table` for a list of rows."""
    rows = list(rows)
    write_table(path, kind, {name: [row[name] for row in rows] for name in kind.schema().names}, made_by)


def write_csv(path: Path, table: pa.Table) -> None:
    """The csv beside a parquet table, for people."""
    plain = [pa.field(f.name, f.type.value_type if pa.types.is_dictionary(f.type) else f.type) for f in table.schema]
    with replacing(path) as temporary:
        pyarrow.csv.write_csv(table.cast(pa.schema(plain)), temporary)


def read_table(path: Path, kind: type[Columns]) -> pa.Table:
    """Read an artifact.

    Raises:
        InputError: it is missing, no parquet, or has other columns than `kind`.
    """
    table, names = read_parquet(path), kind.schema().names
    if table.schema.names != names:
        raise InputError(f"{path} has columns {table.schema.names}, but {kind.kind()} has {names}: {_REMEDY}")
    return table


def read_parquet(path: Path) -> pa.Table:
    """Read an artifact, whatever its columns are.

    Raises:
        InputError: it is missing, or no parquet.
    """
    if not path.exists():
        raise InputError(f"{path} is missing: run snakemake, which makes it")
    try:
        with pq.ParquetFile(path) as file:  # pq.read_table imports much more
            return file.read()
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{path} is no readable parquet file ({error}): {_REMEDY}") from error


def read_tables(paths: list[Path], kind: type[Columns]) -> pa.Table:
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
