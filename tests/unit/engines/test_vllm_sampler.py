"""What vLLM is asked for, without vLLM (tests/engines has it)."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from mtalign.study.grid import Study

from tests.places import REPOSITORY

pytest.importorskip("transformers")
from mtalign.engines.vllm import sampler as vllm_sampler


@pytest.mark.parametrize(("device", "share"), [("cuda", 0.9), ("cpu", 0.5)])
def test_it_takes_the_share_of_memory_that_is_free(monkeypatch, device, share):
    """Of a GPU nearly all, since no trainer is beside it; of a CPU's memory no more than beside one."""
    config = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
    config["engine"]["device"] = device
    asked = {}
    monkeypatch.setitem(sys.modules, "vllm", SimpleNamespace(LLM=lambda _, **options: asked.update(options)))
    monkeypatch.setattr(vllm_sampler.AutoTokenizer, "from_pretrained", lambda _: None)
    monkeypatch.setattr(vllm_sampler, "CPU", {})
    monkeypatch.setattr(vllm_sampler, "_ONE_PROCESS", {})
    config["sampler"] = "vllm"
    sampler = vllm_sampler.Sampler("vllm", [Path("policy")], {"precision": "float32"}, Study(config).machine("sampler"))
    sampler._load(Path("policy"), longest=99)
    assert asked["gpu_memory_utilization"] == share
