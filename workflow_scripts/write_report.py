"""Write the report: one page that opens from disk, from the tables that exist; wall times lie in times.js beside it.

The page depends on the config, the tables and the revision of the code, and on nothing else. How it looks and what a
click does stand in report/; what the tables say, in captions/, and below their columns in tables/.
"""

import argparse
import csv
import hashlib
import json
import math
import os
import platform
import subprocess
from contextlib import suppress
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from mtalign.cli import add_paths, parser, run
from mtalign.parquet import read_parquet, replacing
from mtalign.presentation.captions import read_caption
from mtalign.presentation.misses import told
from mtalign.presentation.result_grid import in_words, measures, widen
from mtalign.presentation.style import COLOUR_NAMES, distinct, method_line, readable
from mtalign.presentation.words import table as columns_of
from mtalign.presentation.words import table_kind, type_name, words
from mtalign.vocabulary import primary_validation

_PREVIEW = 100  # rows of a table that the page holds
_POINTS = 60  # steps of a curve that the page holds
_PACKAGES = ("torch", "vllm", "verl", "numpy", "pandas", "pyarrow", "tokenizers", "safetensors", "snakemake")
_SETTINGS = ("training", "sampling", "probe")
_TOTALS = {"s": sum, "cpu_time": sum, "max_rss": max}
_SAMPLE = ("model", "task", "method", "seed", "problem_id", "question", "ground_truth", "response")
_SAMPLE += ("verdict", "formatted", "reward", "alike", "n")


def main() -> None:
    made = add_paths(
        parser(__doc__),
        tables="parquet ...",
        captions="folder",
        assets="folder of the template",
        schema="of the config",
        benchmarks="folder of Snakemake's benchmarks",
        page="html",
        times="js",
    )
    made.add_argument("--figures", type=Path, nargs="*", required=True, help="png; a pdf lies beside each")
    args = made.parse_args()
    config = args.spec["config"]
    tables = {path.stem: read_parquet(path) for path in args.tables}
    rows = {
        name: tables[name].to_pylist() for name in tables if name not in ("passk", "curves", "evaluation", "problems")
    }
    captions = {
        name: read_caption(args.captions / "tables" / f"{table_kind(name)}.rst", config, name) for name in tables
    }
    environment = Environment(
        loader=FileSystemLoader(args.assets), undefined=StrictUndefined, autoescape=True, trim_blocks=True
    )
    environment.filters |= {"readable": readable, "words": in_words, "number": _number}
    page = environment.get_template("page.html").render(
        study=config["study"],
        config=config,
        claims=_claims(rows.get("claims", [])),
        map=rows.get("map", []),
        expected=len(rows.get("expectations", [])),
        missed=_missed(rows.get("expectations", [])),
        colour_names=COLOUR_NAMES,
        figures={path.stem: _figure(path, args, config) for path in args.figures},
        results={
            name: [widen(rows[name], measure) for measure in measures(rows[name])]
            for name in tables
            if table_kind(name) == "results"
        },
        released=_released(rows.get("released", [])),
        paper_numbers=rows.get("paper_numbers", []),
        captions=captions,
        tables=[_table(path, tables[path.stem], args.page.parent) for path in args.tables],
        methods=[_method(name, block) for name, block in config["methods"].items()],
        settings=_settings(config, json.loads(args.schema.read_text(encoding="utf-8"))),
        versions=_versions(),
        revision=_revision(),
        config_text=yaml.safe_dump(config, sort_keys=False, allow_unicode=True),
        assets={path.name: Markup(path.read_text(encoding="utf-8")) for path in args.assets.rglob("*.[cj]s*")},
        data=Markup(_json(_page_data(tables, rows.get("samples", [])))),
    )
    with replacing(args.page) as temporary:
        temporary.write_text(page, encoding="utf-8")
    with replacing(args.times) as temporary:
        temporary.write_text(f"const TIMES = {_json(_times(args.benchmarks))};\n", encoding="utf-8")


# ------------------------------------------------------------------------------------------------- parts of the page
def _claims(rows: list[dict]) -> dict[str, list[tuple[dict, dict | None, str]]]:
    """Measure -> the claims on this study's results, each with the same claim on the paper's own numbers, and with what
    the other measures say of it."""
    paper = {row["claim"]: row for row in rows if row["results"] == "paper"}
    ours = [row for row in rows if row["results"] != "paper"]
    return {
        measure: [(row, paper.get(row["claim"]), _others(row, ours)) for row in ours if row["measure"] == measure]
        for measure in measures(ours)
    }


def _others(row: dict, ours: list[dict]) -> str:
    """The verdicts on a claim by the other measures than a row's, in words."""
    said: dict[str, list[str]] = {}
    for other in ours:
        if other["claim"] == row["claim"] and other["measure"] != row["measure"]:
            said.setdefault(other["verdict"], []).append(in_words(other["measure"]))
    if len(said) < 2:
        return next(iter(said), "")
    return "; ".join(f"{verdict} with {' and '.join(names)}" for verdict, names in said.items())


def _released(rows: list[dict]) -> dict[str, list[dict]]:
    """Measure -> the rows of the "released" table, without controls."""
    rows = [row for row in rows if not row["benchmark"].endswith("_fresh")]
    return {measure: [row for row in rows if row["measure"] == measure] for measure in measures(rows)}


def _figure(path: Path, args: argparse.Namespace, config: dict) -> dict:
    caption = read_caption(args.captions / "figures" / f"{path.stem}.rst", config)
    return {"name": path.stem, "caption": caption, "png": _link(path, args.page.parent)}


def _table(path: Path, table: pa.Table, page: Path) -> dict:
    """A table for the list of all: its columns, first rows, files, and what made it."""
    said = words(columns_of(path.stem))
    files = [path.with_suffix(suffix) for suffix in (".csv", ".parquet", ".tex")]
    return {
        "name": path.stem,
        "columns": [(field.name, type_name(field.type), said[field.name]) for field in table.schema],
        "rows": [list(row.values()) for row in table.slice(0, _PREVIEW).to_pylist()],
        "length": len(table),
        "files": {file.suffix[1:]: _link(file, page) for file in files if file.exists()},
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "inputs": json.loads(table.schema.metadata[b"mtalign"])["inputs"],
    }


def _method(name: str, block: dict) -> dict:
    """A method with the first line of what its reward and advantage say of themselves."""
    return {"name": name, "data": block["data"], "format_factor": block.get("format_factor", True)} | {
        kind: (block[kind], import_module(f"mtalign.{kind}s.{block[kind]}").__doc__.partition("\n")[0])
        for kind in ("reward", "advantage")
    }


def _settings(config: dict, schema: dict) -> dict[str, list[tuple[str, object, str]]]:
    """Section of the config -> key, value and description of its plain settings."""
    sections = {
        name: schema["$defs"][schema["properties"][name]["$ref"].removeprefix("#/$defs/")] for name in _SETTINGS
    }
    return {
        section: [
            (key, value, sections[section]["properties"][key]["description"])
            for key, value in config[section].items()
            if not isinstance(value, dict)
        ]
        for section in _SETTINGS
    }


def _versions() -> dict[str, str]:
    """Python's, and those of the packages that are here."""
    versions = {"Python": platform.python_version()}
    for name in _PACKAGES:
        with suppress(PackageNotFoundError):
            versions[name] = version(name)
    return versions


def _revision() -> str:
    """The git revision of the code, if it is a checkout."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(Path(__file__).parent), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        return git("rev-parse", "HEAD") + (" with uncommitted changes" if git("status", "--porcelain") else "")
    except (OSError, subprocess.CalledProcessError):
        return "not known: the code is no git checkout"


def _times(benchmarks: Path) -> list[list]:
    """[stage, jobs, wall seconds, CPU seconds, largest memory in MB] from Snakemake's benchmark files."""
    stages: dict[str, list[dict]] = {}
    for path in sorted(benchmarks.rglob("*.tsv")):
        with path.open(newline="") as file:
            stages.setdefault(path.relative_to(benchmarks).parts[0], []).extend(csv.DictReader(file, delimiter="\t"))
    return [
        [stage.removesuffix(".tsv"), len(jobs)]
        + [round(total(_float(job.get(key)) for job in jobs), 1) for key, total in _TOTALS.items()]
        for stage, jobs in stages.items()
    ]


def _float(text: str | None) -> float:
    """A number of a benchmark file, which has NA or - for what was too short to measure."""
    try:
        return float(text or 0)
    except ValueError:
        return 0.0


# ------------------------------------------------------------------------------------------------ what report.js reads
def _missed(rows: list[dict]) -> list[str]:
    """A sentence for each expectation that a base model does not meet."""
    shown = [row | {"model": readable(row["model"]), "task": readable(row["task"])} for row in rows]
    return [told(row) for row in shown if not row["inside"]]


def _page_data(tables: dict[str, pa.Table], samples: list[dict]) -> dict:
    """Curves, the metric to show first, and responses."""
    if "curves" not in tables:
        return {"names": {}, "lines": {}, "curves": {}, "samples": []}
    curves = tables["curves"].to_pandas()
    curves = curves[np.isfinite(curves["value"])]  # JSON knows no others
    metrics, models, tasks, methods = (distinct(curves[name]) for name in ("metric", "model", "task", "method"))
    return {
        "metric": primary_validation(metrics),
        "names": {name: readable(name) for name in (*models, *tasks, *methods)},
        "lines": {method: method_line(method) for method in methods},
        "curves": _curves(curves),
        "samples": [[row[name] for name in _SAMPLE] for row in samples],
    }


def _curves(curves: pd.DataFrame) -> dict[str, list]:
    """Metric -> a list of [model, task, method, steps, mean, lowest and highest seed]."""
    keys = ["metric", "model", "task", "method"]
    over_seeds = curves.groupby([*keys, "step"], observed=True, sort=False)["value"].agg(["mean", "min", "max"])
    of_metric: dict[str, list] = {}
    for (metric, *cell), curve in over_seeds.reset_index("step").groupby(keys, observed=True, sort=False):
        curve = curve.sort_values("step").iloc[:: -math.ceil(len(curve) / _POINTS)][::-1]  # the last step always
        values = [[float(f"{value:.4g}") for value in curve[column]] for column in ("mean", "min", "max")]
        of_metric.setdefault(metric, []).append([*cell, curve["step"].tolist(), *values])
    return of_metric


def _json(value: object) -> str:
    """JSON that may stand inside a script element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _number(value: object) -> str:
    """A cell of a table, for people."""
    if value is None:
        return "–"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _link(path: Path, page: Path) -> str:
    return Path(os.path.relpath(path, page)).as_posix()


if __name__ == "__main__":
    run(main)
