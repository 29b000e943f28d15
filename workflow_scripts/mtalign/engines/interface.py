"""What engines offer to the stages, and which there are, by name.

Standard library only until an engine is asked for: rules read the names, and a job pays for its own engine alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from mtalign.data.problem_sets import Item
    from mtalign.engines.policy import Policy

AUTO = "auto"  # "torch" for what its stacked policy reads, else "transformers"
# Engine -> the modules with its classes `Sampler` and `Trainer`, and what these find by name; the first two differ in
# their policies alone.
_ENGINES = {
    "torch": {"sampler": "policy_sampler", "trainer": "dapo.job", "policy": "stacked.policy"},
    "transformers": {"sampler": "policy_sampler", "trainer": "dapo.job", "policy": "transformers.policy"},
    "vllm": {"sampler": "vllm.sampler"},
    "verl": {"trainer": "verl.job", "hooks": "verl.hooks", "agent_loop": "verl.agent_loop"},
}
NAMES = (AUTO, *_ENGINES)


@dataclass(frozen=True)
class Request:
    """Prompts that are answered together.

    keys: [policies][prompts], what the random numbers of a response are made from, with its number among the samples;
    whether an engine makes uniform numbers or seeds of them is its own affair.
    limits: the longest response to each prompt, in tokens. temperature: 0 is greedy.
    """

    prompts: list[list[int]]
    keys: list[list[tuple]]
    samples: int
    limits: list[int]
    temperature: float
    top_p: float = 1.0


@dataclass(frozen=True)
class Responses:
    """What one policy answers to a request: columns, a row a response, all samples of a prompt together.

    logprobs: of the whole response at temperature 1 without top-p, in nats. finished: whether it ended in time.
    """

    texts: list[str]
    tokens: list[list[int]]
    logprobs: list[float]
    finished: list[bool]


class Sampler(Protocol):
    """Some policies with one tokenizer. Ask once for responses, or for likelihoods: policies are then let go."""

    def __init__(self, engine: str, folders: list[Path], spec: dict, machine: dict):
        """folders: Hugging Face folders; spec: the stage's parameters; machine: what a job gets (`Study.machine`)."""

    def encode(self, texts: list[str]) -> list[list[int]]:
        """Token ids of each text, without special tokens."""

    def encode_prompts(self, prompts: list[str], chat_template: bool) -> list[list[int]]:
        """Token ids of what a model is shown: each prompt, or a chat in which it is the user's message."""

    def sample(self, requests: list[Request]) -> Iterator[tuple[int, int, Responses]]:
        """(policy, request, its responses), in an order of the engine's."""

    def response_logprobs(
        self, requests: list[tuple[list[list[int]], list[list[int]]]]
    ) -> Iterator[tuple[int, int, list[float]]]:
        """(policy, request, log-probabilities) of one given response to each prompt, the end token included, in nats.

        requests: (prompts, responses) each.
        """


class Trainer(Protocol):
    """The runs of one cell."""

    layout: dict  # what a checkpoint depends on beside parameters and inputs

    def __init__(self, engine: str, folders: list[Path], spec: dict, machine: dict, allow_unisolated: bool):
        """As `Sampler`; folders: the base model of each run. allow_unisolated: see `judging.VerifierPool`."""

    def usable(self, items: "list[Item]") -> "list[Item]":
        """Those that can be trained on."""

    def train(
        self, train: "list[list[Item]]", validation: "list[Item]", checkpoints: Path, policies: Path
    ) -> tuple[list[tuple], list[tuple]]:
        """Train to the end, from what is in the folder of checkpoints, and write policies/seed-N for each run.

        Args:
            train: what each run is trained on.

        Returns:
            metrics (seed, step, metric, value), and visits (seed, step, problem_id, accuracy).
        """


def sampler(engine: str, folders: list[Path], spec: dict, machine: dict) -> Sampler:
    """The sampler of some policies."""
    engine = chosen(engine, folders)
    return _module(engine, "sampler").Sampler(engine, folders, spec, machine)


def trainer(engine: str, folders: list[Path], spec: dict, machine: dict, allow_unisolated: bool) -> Trainer:
    """The trainer of a cell's runs."""
    engine = chosen(engine, folders)
    return _module(engine, "trainer").Trainer(engine, folders, spec, machine, allow_unisolated)


def policies(engine: str, folders: list[Path], spec: dict, machine: dict) -> "list[Policy]":
    """Policies with one tokenizer, stacked where the engine stacks; large ones are loaded when they are first used."""
    return _module(engine, "policy").load(folders, spec.get("precision", "float32"), machine)


def check(engine: str, folder: Path) -> None:
    """Whether an engine of this process can compute a Hugging Face folder's model; verl and vLLM say so themselves.

    Raises:
        ValueError: why not.
    """
    engine = chosen(engine, [folder])
    if "policy" in _ENGINES[engine]:
        _module(engine, "policy").check(folder)


def chosen(engine: str, folders: list[Path]) -> str:
    """The engine that a name stands for."""
    if engine != AUTO:
        return engine
    try:
        check("torch", folders[0])
    except ValueError:
        return "transformers"
    return "torch"


def modules(engine: str, stage: str) -> list[str]:
    """The modules that a command line finds by an engine's name; stage: "sampler" or "trainer"."""
    engines = ("torch", "transformers") if engine == AUTO else (engine,)
    other = {"sampler": "trainer", "trainer": "sampler"}[stage]
    files = {file for name in engines for part, file in _ENGINES[name].items() if part != other}
    return sorted(f"{__package__}.{file}" for file in files)


def _module(engine: str, part: str) -> Any:
    return import_module(f"{__package__}.{_ENGINES[engine][part]}")
