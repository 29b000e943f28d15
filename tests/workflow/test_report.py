"""The report and what it is made of: captions, LaTeX, samples, released variants, the README of the results."""

import json
import re
import subprocess
import sys
from html import unescape

import pandas as pd
import pytest
import write_report
from mtalign.artifacts.glossary import Glossary
from mtalign.errors import InputError
from mtalign.presentation.captions import read_caption
from mtalign.presentation.words import kinds, words

from tests.places import REPOSITORY
from tests.workflow.conftest import environment

SHORT = [
    "overlap",
    "contamination",
    "map",
    "expectations",
    "rq1_rewards",
    "ttrl",
    "rq2_one_shot",
    "rq3_negatives",
    "claims",
    "paper_numbers",
    "alignment_gain",
]


def run(study, script: str, *arguments) -> None:
    """Run a command line as its rule does."""
    command = [sys.executable, f"workflow_scripts/{script}", *map(str, arguments)]
    done = subprocess.run(command, cwd=study.folder, capture_output=True, text=True, env=environment())
    assert done.returncode == 0, done.stderr


# ----------------------------------------------------------------------------------------------------------- the page
def test_a_claim_says_what_the_other_measures_say():
    names = ("format_top_p_1", "format_top_p_0.7", "any_top_p_1", "any_top_p_0.7")

    def said(*verdicts: str) -> str:
        rows = [
            {"claim": claim, "measure": name, "verdict": verdict}
            for name, verdict in zip(names, verdicts)
            for claim in ("this", "that")
        ]
        return write_report._others(rows[0], rows)

    assert said("supported", "contradicted", "contradicted", "contradicted") == "contradicted"
    assert said("supported") == ""
    assert said("supported", "inconclusive", "contradicted", "inconclusive") == (
        "inconclusive with format required, top-p 0.7 and any format, top-p 0.7; contradicted with any format, top-p 1"
    )


def test_report_shows_and_links_every_table_and_figure(finished):
    results = finished.folder / "results"
    page = (results / "report/index.html").read_text()
    links = set(re.findall(r'(?:href|src)="(\.\./[^"]+)"', page))
    files = [*results.glob("tables/*"), *results.glob("figures/*"), results / "README.md"]
    assert links == {f"../{path.relative_to(results).as_posix()}" for path in files}
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page), "the report must not need the network"


def test_report_says_what_made_it(finished):
    page = (finished.folder / "results/report/index.html").read_text()
    table = pd.read_parquet(finished.folder / "results/tables/map.parquet")
    assert "learning_rate" in page and "torch 2.13.0" in page and "git revision" in page
    for row in table.itertuples():
        assert f"{row.alignment:.2f}" in page


def test_same_tables_give_the_same_page_and_times_lie_apart(study):
    page = study.folder / "results/report/index.html"
    before = page.read_bytes()
    page.unlink()
    (study.folder / "results/benchmarks/tables/map.tsv").write_text("s\tcpu_time\tmax_rss\n123456\t-\tNA\n")
    study.snakemake("report")
    assert page.read_bytes() == before
    times = (study.folder / "results/report/times.js").read_text()
    stages = {row[0]: row[1:] for row in json.loads(times.removeprefix("const TIMES = ").removesuffix(";\n"))}
    assert stages["tables"][1] > 123456 and stages["runs"][0] == 12


# ---------------------------------------------------------------------------------------------------- samples, released
def test_samples_are_of_every_policy_and_carry_the_methods_reward(finished):
    table = pd.read_parquet(finished.folder / "results/tables/samples.parquet")
    cells = table.groupby(["model", "task", "method", "seed"], observed=True).problem_id.nunique()
    assert len(cells) == 2 * 2 * 3 * 2 and (cells == 6).all()  # models x tasks x methods x {before, after}
    assert set(table.n[table.seed == -1]) == {16} and set(table.n[table.seed == 0]) == {2}
    right = table.verdict == "correct"
    truth = table.method == "ground_truth"
    assert (table.reward[truth] == (right & table.formatted)[truth].astype(float)).all()
    assert (table.reward[~table.formatted] == 0).all() and table.reward.isin([0, 1]).all()
    one_of_each = table.assign(right=right).groupby(["model", "task", "method", "seed", "problem_id"], observed=True)
    assert one_of_each.right.nunique().eq(one_of_each.size()).all()
    assert (one_of_each.alike.sum() == one_of_each.n.first()).all()


def test_released_pairs_variants_seed_by_seed(finished, tmp_path):
    tables = finished.folder / "results/tables"
    output = tmp_path / "released.parquet"
    spec = json.dumps({"pairs": {"random": "nsr"}})
    sources = ["--evaluation", tables / "evaluation.parquet", "--map", tables / "map.parquet"]
    run(finished, "make_table.py", "released", "--spec", spec, *sources, "--output", output)
    table = pd.read_parquet(output)
    wanted = pd.read_parquet(tables / "evaluation.parquet").set_index(["model", "task", "benchmark", "measure"])
    assert len(table) == 2 * 2 * 2 * 4
    for row in table.itertuples():
        runs = wanted.loc[(row.model, row.task, row.benchmark, row.measure)].set_index("method").accuracy
        assert row.accuracy_described == runs["random"] and row.accuracy_released == runs["nsr"]
        assert row.difference == pytest.approx(runs["nsr"] - runs["random"])
    assert table["std"].isna().all() and set(table.n_seeds) == {1}


def test_released_is_a_table_where_the_study_runs_both(fresh, tmp_path):
    study = fresh.copy(tmp_path / "study")
    assert "tabulate_released" not in study.planned("all")
    overlay = study.folder / "tests/workflow/tiny.yaml"
    overlay.write_text(overlay.read_text().replace("random, nsr]", "random, nsr, nsr_grpo]"))
    assert study.planned("all")["tabulate_released"] == 1


# -------------------------------------------------------------------------------------------------------------- LaTeX
def test_result_tables_are_typeset_with_the_numbers_of_the_csv(finished):
    folder = finished.folder / "results/tables"
    assert sorted(path.stem for path in folder.glob("*.tex")) == sorted(SHORT)
    for name in SHORT:
        text = (folder / f"{name}.tex").read_text()
        assert text.count("{") == text.count("}") and "seed" in text
        for spec, body in re.findall(r"\\begin\{tabular\}\{(l+)\}(.*?)\\end\{tabular\}", text, re.DOTALL):
            lines = [line for line in body.splitlines() if line.endswith(r"\\")]
            assert lines and all(len(re.findall(r"(?<!\\)&", line)) == len(spec) - 1 for line in lines)
    table = pd.read_csv(folder / "rq1_rewards.csv")
    chosen = (table.method == "random") & (table.measure == "format_top_p_1") & table.benchmark.str.endswith("_test")
    line = " & ".join(["random reward", *(f"{accuracy:.2f}" for accuracy in table[chosen].accuracy)])
    assert line in (folder / "rq1_rewards.tex").read_text()


# ----------------------------------------------------------------------------------------------------------- captions
def test_captions_say_how_many_and_what_the_bars_mean(finished):
    page = (finished.folder / "results/report/index.html").read_text()
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", page, re.DOTALL)
    assert len(captions) == 8
    for caption in captions:
        assert "seed" in caption and re.search(r"\bn is\b|responses to every problem", caption)
        assert re.search("[Bb]ars|bands|no intervals|fitted", caption) and "{{" not in caption


def test_a_caption_that_is_no_caption_is_refused(tmp_path):
    path = tmp_path / "mine.rst"
    with pytest.raises(InputError, match=r"mine\.rst is missing: write a title"):
        read_caption(path, {})
    path.write_text("A title and no text\n")
    with pytest.raises(InputError, match="a title on one line, a blank line"):
        read_caption(path, {})
    path.write_text("Title\n\n{{ snakemake.config.study.seds }} seeds\n")
    with pytest.raises(InputError, match=r"cannot be filled from the config: .*seds"):
        read_caption(path, {"study": {"seeds": [0]}})


def test_snakemakes_own_report_has_every_figure_and_table(study):
    study.snakemake("all", "--report", "own.html")
    page = unescape((study.folder / "own.html").read_text())
    for name in ["overview", "map", "passk", "contamination", "learning_curves", "entropy"]:
        assert f"results/figures/{name}.png" in page, name
    for name in SHORT:
        assert f"results/tables/{name}.csv" in page, name
    assert "Alignment is pass@16 of the base model" in page and "RQ2: one-shot RL" in page and "mailto:" not in page


# ------------------------------------------------------------------------------------------------------------- README
def test_readme_of_the_results_explains_every_artifact_and_column(finished):
    text = (finished.folder / "results/README.md").read_text()
    assert len(kinds()) == len({kind.kind() for kind in kinds()}) > 25
    for kind in kinds():
        section = text.partition(f"\n## {kind.kind()}\n")[2].partition("\n## ")[0]
        assert re.findall(r"^\| (\w+) \|", section, re.MULTILINE)[1:] == kind.schema().names
        assert all(text and f"| {text} |" in section for text in words(kind).values())


def test_the_glossary_explains_no_column_that_is_gone():
    assert set(Glossary.schema().names) <= {name for kind in kinds() for name in kind.schema().names}


def test_every_file_of_the_results_is_of_a_kind_that_the_readme_names(finished):
    text = (finished.folder / "results/README.md").read_text()
    folders = {path.name for path in (finished.folder / "results").iterdir() if path.is_dir()}
    assert all(f"{name}/" in text for name in folders), folders


def test_vendored_libraries_come_with_their_licences():
    for folder in ("workflow_scripts/report/vendor", "tests/workflow/vendor"):
        scripts = list((REPOSITORY / folder).glob("*.js"))
        assert scripts
        for path in scripts:
            assert re.search(r"v?\d+\.\d+\.\d+", path.read_text()[:200]), "its version"
        assert list((REPOSITORY / folder).glob("LICENSE-*"))
