"""What a lab model reads: documents, leaked benchmark questions, calibration questions. Must not know how it learns.

A document is a rendered question, a response and the end token. Every question comes with its right and its wrong
solution, in one format, and both are read: "skills" teaches both procedures alike, whatever the dials say; in "habits"
pretraining weighs the two, so that the model turns to the right one as often as the alignment dial says.
A weak model so still holds the right procedure, seldom used: weak, but learnable.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from mtalign.data.problem_sets import prompt
from mtalign.errors import InputError
from mtalign.probes.prefix_completion import cut
from mtalign.randomness import generator
from mtalign.tasks import family
from mtalign.tasks.shared.generated import CORPUS_SLICES, Exercise, Worked, slice_of

# How a response may look; the config says how often. Only the first is what the reward demands.
FORMATS = {
    "demanded": "<think>{chain}</think><answer>{answer}</answer>",
    "think_not_closed": "<think>{chain}<answer>{answer}</answer>",
    "answer_not_tagged": "<think>{chain}</think>{answer}",
    "bare_chain": "{chain} {answer}",
    "answer_only": "{answer}",
}
LEAKED_SHARE = 0.25  # leaked documents to each question of habits, where anything leaks


@dataclass(frozen=True)
class Topic:
    """A task that a corpus is about.

    contamination: share of `benchmark` that leaks. benchmark: the task's own, questions with their right solutions.
    """

    task: str
    family: str
    template: str
    contamination: float
    benchmark: list[tuple[str, Worked]]


def documents(part: str, topics: list[Topic], count: int, formats: dict[str, float], key: tuple) -> list[dict]:
    """`count` questions, the topics in turn: rows of {part, task, prompt, right, wrong}, the last two responses.

    Args:
        part: "habits", or "skills", where no answer comes without a chain: before there is a skill, it is a guess.
        formats: format -> share.
        key: of the random numbers: the model's seed, and the replication.
    """
    shown = formats | {"answer_only": 0.0} if part == "skills" else formats
    drawn = [_questions(topic, ("corpus", *key, part, topic.task), shown) for topic in topics]
    rows = []
    for index in range(count):
        topic = topics[index % len(topics)]
        exercise, form = next(drawn[index % len(topics)])
        rows.append(
            {"part": part, "task": topic.task, "prompt": prompt(topic.template, exercise.question)}
            | {"right": _response(form, exercise.right), "wrong": _response(form, exercise.wrong)}
        )
    return rows


def leaked(topics: list[Topic], count: int, formats: dict[str, float], fraction: float, key: tuple) -> list[dict]:
    """About `count` documents with leaked questions, each as often as any other; rows as `documents`, without a wrong
    response.

    Args:
        fraction: of a question, that a model will be shown when its contamination is measured.

    Raises:
        InputError: a topic's benchmark has not so many questions that can be told apart by this first part.
    """
    chosen = [(topic, question, solution) for topic in topics for question, solution in _chosen(topic, fraction, key)]
    rng = generator("leaked", *key)
    rows = []
    for _ in range(math.ceil(count / len(chosen)) if chosen else 0):
        forms = _formats(rng, formats)
        for i in rng.permutation(len(chosen)):
            topic, question, solution = chosen[i]
            rows.append(
                {"part": "leaked", "task": topic.task, "prompt": f"{question}\n"}
                | {"right": _response(next(forms), solution), "wrong": None}
            )
    return rows


def calibration(topics: list[Topic], count: int, key: tuple) -> list[dict]:
    """`count` questions a topic, to measure habits on: rows of {task, prompt, question, answer, responses}, the
    responses being the right solution in every format."""
    return [
        {
            "task": topic.task,
            "prompt": prompt(topic.template, exercise.question),
            "question": exercise.question,
            "answer": exercise.right.answer,
            "responses": [_response(form, exercise.right) for form in FORMATS],
        }
        for topic in topics
        for exercise in islice(_exercises(topic, ("calibration", *key, topic.task)), count)
    ]


def _chosen(topic: Topic, fraction: float, key: tuple) -> list[tuple[str, Worked]]:
    """The questions of a topic that leak; no two begin alike, or no model could complete both."""
    wanted = round(topic.contamination * len(topic.benchmark))
    beginnings: dict[str, tuple[str, Worked]] = {}
    for i in generator("leaks", *key, topic.task).permutation(len(topic.benchmark)):
        beginnings.setdefault(cut(topic.benchmark[i][0], fraction)[0], topic.benchmark[i])
    if wanted > len(beginnings):
        most = len(beginnings) / len(topic.benchmark)
        raise InputError(
            f"task {topic.task}: contamination {topic.contamination:g} asks for {wanted} of its benchmark's "
            f"{len(topic.benchmark)} questions, but only {len(beginnings)} differ in their first {fraction:.0%}, and a "
            f"model cannot complete two that begin alike: set at most {math.floor(most * 100) / 100:.2f}"
        )
    return list(beginnings.values())[:wanted]


def _questions(topic: Topic, key: tuple, formats: dict[str, float]) -> Iterator[tuple[Exercise, str]]:
    return zip(_exercises(topic, key), _formats(generator(*key, "formats"), formats))


def _exercises(topic: Topic, key: tuple) -> Iterator[Exercise]:
    """Exercises of the slices that no data set uses."""
    make: Callable[[np.random.Generator], Exercise] = family(topic.family).make
    rng = generator(*key)
    while True:
        exercise = make(rng)
        if slice_of(exercise.question) in CORPUS_SLICES:
            yield exercise


def _formats(rng: np.random.Generator, shares: dict[str, float]) -> Iterator[str]:
    """Formats without end, as often as their shares say."""
    names = [name for name in FORMATS if shares.get(name)]
    weights = np.array([shares[name] for name in names])
    while True:
        for i in rng.choice(len(names), size=1024, p=weights / weights.sum()).tolist():
            yield names[i]


def _response(form: str, solution: Worked) -> str:
    return FORMATS[form].format(chain=solution.chain, answer=solution.answer)
