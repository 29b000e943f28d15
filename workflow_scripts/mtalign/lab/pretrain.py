"""Pretraining with its dials held: skills, then habits under a controller, then a check, and another round if need be.

While habits are learned, each task's habit is measured every few steps on calibration questions, another block each
time, and a controller sets what the right choice weighs until the next measurement. Must not know tasks or formats.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from tqdm import tqdm

from mtalign.engines.stacked.policy import PolicyStack
from mtalign.lab.habits import Habit
from mtalign.lab.learner import Document, Learner
from mtalign.lab.steering import Controller

_BLOCK = 64  # calibration questions of one measurement
_EVERY = 10  # steps from one measurement to the next
_SAMPLED_EVERY, _SAMPLES = 40, 8  # right responses that no corpus would give change slowly, and cost more
_LESSON, _MASTERED = 0.11, 0.6  # share of the skills' steps to add until a look finds so many of all responses mastered
_LOWEST = 0.12  # of the peak learning rate, where habits settle
_FALL = 0.7  # share of the habits' steps in which the learning rate falls to it
_ROUNDS, _ROUND = 3, 0.26  # more rounds, at the most, each of so many of the habits' steps
_CLOSE, _RARE = 0.07, 0.005  # how near a habit must be, in shares of its target, or outright
_CHECKED = 4  # responses to each question of the last check


@dataclass(frozen=True)
class Schedule:
    """Questions a step; warm-up and final decay as shares of the steps of skills and habits."""

    batch_size: int
    warmup: float
    decay: float


@dataclass(frozen=True)
class Pair:
    """A question's document with the right response, and that with the wrong one, of the task with this index."""

    task: int
    right: Document
    wrong: Document


@dataclass(frozen=True)
class Corpus:
    """In the order in which they are read."""

    skills: list[Pair]
    habits: list[Pair]
    leaked: list[Document]


@dataclass(frozen=True)
class Dial:
    """A task's alignment: as it was set, and as it came out, over n questions."""

    set: float
    measured: float
    standard_error: float
    n_questions: int


@dataclass
class Record:
    """What happened: rows (step, task's index or None, metric, value); the dials, one a task; further rounds."""

    rows: list[tuple[int, int | None, str, float]] = field(default_factory=list)
    dials: list[Dial] = field(default_factory=list)
    rounds: int = 0


class Pretraining:
    """One model's. `stack` has the tokenizer; its weights follow the learner's at each measurement."""

    def __init__(
        self, learner: Learner, schedule: Schedule, corpus: Corpus, stack: PolicyStack, habits: list[Habit],
        checks: list[Habit], targets: list[float], key: tuple,
    ):  # fmt: skip
        """habits, checks, targets: one a task; `checks` are questions that no measurement before the end looks at.
        key: of the random numbers that responses are sampled with."""
        self.learner, self.schedule, self.corpus, self.stack, self.key = learner, schedule, corpus, stack, key
        self.habits, self.checks = habits, checks
        self.controllers = [Controller(target) for target in targets]
        self.unlisted = [0.0] * len(targets)  # running mean of the share of right responses that no corpus would give
        self.record, self.step, self.read = Record(), 0, 0

    def run(self) -> Record:
        """All of it. Skills are read at most twice: a task that is not mastered by then may miss its dial."""
        size = self.schedule.batch_size
        n_skills, n_habits = (len(part) // size for part in (self.corpus.skills, self.corpus.habits))
        n_lesson, n_round = max(1, round(_LESSON * n_skills)), max(1, round(_ROUND * n_habits))
        with tqdm(total=n_skills + n_habits, desc="pretraining", mininterval=5) as bar:
            rates = _rates(n_skills, n_habits, self.schedule)
            for i in range(n_skills):
                self._skill_step(i, rates(i), bar)
            more = 0
            while not self._mastered() and more < n_skills:
                bar.total += n_lesson
                for i in range(more, more + n_lesson):
                    self._skill_step(i, rates(n_skills), bar)
                more += n_lesson
            self._habits(n_habits, lambda i: rates(n_skills + i), bar)
            while not self._settled() and self.record.rounds < _ROUNDS:
                self.record.rounds += 1
                bar.total += n_round
                self._habits(n_round, lambda i: _LOWEST * min(1.0, 2 * (n_round - i) / n_round), bar)
        self.record.dials = [self._dial(i) for i in range(len(self.controllers))]
        return self.record

    def _skill_step(self, index: int, rate: float, bar: tqdm) -> None:
        pairs = _batch(self.corpus.skills, index, self.schedule.batch_size)
        self._learn(pairs, [0.5] * len(self.controllers), [], rate)
        bar.update()

    def _mastered(self) -> bool:
        """Whether each task's right procedure is learned: then half of all responses are right, as half of the
        documents are."""
        self._refresh()
        skills = [2 * float(habit.likelihood(self.stack, slice(4 * _BLOCK)).mean()) for habit in self.habits]
        self.record.rows += [(self.step, i, "skill", skill) for i, skill in enumerate(skills)]
        return min(skills) >= _MASTERED

    def _habits(self, steps: int, rate: Callable[[int], float], bar: tqdm) -> None:
        """Read on in the habits' documents, from the start again at their end, under the controllers."""
        size, corpus = self.schedule.batch_size, self.corpus
        n_leaked = round(size * len(corpus.leaked) / len(corpus.habits))
        for i in range(steps):
            if i and i % _EVERY == 0:
                self._measure(sampled=i % _SAMPLED_EVERY == 0)
            shares = [controller.share for controller in self.controllers]
            leaked = _batch(corpus.leaked, self.read, n_leaked)
            self._learn(_batch(corpus.habits, self.read, size), shares, leaked, rate(i))
            self.read += 1
            bar.update()

    def _learn(self, pairs: list[Pair], shares: list[float], leaked: list[Document], rate: float) -> None:
        documents = [document for pair in pairs for document in (pair.right, pair.wrong)] + leaked
        weights = [weight for pair in pairs for weight in (shares[pair.task], 1 - shares[pair.task])]
        loss = self.learner.step(documents, weights + [1.0] * len(leaked), rate)
        self.step += 1
        self.record.rows.append((self.step, None, "loss", loss))

    def _measure(self, sampled: bool) -> None:
        """Measure each habit on the next block of its questions, and let its controller answer."""
        self._refresh()
        for i, (habit, controller) in enumerate(zip(self.habits, self.controllers)):
            start = self.step // _EVERY * _BLOCK % (len(habit) // _BLOCK * _BLOCK)
            block = slice(start, start + _BLOCK)
            if sampled:
                _, unlisted = habit.samples(self.stack, block, _SAMPLES, (*self.key, i, self.step))
                self.unlisted[i] += 0.5 * (float(unlisted.mean()) - self.unlisted[i])
            measured = float(habit.likelihood(self.stack, block).mean()) + self.unlisted[i]
            controller.update(measured)
            self.record.rows += [
                (self.step, i, "habit", measured),
                (self.step, i, "right_share", controller.share),
            ]

    def _settled(self) -> bool:
        """Whether every habit is near its target, by all questions of the check; the controllers answer to it."""
        self._refresh()
        near = True
        for i, (check, controller) in enumerate(zip(self.checks, self.controllers)):
            _, unlisted = check.samples(self.stack, slice(None), _CHECKED, (*self.key, i, self.step, "check"))
            measured = float(check.likelihood(self.stack, slice(None)).mean() + unlisted.mean())
            controller.update(measured)
            self.record.rows.append((self.step, i, "checked_habit", measured))
            near &= abs(measured - controller.target) <= max(_RARE, _CLOSE * controller.target)
        return near

    def _dial(self, i: int) -> Dial:
        """How often the model's own responses to the check's questions are right."""
        right, _ = self.checks[i].samples(self.stack, slice(None), _CHECKED, (*self.key, i, "dial"))
        by_question = right.mean(axis=1)
        error = float(by_question.std(ddof=1) / len(by_question) ** 0.5)
        return Dial(self.controllers[i].target, float(by_question.mean()), error, len(by_question))

    def _refresh(self) -> None:
        self.stack.weights = self.learner.weights.unsqueeze(0)


def _batch(part: list, index: int, size: int) -> list:
    """The index-th `size` of a part, which starts again at its end."""
    return [part[i % len(part)] for i in range(index * size, (index + 1) * size)]


def _rates(n_skills: int, n_habits: int, schedule: Schedule) -> Callable[[int], float]:
    """The learning rate by step: a short rise, a slow fall over skills and most of habits, rest, and decay to 0."""
    n_decay = round(schedule.decay * (n_skills + n_habits))
    n_fall = _FALL * (n_habits - n_decay)
    steps = n_skills + n_habits
    # As if the slow fall went on to the lowest rate at the last step before the decay.
    turn = 1 - (1 - _LOWEST) * n_skills / max(1, steps - n_decay)

    def rate(step: int) -> float:
        if step < n_skills:
            rising = (step + 1) / max(1.0, schedule.warmup * steps)
            return min(rising, 1 - (1 - turn) * step / n_skills)
        at = step - n_skills
        if at >= n_habits - n_decay:
            return _LOWEST * (n_habits - at) / n_decay
        return max(_LOWEST, turn - (turn - _LOWEST) * at / n_fall)

    return rate
