"""What reruns when: the design's table, each test a change and the jobs that follow from it, by a dry run."""

import re
import shutil
import subprocess
import sys

import pytest

from tests.workflow.conftest import environment

CELLS, METHODS = 4, 3  # of tiny.yaml: 2 models x 2 tasks; one seed
FIGURES = {
    "figure_overview",
    "figure_map",
    "figure_passk",
    "figure_contamination",
    "figure_overlap",
    "figure_learning_curves",
    "figure_entropy",
    "figure_alignment_gain",
}
# What shows tables; what follows from new scores of trained policies; and, besides, from those of base models.
SHOWN = {"typeset_tables", "report"}
RESULTS = {"tabulate_rq1_rewards", "tabulate_ttrl", "tabulate_rq2_one_shot", "tabulate_rq3_negatives"}
TABLES = {"tabulate_passk", "tabulate_evaluation", "tabulate_curves", "tabulate_samples"} | RESULTS | SHOWN
DRAWN = FIGURES - {"figure_contamination", "figure_overlap", "figure_map"}
JUDGED = {"tabulate_effects", "tabulate_claims", "tabulate_paper_numbers", "tabulate_alignment_gain"}
TABLES |= {"tabulate_problems"} | JUDGED
BASES = {"check_expectations", "tabulate_expectations", "tabulate_map", "figure_map"}


def test_nothing_after_the_end(finished):
    assert finished.planned("all") == {}


def test_nothing_when_every_file_is_touched(study):
    for pattern in ("*.py", "*.smk", "*.yaml", "Snakefile"):
        for path in study.folder.rglob(pattern):
            path.touch()
    assert study.planned("all") == {}


def test_nothing_when_snakemake_forgets(study):
    shutil.rmtree(study.folder / ".snakemake")
    assert study.planned("all") == {}


def test_new_method_trains_that_method_only(study):
    overlay(study, "[ground_truth, random, nsr]", "[ground_truth, random, nsr, psr]")
    planned = study.planned("all")
    assert [planned.pop(rule) for rule in ("train_policy", "sample_trained", "score_rollouts")] == [CELLS] * 3
    assert set(planned) == TABLES | DRAWN


def test_method_defined_but_not_in_the_study_costs_nothing(study):
    study.change_config(
        lambda config: config["methods"].update(mine={"reward": "random", "advantage": "psr", "data": "train"})
    )
    assert study.planned("all") == {}


def test_new_seed_trains_that_seed_only(study):
    """And pretrains its base models; what is known of base models is of all replications, so made anew."""
    overlay(study, "seeds: [0]", "seeds: [0, 1]")
    planned = study.planned("all")
    assert [planned.pop(rule) for rule in ("train_policy", "sample_trained")] == [CELLS * METHODS] * 2
    assert [planned.pop(rule) for rule in ("write_corpus", "pretrain_model")] == [2] * 2
    assert [planned.pop(rule) for rule in ("sample_base", "complete_questions", "score_solutions")] == [CELLS] * 3
    assert planned.pop("score_rollouts") == CELLS * (1 + METHODS)
    contamination = {"tabulate_contamination", "figure_contamination"}
    assert set(planned) == TABLES | DRAWN | BASES | contamination


def test_new_task_leaves_the_other_tasks_runs_alone(study):
    overlay(study, "tasks: [math, operation]", "tasks: [math, operation, cipher]")
    planned = study.planned("all")
    assert planned["train_policy"] == 2 * METHODS and planned["sample_base"] == 2
    assert not {"pretrain_model", "write_corpus"} & set(planned)  # the models have read about every task already


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("workflow_scripts/figures/map.py", {"figure_map", "report"}),
        ("workflow_scripts/mtalign/presentation/style.py", FIGURES | SHOWN),
        ("workflow_scripts/tables/overlap.py", {"tabulate_overlap", "figure_overlap"} | SHOWN),
        ("workflow_scripts/mtalign/probes/ngram_overlap.py", {"tabulate_overlap", "figure_overlap"} | SHOWN),
        ("workflow_scripts/report/style.css", {"report"}),
        ("captions/figures/map.rst", {"report"}),
        ("captions/tables/map.rst", SHOWN),
        ("workflow_scripts/mtalign/rewards/majority.py", set()),  # no method of this study
        ("README.md", set()),
    ],
)
def test_edited_source_reruns_its_own_jobs(study, path, expected):
    edit(study, path)
    assert set(study.planned("all")) == expected


def test_comments_and_docstrings_rerun_nothing(study):
    for path in (
        "train.py",
        "make_table.py",
        "figures/map.py",
        "mtalign/parquet.py",
        "mtalign/vocabulary.py",
        "mtalign/verification/sandbox/runner.py",
        "mtalign/verification/responses.py",
        "mtalign/judging.py",
        "mtalign/engines/dapo/trainer.py",
        "mtalign/tasks/shared/generated.py",
        "mtalign/study/grid.py",
    ):
        file = study.folder / "workflow_scripts" / path
        text = file.read_text() + '\n# A comment.\n\n\ndef _unused():\n    """Nothing."""\n'
        file.write_text(text.partition("\n\n\ndef _unused")[0].replace('"""', '"""In other words: ', 1))
    assert study.planned("all") == {}


@pytest.mark.parametrize(
    "path",
    [
        "errors.py",
        "verification/sandbox/runner.py",
        "data/prompt_templates.py",
        "tasks/kor_bench.py",
        "study/checks.py",
        "study/catalog.py",
        "presentation/words.py",
    ],
)
def test_what_no_training_needs_trains_nothing(study, path):
    """An exception's class, the sandbox, a template, a verifier of another family, ..."""
    edit(study, f"workflow_scripts/mtalign/{path}")
    assert not {"pretrain_model", "train_policy", "sample_trained", "score_rollouts"} & set(study.planned("all"))


def test_a_tables_new_column_reruns_that_table_and_what_reads_it(study):
    path = study.folder / "workflow_scripts/tables/effects.py"
    text = path.read_text()
    text = text.replace("    n_seeds: INT\n", '    n_seeds: INT\n    n_cells: INT\n    """Cells."""\n', 1)
    path.write_text(text.replace('"n": len(pairs),', '"n": len(pairs),\n        "n_cells": len(pairs),'))
    readers = {"tabulate_paper_numbers", "tabulate_alignment_gain", "figure_alignment_gain"}
    assert set(study.planned("all")) == {"tabulate_effects", "describe_results"} | readers | SHOWN
    study.snakemake("all")
    assert "n_cells" in (study.folder / "results/tables/effects.csv").read_text().splitlines()[0]


def test_one_verifier_is_judged_by_again_and_what_follows(study):
    """Without models, so that the family's own problems are not what anything was trained on."""
    overlay(study, "models: [qwen2, llama]", "models: []")
    overlay(study, "methods: [ground_truth, random, nsr]", "methods: []")
    study.snakemake("all")
    edit(study, "workflow_scripts/mtalign/tasks/operation.py")
    planned = study.planned("all")
    assert (planned.pop("prepare_data"), planned.pop("answer_references"), planned.pop("score_rollouts")) == (3, 1, 1)
    assert set(planned) == {"tabulate_references", "tabulate_overlap", "figure_overlap"} | SHOWN


def test_edited_reward_trains_its_methods_only(study):
    edit(study, "workflow_scripts/mtalign/rewards/random.py")
    planned = study.planned("all")
    assert [planned.pop(rule) for rule in ("train_policy", "sample_trained", "score_rollouts")] == [CELLS] * 3
    assert set(planned) == TABLES | DRAWN


def test_edited_scoring_samples_and_trains_nothing(study):
    edit(study, "workflow_scripts/score_rollouts.py")
    planned = study.planned("all")
    assert planned.pop("score_rollouts") == CELLS * (1 + METHODS)
    assert set(planned) == TABLES | DRAWN | BASES


def test_leave_to_run_programs_judges_again_and_trains_nothing(study):
    """Training is told of it, too: without isolation or leave, it ends with an error."""
    study.change_config(lambda config: config["verification"].update(allow_unisolated=True))
    planned = study.planned("all")
    assert planned["score_rollouts"] == CELLS * (1 + METHODS) and "train_policy" not in planned
    shown = study.snakemake("all", "--dry-run", "--printshellcmds", "--forcerun", "train_policy").stdout
    assert len(re.findall(r"train\.py .* --allow-unisolated ", shown)) == CELLS * METHODS


def test_changed_threshold_redraws_the_map(study):
    study.change_config(lambda config: config["probe"]["colours"].update(alignment=0.5))
    redrawn = {"figure_map", "figure_overview", "figure_alignment_gain"}
    assert set(study.planned("all")) == {"tabulate_map"} | RESULTS | JUDGED | redrawn | SHOWN


def test_changed_claim_is_judged_again_and_nothing_else(study):
    path = study.folder / "config/claims.yaml"
    path.write_text(path.read_text().replace("above: 0.05", "above: 0.06", 1))
    assert set(study.planned("all")) == {"tabulate_claims"} | SHOWN


def test_changed_dial_starts_that_model_again(study):
    study.change_config(lambda config: config["models"]["llama"]["lab"]["tasks"]["math"].update(alignment=0.5))
    planned = study.planned("all")
    assert planned["pretrain_model"] == 1 and "write_corpus" not in planned  # what it reads stays; how it weighs, not
    assert planned["train_policy"] == CELLS // 2 * METHODS


def test_one_figure_by_name_or_by_path(study):
    (study.folder / "results/figures/map.png").unlink()
    assert study.planned("figure_map") == {"figure_map": 1}
    assert study.planned("results/figures/map.png") == {"figure_map": 1}
    study.snakemake("figure_map")
    assert (study.folder / "results/figures/map.png").exists()


def test_bad_config_is_one_clear_message(study):
    study.change_config(lambda config: config["training"].update(learning_rte=1))
    done = study.snakemake("-n", check=False)
    assert done.returncode != 0
    assert "training.learning_rte" in done.stderr and "learning_rate" in done.stderr
    assert "Traceback" not in done.stderr


def overlay(study, old: str, new: str) -> None:
    """Edit the study's overlay."""
    path = study.folder / "tests/workflow/tiny.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def edit(study, path: str) -> None:
    """Change a file: a statement more in Python, a comment in others."""
    file = study.folder / path
    file.write_text(file.read_text() + ("\n_CHANGED = True\n" if file.suffix == ".py" else "\n# A changed line.\n"))


def test_a_bare_snakemake_uses_all_cores(study):
    (study.folder / "results/figures/map.png").unlink()
    command = [sys.executable, "-m", "snakemake", "figure_map", "--configfile", "tests/workflow/tiny.yaml"]
    done = subprocess.run(command, cwd=study.folder, capture_output=True, text=True, env=environment())
    assert done.returncode == 0, done.stderr
    assert (study.folder / "results/figures/map.png").exists()
