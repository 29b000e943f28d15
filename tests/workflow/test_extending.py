"""docs/extending.md, done as it says: its files are written, its blocks given to Snakemake on the tiny study."""

import re
import shutil

import pandas as pd
import pytest
from mtalign.artifacts.responses import Scores
from mtalign.parquet import read_table

from tests.places import REPOSITORY

CELLS, METHODS = 4, 3  # of tiny.yaml
DOCUMENT = REPOSITORY / "docs/extending.md"


@pytest.fixture
def follow(study):
    """Do what one section of the document says, and return the study."""

    def done(section: str):
        text = DOCUMENT.read_text().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
        blocks = re.findall(r"^`([^`]+)`(, in `(\w+)`)?:\n\n```\w+\n(.*?)```$", text, re.MULTILINE | re.DOTALL)
        assert blocks
        for name, _, table, content in blocks:
            path = study.folder / name
            if table:
                content = path.read_text().replace(f"{table} = {{\n", f"{table} = {{\n{content}")
            path.write_text(content)
            if name.startswith("config/"):
                study.overlays.append(name)
        return study

    return done


def test_every_place_it_names_is_there():
    places = re.findall(
        r"`((?:\w+/)+(?:\w+\.\w+)?)`", DOCUMENT.read_text().partition("Where it goes")[2].partition("\n## ")[0]
    )
    assert len(places) > 10
    for place in places:
        assert any((folder / place).exists() for folder in (REPOSITORY, REPOSITORY / "workflow_scripts")), place


def test_add_your_model(follow):
    study = follow("Add your model")
    shutil.copytree(study.folder / "results/models/qwen2/seed-0", study.folder / "models/my_model")
    planned = study.planned("all")
    assert planned["import_model"] == 1 and planned["sample_base"] == 2
    assert planned["train_policy"] == 2 * METHODS and "pretrain_model" not in planned
    study.snakemake("results/scores/my_model/math/base.parquet")
    scores, others = (
        read_table(study.folder / f"results/scores/{model}/math/base.parquet", Scores)
        for model in ("my_model", "qwen2")
    )
    assert set(scores["model"].to_pylist()) == {"my_model"}
    assert scores.num_rows == others.num_rows
    assert set(scores["seed"].to_pylist()) == {-1} and set(others["seed"].to_pylist()) == {0}  # one, not a replication


def test_add_your_method(follow):
    study = follow("Add your method")
    planned = study.planned("all")
    assert [planned[rule] for rule in ("train_policy", "sample_trained")] == [CELLS] * 2
    run = "results/runs/qwen2/math/shortest/seeds-0/metrics.parquet"
    study.snakemake(run)
    metrics = pd.read_parquet(study.folder / run).query("metric == 'reward'")
    assert set(metrics.method) == {"shortest"} and sorted(metrics.step) == [1, 2, 3, 4]


def test_add_your_task(follow):
    study = follow("Add your task")
    planned = study.planned("all")
    assert planned["pretrain_model"] == 2 and planned["prepare_data"] == 3
    documents = "results/corpora/qwen2/seed-0.documents.parquet"
    study.snakemake("results/data/reversal/reversal_test.parquet", documents)
    problems = pd.read_parquet(study.folder / "results/data/reversal/reversal_test.parquet")
    assert len(problems) == 64
    for info, reward in zip(problems.extra_info, problems.reward_model):
        assert info["question"] == f"({reward['ground_truth'][::-1]})"
    corpus = pd.read_parquet(study.folder / documents).query("task == 'reversal'")
    assert len(corpus) > 100 and (corpus.right != corpus.wrong).all()


def test_add_your_figure(follow):
    study = follow("Add your figure")
    assert study.planned("all") == {"figure_lengths": 1, "report": 1}
    study.snakemake("all")
    for form, magic in (("png", b"\x89PNG"), ("pdf", b"%PDF")):
        assert (study.folder / f"results/figures/lengths.{form}").read_bytes().startswith(magic)
    page = (study.folder / "results/report/index.html").read_text()
    assert (
        "../figures/lengths.png" in page and "the responses that each step trains on. Lines: mean of 1 seed(s)" in page
    )


def test_add_your_table(follow):
    study = follow("Add your table")
    # The README of the results and the report tell of every table.
    assert study.planned("all") == {"tabulate_longest": 1, "typeset_tables": 1, "describe_results": 1, "report": 1}
    study.snakemake("all")
    table = pd.read_csv(study.folder / "results/tables/longest.csv")
    assert sorted(table.method) == ["ground_truth", "nsr", "random"] and (table.tokens > 1).all()
    assert "| Largest mean length of a step" in (study.folder / "results/README.md").read_text()
    assert (study.folder / "results/tables/longest.tex").exists()
