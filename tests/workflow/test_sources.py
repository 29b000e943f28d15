"""Data of the hub, by the real huggingface_hub from a folder in its cache's layout, offline: the paper's data sets, and
what reruns when a lock changes."""

import hashlib
import io
import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from mtalign.tasks import family

from tests.hub_cache import put
from tests.places import DATA
from tests.workflow.conftest import OVERLAY

needs_data = pytest.mark.skipif(not DATA.exists(), reason=f"needs the copies of data sets in {DATA}")
FIRST, SECOND = "1" * 40, "2" * 40
PART = 12  # rows of each file


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def use(study, config: dict | str) -> None:
    """Make a config the study's overlay."""
    (study.folder / OVERLAY).write_text(config if isinstance(config, str) else yaml.safe_dump(config))


def lines(rows: list) -> bytes:
    return "\n".join(map(json.dumps, rows)).encode()


def table(rows: list) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), buffer)
    return buffer.getvalue()


# ------------------------------------------------------------------------------------------------- what reruns when


@pytest.fixture
def fetched(fresh, cache, tmp_path):
    """A study of one task of the hub, its data made."""
    rows = [{"problem": f"{i}+{i}?", "answer": 2 * i} for i in range(8)]
    put(cache, "lab/sums", {"train.jsonl": lines(rows[:4]), "test.jsonl": lines(rows[4:])}, FIRST)
    study = fresh.copy(tmp_path / "study")
    sets = {name: {"source": "sums", "path": f"{name}.jsonl"} for name in ("train", "test")}
    task = {"family": "math", "template": "plain", "train": sets["train"], "benchmarks": {"sums": sets["test"]}}
    use(
        study,
        {
            "sources": {"sums": {"hub": "lab/sums", "kind": "dataset"}},
            "tasks": {"hub_task": task},
            "study": {"models": [], "tasks": ["hub_task"], "methods": [], "seeds": [0]},
        },
    )
    assert study.planned("data") == {"lock_source": 1, "fetch_source": 1, "prepare_data": 2, "data": 1}
    study.snakemake("data")
    return study


def test_nothing_reruns_when_a_lock_is_made_or_touched(fetched):
    assert json.loads((fetched.folder / "config/lock/sums.json").read_text())["commit"] == FIRST
    assert fetched.planned("data") == {}
    (fetched.folder / "config/lock/sums.json").touch()
    assert fetched.planned("data") == {}


def test_another_commit_is_fetched_when_it_is_locked_and_not_before(fetched, cache):
    new = {"problem": "5+5?", "answer": "10"}
    put(cache, "lab/sums", {"train.jsonl": lines([new]), "test.jsonl": lines([new])}, SECOND)
    assert fetched.planned("data") == {}
    (fetched.folder / "config/lock/sums.json").unlink()
    assert fetched.planned("data") == {"lock_source": 1, "fetch_source": 1, "prepare_data": 2, "data": 1}
    fetched.snakemake("data")
    train = pd.read_parquet(fetched.folder / "results/data/hub_task/train.parquet")
    assert [info["question"] for info in train.extra_info] == ["5+5?"]
    assert fetched.planned("data") == {}


def test_a_lock_from_elsewhere_is_obeyed(fetched, cache):
    """As when a colleague's lock comes with a pull: only fetching and what follows from it, at that commit."""
    path = fetched.folder / "config/lock/sums.json"
    content = lines([{"problem": "7+7?", "answer": "14"}])
    entry = json.loads(path.read_text())
    entry |= {"commit": SECOND, "sha256": dict.fromkeys(entry["sha256"], hashlib.sha256(content).hexdigest())}
    path.write_text(json.dumps(entry))
    put(cache, "lab/sums", dict.fromkeys(entry["sha256"], content), SECOND)
    assert fetched.planned("data") == {"fetch_source": 1, "prepare_data": 2, "data": 1}
    fetched.snakemake("data")
    train = pd.read_parquet(fetched.folder / "results/data/hub_task/train.parquet")
    assert [info["question"] for info in train.extra_info] == ["7+7?"]
    entry["sha256"]["test.jsonl"] = "0" * 64
    path.write_text(json.dumps(entry))
    assert fetched.snakemake("data", check=False).returncode != 0
    assert json.loads(path.read_text()) == entry
    log = (fetched.folder / "results/logs/sources/sums.log").read_text()
    assert f"test.jsonl has sha256 {hashlib.sha256(content).hexdigest()}, but {'0' * 64} is locked" in log


# ----------------------------------------------------------------------------------------------- the paper's data sets


def read(name: str) -> list[dict]:
    """The first rows of a local copy."""
    text = (DATA / name).read_text()
    rows = [json.loads(line) for line in text.splitlines()] if name.endswith("l") else json.loads(text)
    return (rows.get("examples", rows) if isinstance(rows, dict) else rows)[:PART]


def repositories() -> dict[str, dict[str, bytes]]:
    """The paper's data sets as the hub has them: cut short, or made up by their schema where there is no copy here."""
    mathematics, code = read("math_train/rllm_train_math.json"), read("mbpp/mbpp.jsonl")
    mbpp = [json.loads(line) for line in (DATA / "mbpp/mbpp.jsonl").read_text().splitlines()]
    bbh = ("navigate", "word_sorting")
    kor = [f"{name}/{file}.jsonl" for name in KOR for file in ("rule", "sample")]
    aime24 = {"id": 60, "problem": "Find m+n.", "solution": "...", "answer": "025", "url": "", "year": "2024"}
    return {
        "agentica-org/DeepScaleR-Preview-Dataset": {
            "deepscaler.json": json.dumps([row | {"solution": ""} for row in mathematics]).encode()
        },
        "HuggingFaceH4/MATH-500": {"test.jsonl": lines(read("math500/test.jsonl"))},
        "HuggingFaceH4/aime_2024": {"data/train-00000-of-00001.parquet": table([aime24])},
        "math-ai/aime25": {"test.jsonl": lines([{"problem": "An angle?", "answer": r"336^\circ", "id": "0"}])},
        "math-ai/amc23": {"test-00000-of-00001.parquet": table([{"id": 0, "question": "How far?", "answer": 27.0}])},
        "openai/gsm8k": {
            "main/test-00000-of-00001.parquet": table(read("gsm8k/test.jsonl")),
            "main/train-00000-of-00001.parquet": b"not asked for",
        },
        "MiniMaxAI/SynLogic": {
            f"synlogic_easy/{name}.parquet": table(read(f"synlogic_dev/easy_like_{name}.jsonl"))
            for name in ("train", "validation")
        },
        "lukaemon/bbh": {f"{name}/test-00000-of-00001.parquet": table(read(f"bbh/{name}.json")) for name in bbh},
        "BBEH/bbeh": {"data/train-00000-of-00001.parquet": table(read("bbeh/mini/data.json"))},
        "m-a-p/KOR-Bench": {name: (DATA / "kor_bench" / name).read_bytes() for name in kor},
        "google-research-datasets/mbpp": {
            f"full/{name}-00000-of-00001.parquet": table(rows)
            for name, rows in (("test", code), ("train", mbpp[600 : 600 + PART]))
        },
        "openai/openai_humaneval": {
            "openai_humaneval/test-00000-of-00001.parquet": table(read("humaneval/HumanEval.jsonl"))
        },
    }


KOR = ("operation", "logic", "cipher", "puzzle", "counterfactual")
# Data set of config/paper.yaml -> its family, and a local copy with the same content.
COPIES = {
    "mathematics/train": ("math", {"path": "math_train/rllm_train_math.json", "limit": PART, "broken_rows": 4}),
    "mathematics/math500": ("math", {"path": "math500/test.jsonl", "limit": PART}),
    "mathematics/gsm8k": ("gsm8k", {"path": "gsm8k/test.jsonl", "limit": PART}),
    "logic/train": ("synlogic", {"path": "synlogic_dev/easy_like_train.jsonl", "limit": PART}),
    "logic/synlogic": ("synlogic", {"path": "synlogic_dev/easy_like_validation.jsonl", "limit": PART}),
    "logic/bbeh": ("bbeh", {"path": "bbeh/mini", "limit": PART}),
    **{f"logic/kor_{name}": ("kor_bench", {"path": "kor_bench", "category": name}) for name in KOR},
    "code/train": ("mbpp", {"path": "mbpp/mbpp.jsonl", "split": "train", "limit": PART}),
    "code/humaneval": ("humaneval", {"path": "humaneval/HumanEval.jsonl", "limit": PART}),
}
GOLDS = {"mathematics/aime24": "025", "mathematics/aime25": r"336^\circ", "mathematics/amc23": "27.0"}


@needs_data
def test_the_papers_data_sets_are_the_same_from_the_hub_and_from_files(fresh, cache, tmp_path):
    study = fresh.copy(tmp_path / "study")
    config = (study.folder / "config/paper.yaml").read_text()
    use(study, config)
    for repository, files in repositories().items():
        put(cache, repository, files, FIRST)
    study.snakemake("data")
    made = {}
    for path in (study.folder / "results-paper/data").rglob("*.parquet"):
        made[f"{path.parent.name}/{path.stem}"] = pd.read_parquet(path)
    tasks = yaml.safe_load(config)["tasks"]
    assert set(made) == {f"{task}/{name}" for task in tasks for name in ("train", *tasks[task]["benchmarks"])}
    for name, (of, source) in COPIES.items():
        problems = family(of).load(source | {"path": str(DATA / source["path"])}, seed=0)
        assert list(made[name].problem_id) == [problem.problem_id for problem in problems], name
        assert [info["question"] for info in made[name].extra_info] == [problem.question for problem in problems], name
        golds = [model["ground_truth"] for model in made[name].reward_model]
        assert golds == [problem.ground_truth for problem in problems], name
        assert {info["family"] for info in made[name].extra_info} == {of}
    for name, gold in GOLDS.items():
        assert [model["ground_truth"] for model in made[name].reward_model] == [gold]
    assert len(made["logic/bbh"]) == 2 * PART
    tasks_of_bbh = {json.loads(info["extra"])["task"] for info in made["logic/bbh"].extra_info}
    assert tasks_of_bbh == {"navigate", "word_sorting"}
    assert len(made["mathematics/random_calculation"]) == 20 * 25
    assert all("<answer>" in prompt[0]["content"] for table in made.values() for prompt in table.prompt)
