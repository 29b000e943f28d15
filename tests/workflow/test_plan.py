"""`make plan`: Snakemake's own jobs, cached and remaining, with their cost."""

import re
import shutil
import subprocess
import sys

from tests.workflow.conftest import OVERLAY, environment


def plan(study, *arguments: str) -> tuple[dict[str, list[int]], str]:
    """Stage -> jobs, cached, remaining; and all that it says."""
    command = [sys.executable, "workflow_scripts/plan_study.py", *arguments]
    done = subprocess.run(command, cwd=study.folder, capture_output=True, text=True, env=environment())
    assert done.returncode == 0, done.stdout + done.stderr
    rows = re.findall(r"^(\w+) +(?:CPU|GPU) +(\d+) +(\d+) +(\d+) ", done.stdout, re.MULTILINE)
    return {stage: [int(count) for count in counts] for stage, *counts in rows}, done.stdout


def test_what_is_cached_and_what_remains(study):
    stages, text = plan(study, OVERLAY)
    assert stages["train_policy"] == [12, 12, 0] and stages["score_rollouts"] == [16, 16, 0]
    assert {remain for *_, remain in stages.values()} == {0}
    assert re.search(r"(\d+) jobs: \1 cached, 0 remain", text)
    shutil.rmtree(study.folder / "results/runs/qwen2/math/random")
    (study.folder / "results/tables/curves.parquet").unlink()
    stages, _ = plan(study, OVERLAY)
    assert stages["train_policy"] == [12, 11, 1]
    assert {stage: remain for stage, (*_, remain) in stages.items() if remain} == study.planned("all")


def test_the_papers_scale_fits_the_time_that_it_asks_for(fresh):
    stages, text = plan(fresh, "config/paper.yaml")
    assert stages["train_policy"] == [66, 0, 66]
    assert "TOO LONG" not in text
    assert "Sizes assumed" not in text


def test_any_other_model_counts_in_gpu_hours(fresh, tmp_path):
    (tmp_path / "model").mkdir()
    overlay = tmp_path / "big.yaml"
    overlay.write_text(
        f"models: {{big: {{path: {tmp_path}/model}}}}\n"
        "study: {models: [big], seeds_per_job: 1}\n"
        "cluster: {jobs: {train_policy: {gpus: 8, minutes: 2880}, sample_trained: {gpus: 1, minutes: 2}}}\n"
    )
    _, text = plan(fresh, str(overlay))
    assert re.search(r"^train_policy +GPU +132 +0 +132 .* 48\.0 h$", text, re.MULTILINE)
    # 128 problems x 4 samples x 2 top-p x 1,060 tokens at 1,928 a second, and 95 s to start
    assert "\nTOO LONG: 132 sample_trained jobs may take 2.0 min and need up to 11.0 min. Raise cluster.jobs." in text
    assert not re.search(r"^TOO LONG: .* train_policy", text, re.MULTILINE)
    assert "16.0 GB" in re.search(r"^import_model.*", text, re.MULTILINE)[0]  # 8 billion parameters in bfloat16
