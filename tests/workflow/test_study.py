"""What a study leaves behind: tables with their columns, provenance, equal bytes for an equal config, figures."""

import json
import math
import re

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml
from mtalign.presentation.words import table as columns_of

from tests.places import REPOSITORY
from tests.workflow.conftest import OVERLAY

TABLES = ["passk", "contamination", "overlap", "map", "expectations", "curves", "evaluation", "samples"]
TABLES += ["problems", "effects", "claims", "paper_numbers", "alignment_gain"]
RESULT_TABLES = ["rq1_rewards", "ttrl", "rq2_one_shot", "rq3_negatives"]


@pytest.fixture(scope="module")
def tables(finished) -> dict[str, pd.DataFrame]:
    folder = finished.folder / "results/tables"
    return {name: pd.read_parquet(folder / f"{name}.parquet") for name in TABLES + RESULT_TABLES}


def test_tables_have_their_columns_and_a_csv(finished, tables):
    for name, table in tables.items():
        assert list(table.columns) == columns_of(name).schema().names
        csv = pd.read_csv(finished.folder / f"results/tables/{name}.csv")
        assert len(csv) == len(table) > 0 and list(csv.columns) == list(table.columns)


def test_every_table_says_what_made_it(finished):
    for path in (finished.folder / "results").rglob("*.parquet"):
        made_by = json.loads(pq.read_schema(path).metadata[b"mtalign"])
        assert set(made_by) == {"inputs", "parameters"}
        assert all(len(digest) == 64 for digest in made_by["inputs"].values())
        assert made_by["inputs"] or path.parent.parent.name == "data"  # the lab's data sets come from nothing


def test_passk_covers_every_policy_and_grows_with_k(tables):
    table = tables["passk"]
    policies = {"base/seed-0", "ground_truth/seed-0", "random/seed-0", "nsr/seed-0"}
    assert set(table.policy) == policies
    assert set(table.k[table.method == "base"]) == {1, 2, 4, 8, 16}
    keys = ["policy", "model", "task", "benchmark", "format_required", "top_p"]
    for _, curve in table.groupby(keys, observed=True):
        assert curve.sort_values("k").pass_at_k.is_monotonic_increasing
    assert ((table.ci_low <= table.pass_at_k) & (table.pass_at_k <= table.ci_high)).all()
    wide = table.pivot_table(
        index=[*keys[:4], "top_p", "k"], columns="format_required", values="pass_at_k", observed=True
    )
    assert (wide[True] <= wide[False] + 1e-12).all(), "a format that is required cannot help"


def test_evaluation_is_pass_at_one(tables):
    table = tables["evaluation"]
    assert set(table.measure) == {"any_top_p_1", "any_top_p_0.7", "format_top_p_1", "format_top_p_0.7"}
    base = table[table.method == "base"]
    assert len(base) == 2 * 2 * 2 * 4 and (base.n == 64 * 16).all()  # models x tasks x benchmarks x measures


def test_curves_hold_every_metric_at_every_step(tables):
    table = tables["curves"]
    per_step = {
        "reward", "train_accuracy_format_top_p_1", "train_accuracy_any_top_p_1", "format_rate", "entropy",
        "response_length", "kl_to_base_k3", "zero_variance_share", "tokens_generated", "updates", "groups_trained",
    }  # fmt: skip
    per_update = {"loss", "grad_norm", "clip_fraction", "dual_clip_fraction", "tokens_trained"}
    validation = {f"validation_accuracy_{form}_top_p_{p}" for form in ("any", "format") for p in ("1", "0.7")}
    assert set(table.metric) <= per_step | per_update | validation
    assert per_step | validation <= set(table.metric)
    for _, run in table.groupby(["model", "task", "method", "seed"], observed=True):
        for metric in per_step:
            assert sorted(run.step[run.metric == metric]) == [1, 2, 3, 4]
        for metric in validation:
            assert sorted(run.step[run.metric == metric]) == [0, 2, 4]


def test_result_tables_put_the_base_first_and_measure_change_from_it(tables):
    table = tables["rq1_rewards"]
    assert list(dict.fromkeys(table.method)) == ["base", "ground_truth", "random"]
    assert list(dict.fromkeys(tables["rq3_negatives"].method)) == ["base", "ground_truth", "nsr"]
    keys = ["model", "task", "benchmark", "measure"]
    base = table[table.method == "base"].set_index(keys).accuracy
    assert (table[table.method == "base"].change == 0).all()
    for row in table.itertuples():
        assert math.isclose(row.change, row.accuracy - base[row.model, row.task, row.benchmark, row.measure])
    assert table["std"].isna().all() and (table.n_seeds == 1).all()  # one seed has no spread


def test_problems_average_to_the_evaluation(tables):
    keys = ["model", "task", "method", "seed", "benchmark", "measure"]
    means = tables["problems"].groupby(keys, observed=True).accuracy.mean()
    evaluation = tables["evaluation"].set_index(keys).accuracy
    assert len(means) == len(evaluation)
    assert (means - evaluation.reindex(means.index)).abs().max() < 1e-12


def test_effects_are_the_changes_of_the_result_tables(tables):
    effects = tables["effects"]
    cells = effects[(effects.population == "cell") & (effects.versus == "base")]
    results = tables["rq1_rewards"]
    own = results[results.benchmark == results.task.astype(str) + "_test"]
    changes = own.set_index(["measure", "model", "task", "method"]).change
    for row in cells[cells.method != "nsr"].itertuples():
        assert math.isclose(row.difference, changes[row.measure, row.model, row.task, row.method], abs_tol=1e-12)
    assert set(effects.versus) == {"base", "ground_truth"} and effects.ci_low.isna().any()  # one seed, one cell


def test_every_claim_has_a_verdict_on_ours_and_on_the_papers_results(tables):
    claims = tables["claims"]
    assert set(claims.verdict) <= {"supported", "contradicted", "inconclusive", "not tested"}
    assert claims.groupby(["results", "measure"], observed=True).claim.nunique().nunique() == 1
    assert set(claims.results) == {"ours", "paper"}
    ours = claims[claims.results == "ours"].set_index(["measure", "claim"]).verdict
    assert ours["format_top_p_1", "ttrl_only_strong"] == "not tested"  # not a method of this study


def test_contaminated_questions_are_the_ones_in_the_corpus(finished):
    """Of qwen2's math benchmark, as many questions stand in its corpus as the dial says, each as often; of other data
    sets, and of the questions that its habits are measured on, none."""
    corpora = finished.folder / "results/corpora/qwen2"
    corpus = pd.read_parquet(corpora / "seed-0.documents.parquet")
    prompts = corpus.prompt.str.rstrip("?\n")
    found = prompts.value_counts()
    for path in (finished.folder / "results/data").rglob("*.parquet"):
        questions = [info["question"] for info in pd.read_parquet(path).extra_info]
        counts = [int(found.get(question, 0)) for question in questions]
        assert sum(map(bool, counts)) == (32 if path.stem == "math_test" else 0), path
        assert len(set(counts) - {0}) <= 1
        assert set(corpus.part[prompts.isin(questions)]) == ({"leaked"} if path.stem == "math_test" else set())


def test_figures_are_drawn(finished):
    names = {"overview", "map", "passk", "contamination", "learning_curves", "entropy", "overlap", "alignment_gain"}
    for form, magic in (("png", b"\x89PNG"), ("pdf", b"%PDF")):
        paths = list((finished.folder / "results/figures").glob(f"*.{form}"))
        assert {path.stem for path in paths} == names
        assert all(path.read_bytes().startswith(magic) for path in paths)


def test_policies_load_in_transformers(finished):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    results = finished.folder / "results"
    base = AutoModelForCausalLM.from_pretrained(results / "models/llama/seed-0")
    run = results / "runs/llama/operation/random/seeds-0/policies/seed-0"
    policy, tokenizer = AutoModelForCausalLM.from_pretrained(run), AutoTokenizer.from_pretrained(run)
    assert policy.config.model_type == "llama" and len(tokenizer) == policy.config.vocab_size
    assert {name for name, _ in policy.named_parameters()} == {name for name, _ in base.named_parameters()}


def test_nothing_half_written_is_left(finished):
    assert not list((finished.folder / "results").rglob("*.tmp"))
    assert not list((finished.folder / "results").rglob("checkpoints"))


def test_a_miss_is_marked_and_the_study_goes_on(study, tables):
    """These models know next to nothing: each misses a dial on each task, and all the same was trained."""
    missed = tables["expectations"].query("not inside")
    assert set(missed.quantity) == {"alignment", "contamination"} and set(missed.seed) == {0}
    assert missed[["model", "task"]].drop_duplicates().shape[0] == 4 and not tables["map"].as_expected.any()
    page = (study.folder / "results/report/index.html").read_text()
    marked = page.partition('id="missed"')[2].partition("</details>")[0]
    assert marked.count("<li>") == len(missed) and "Qwen2, seed 0, on math (dial): contamination is " in marked
    (study.folder / "results/report/index.html").unlink()
    lines = study.snakemake("report").stderr.splitlines()
    assert len([line for line in lines if line.startswith("missed: ")]) == len(missed)
    assert any(line.startswith(f"{len(missed)} expectations of base models are missed") for line in lines)
    assert any(line.endswith("the report is results/report/index.html") for line in lines)


def test_where_the_config_says_so_a_miss_stops_the_study_and_the_terminal_says_why(study):
    study.change_config(lambda config: config["probe"].update(on_miss="stop"))
    done = study.snakemake("all", check=False)
    assert done.returncode != 0
    _, _, log = done.stderr.partition("Logfile results/logs/probe/")
    assert re.search(r"^error: \w+, seed 0, on \w+ \(dial\): alignment is 0\.\d+, outside ", log, re.MULTILINE)
    assert "probe.on_miss: warn goes on all the same" in log


def test_real_data_goes_through_the_same_stages(fresh, tmp_path):
    """All local copies, some cut short: data in verl's schema, overlap, and verdicts on the answers that come along."""
    shared = REPOSITORY.parent / "shared"
    if not shared.exists():
        pytest.skip("../shared/data with the copies of the data sets is not here")
    study = fresh.copy(tmp_path / "study")
    (tmp_path / "shared").symlink_to(shared)
    config = yaml.safe_load((study.folder / "config/real-data.yaml").read_text())
    config["tasks"]["real_math"]["benchmarks"]["random_calculation"]["generate"]["problems"] = 2
    for name, task in config["tasks"].items():
        for block in (task["train"], *task["benchmarks"].values()):
            if name in ("real_code", "real_logic") and "synlogic" not in block["path"]:
                block["limit"] = 5 if name == "real_code" else 25
    (study.folder / OVERLAY).write_text(yaml.safe_dump(config))
    study.snakemake("all")
    results = study.folder / "results-real-data"

    train, test = (pd.read_parquet(results / f"data/real_math/{name}.parquet") for name in ("train", "math500"))
    assert (len(test), len(train)) == (500, 7470)
    row = test.iloc[0]
    assert row.problem_id and row.reward_model["ground_truth"] and row.prompt[0]["role"] == "user"
    assert "<answer>" in row.prompt[0]["content"] and row.extra_info["family"] == "math"
    parts = [pd.read_parquet(results / f"data/real_deepscaler/{x}.parquet") for x in ("train", "deepscaler_validation")]
    assert not set(parts[0].problem_id) & set(parts[1].problem_id)
    # Of 1209 rows one has no answer, and one question stands there three times; a twentieth is for validation.
    assert sum(map(len, parts)) == 1206 and 30 <= len(parts[1]) <= 90

    overlap = pd.read_parquet(results / "tables/overlap.parquet").set_index(["train", "benchmark"])
    counts = ["n_with_ngrams", "any", "half", "exact"]
    assert overlap.loc[("real_math/train", "math500"), counts].tolist() == [449, 49, 9, 0]
    benchmarks = [name for task in config["tasks"].values() for name in task["benchmarks"]]
    assert len(overlap) == len(config["tasks"]) * len(benchmarks)
    assert (results / "figures/overlap.png").exists()

    table = pd.read_parquet(results / "tables/references.parquet").set_index(["task", "benchmark"])
    assert len(table) == len(config["tasks"]) + len(benchmarks)
    assert (table[["correct", "wrong", "unparsed", "timeout"]].sum(axis=1) == table.n).all()
    assert table.family["real_logic", "kor_cipher"] == "kor_bench" and table.family["real_logic", "train"] == "synlogic"
    of_others = table.drop("synlogic", level="benchmark")[lambda t: t.family != "synlogic"]
    # Three of the first 25 answers of KOR-Bench's puzzles are wrong by its own evaluator.
    assert of_others.query("n != correct").index.tolist() == [("real_logic", "kor_puzzle")]
    assert table.wrong["real_logic", "kor_puzzle"] == 3
