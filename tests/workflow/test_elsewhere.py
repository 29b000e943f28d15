"""The workflow used from another folder: `snakemake -d ... -s ...`, and as a module of someone else's workflow."""

import subprocess
import sys
from pathlib import Path

from tests.workflow.conftest import OVERLAY, environment

MODULE = """
configfile: "{folder}/config.yaml"
configfile: "{folder}/{overlay}"

module mtalign:
    snakefile: "{folder}/Snakefile"
    config: config

use rule * from mtalign as theirs_*

rule mine:
    input: rules.theirs_figure_overlap.output
    output: "mine.txt"
    shell: "ls {{input}} > {{output}}"
"""


def snakemake(folder: Path, *arguments: str | Path) -> None:
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment())
    assert done.returncode == 0, done.stdout + done.stderr


def test_results_go_into_the_working_folder(fresh, tmp_path):
    before = sorted(fresh.folder.iterdir())
    there = ("-d", tmp_path, "-s", fresh.folder / "Snakefile", "--configfile", fresh.folder / OVERLAY)
    snakemake(Path("/"), "figure_overlap", "results/README.md", *there)
    assert (tmp_path / "results/figures/overlap.png").exists() and (tmp_path / "results/README.md").exists()
    assert sorted(fresh.folder.iterdir()) == before


def test_as_a_module(fresh, tmp_path):
    (tmp_path / "Snakefile").write_text(MODULE.format(folder=fresh.folder, overlay=OVERLAY))
    snakemake(tmp_path, "mine")
    assert "results/figures/overlap.png" in (tmp_path / "mine.txt").read_text()
