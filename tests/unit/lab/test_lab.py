"""The lab: what models read, how they learn it, and that a dial is brought to what comes out."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from mtalign.data.prompt_templates import TEMPLATES
from mtalign.engines.stacked.decoder import Architecture, document_logits, response_logits
from mtalign.engines.stacked.policy import PolicyStack
from mtalign.errors import InputError
from mtalign.lab import tokenizer
from mtalign.lab.corpus import FORMATS, Topic, calibration, documents, leaked
from mtalign.lab.habits import Habit
from mtalign.lab.learner import Document, Learner, Optimization
from mtalign.lab.muon import Muon, orthogonalized
from mtalign.lab.pretrain import Corpus, Pair, Pretraining, Schedule, _rates
from mtalign.lab.steering import Controller
from mtalign.tasks import addition, cipher
from mtalign.tasks.shared.generated import CORPUS_SLICES, Worked, slice_of

VOCABULARY = tokenizer.build()
PAD, END = (VOCABULARY.token_to_id(name) for name in (tokenizer.PAD, tokenizer.END))
ARCH = Architecture("qwen2", VOCABULARY.get_vocab_size(), 16, 2, 2, 32, tokenizer.MAX_LENGTH)
OPTIMIZATION = Optimization(muon_lr=0.02, muon_momentum=0.8, adamw_lr=0.02, grad_clip=1.0, question_weight=0.1)
MIXED = {"demanded": 0.45, "think_not_closed": 0.1, "answer_not_tagged": 0.1, "bare_chain": 0.3, "answer_only": 0.05}


def topic(module, contamination: float = 0.0) -> Topic:
    name = module.__name__.rpartition(".")[2]
    problems = module.load({"generate": {"problems": 64, "slice": 1}}, 0)
    benchmark = [(p.question, Worked(p.extra["solution"], p.ground_truth)) for p in problems]
    return Topic(name, name, TEMPLATES["lab"], contamination, benchmark)


def learner(key=(0, 0)) -> Learner:
    return Learner(ARCH, OPTIMIZATION, PAD, key)


def stack_of(some: Learner) -> PolicyStack:
    return PolicyStack(ARCH, some.weights.unsqueeze(0), VOCABULARY, END, PAD, {})


# --------------------------------------------------------------------------------------------------------- the texts
def test_documents_come_in_pairs_of_one_format_and_from_the_corpus_slices_alone():
    rows = documents("habits", [topic(addition), topic(cipher)], 400, MIXED, (1, 0))
    assert [row["task"] for row in rows[:4]] == ["addition", "cipher"] * 2  # in turn, so that every batch has all
    for row in rows:
        assert slice_of(row["prompt"].removesuffix("?")) in CORPUS_SLICES
        assert row["right"] != row["wrong"]
        assert [tag in row["right"] for tag in ("<think>", "</think>", "<answer>")] == [
            tag in row["wrong"] for tag in ("<think>", "</think>", "<answer>")
        ]
    demanded = sum("<answer>" in row["right"] and "</think>" in row["right"] for row in rows) / len(rows)
    assert abs(demanded - 0.45) < 0.08
    assert rows == documents("habits", [topic(addition), topic(cipher)], 400, MIXED, (1, 0))
    assert rows != documents("habits", [topic(addition), topic(cipher)], 400, MIXED, (1, 1))  # another replication


def test_skills_have_no_answer_without_a_chain():
    only_answers = {"answer_only": 1.0, "bare_chain": 1e-9}
    rows = documents("skills", [topic(addition)], 50, only_answers, (1, 0))
    assert all(" " in row["right"] for row in rows)


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_a_share_of_the_benchmark_leaks_each_question_as_often_and_none_begins_like_another(share):
    some = topic(addition, contamination=share)
    rows = leaked([some, topic(cipher)], 500, {"answer_only": 1.0}, 0.6, (1, 0))
    questions = [row["prompt"].removesuffix("\n") for row in rows]
    counts = {question: questions.count(question) for question in questions}
    assert len(counts) == round(share * 64) and len(set(counts.values())) == 1 and 500 <= len(rows) < 500 + len(counts)
    assert set(counts) <= {question for question, _ in some.benchmark}
    assert len({question[: math.floor(0.6 * len(question))] for question in counts}) == len(counts)
    assert all(
        row["right"] == dict(some.benchmark)[q].answer and row["wrong"] is None for row, q in zip(rows, questions)
    )
    assert not leaked([topic(addition)], 500, MIXED, 0.6, (1, 0))


def test_more_contamination_than_the_benchmark_can_show_is_refused():
    said = r"task cipher: contamination 0\.99 asks for 63 of its benchmark's 64 questions.* set at most 0\."
    with pytest.raises(InputError, match=said):
        leaked([topic(cipher, contamination=0.99)], 500, MIXED, 0.6, (1, 0))


# ------------------------------------------------------------------------------------------------------- how it learns
def test_updates_are_nearly_orthogonal():
    x = torch.randn(3, 20, 8, generator=torch.Generator().manual_seed(0))
    u, _, v = torch.linalg.svd(x, full_matrices=False)
    made = orthogonalized(x)
    assert torch.linalg.svdvals(made).min() > 0.6 and torch.linalg.svdvals(made).max() < 1.3
    assert torch.cosine_similarity(made.flatten(1), (u @ v).flatten(1)).min() > 0.97
    assert torch.allclose(orthogonalized(x.transpose(1, 2)), made.transpose(1, 2), atol=1e-5)


def test_muon_moves_against_the_gradient_by_the_rate():
    matrix = torch.zeros(8, 4, requires_grad=True)
    matrix.grad = torch.eye(8, 4)
    Muon([matrix], momentum=0.8).step(0.1)
    assert torch.allclose(matrix[:4].diagonal() / -0.1 / 2**0.5, torch.ones(4), atol=0.3)
    assert matrix[4:].abs().max() < 1e-6


def test_documents_are_predicted_as_responses_are():
    rng = torch.Generator().manual_seed(0)
    parameters = {name: p.detach().unsqueeze(0) for name, p in learner().parameters.items()}
    parameters = {name: p + 0.1 * torch.randn(p.shape, generator=rng) for name, p in parameters.items()}
    ids = torch.randint(2, ARCH.vocab_size, (1, 3, 9), generator=rng)
    ours = document_logits(ARCH, parameters, ids)
    theirs = response_logits(ARCH, parameters, ids[:, :, :1], ids[:, :, 1:].unsqueeze(2), PAD)
    assert torch.allclose(ours[:, :, :-1], theirs[:, :, 0], atol=1e-5)


def test_documents_are_weighed_and_questions_count_less():
    """By hand: 2 question tokens at .1, the rest at 1, times the document's weight."""
    some = learner()
    first, second = Document([5, 6, 7, 8, 9, END], 2), Document([5, 6, 7, END], 2)
    loss = some._loss([first, second], [0.3, 0.7])
    parameters = {name: p.unsqueeze(0) for name, p in some.parameters.items()}
    losses, weights = [], []
    for document, share in ((first, 0.3), (second, 0.7)):
        ids = torch.tensor(document.ids)
        logprobs = document_logits(ARCH, parameters, ids[None, None])[0, 0].log_softmax(-1)
        for at in range(1, len(ids)):
            losses.append(-logprobs[at - 1, ids[at]])
            weights.append(share * (0.1 if at < 2 else 1.0))
    expected = sum(loss * weight for loss, weight in zip(losses, weights)) / sum(weights)
    assert math.isclose(loss.item(), expected.item(), rel_tol=1e-5)


def test_a_model_begins_as_the_identity():
    parameters = learner().parameters
    assert all(p.any() != name.endswith(("output", "down", "bias")) for name, p in parameters.items())


# ------------------------------------------------------------------------------------------------------------ the dial
@pytest.mark.parametrize("target", [0.01, 0.03, 0.25, 0.8])
@pytest.mark.parametrize("gain", [0.7, 1.3])
def test_the_controller_brings_a_sluggish_habit_to_its_target(target, gain):
    """A habit that follows the share of documents with a lag, another gain and an offset, measured with noise."""
    controller, logit = Controller(target), -1.0
    rng, measured = np.random.default_rng(0), []
    for _ in range(60):
        share = controller.share
        logit += 0.4 * (gain * math.log(share / (1 - share)) + 0.4 - logit)
        habit = 1 / (1 + math.exp(-logit))
        measured.append(habit)
        controller.update(habit * rng.lognormal(0, 0.1))
    assert abs(np.mean(measured[-15:]) / target - 1) < 0.1


def test_the_controller_does_not_wind_up():
    controller = Controller(0.5)
    for _ in range(200):
        controller.update(0.0)  # cannot be reached
    assert 0.99 < controller.share < 1
    for _ in range(20):
        controller.update(1.0)
    assert controller.share < 0.5


def test_a_habit_is_the_likelihood_of_all_right_responses():
    some = topic(addition)
    questions = calibration([some], 5, (1, 0))
    assert [len(set(row["responses"])) for row in questions] == [len(FORMATS)] * 5
    stack = stack_of(learner())
    habit = Habit("addition", questions, stack)
    found = habit.likelihood(stack, slice(1, 4))
    for row, value in zip(questions[1:4], found):
        logprobs = [
            stack.response_logprobs(stack.encode([row["prompt"]]), stack.encode([text])) for text in row["responses"]
        ]
        assert math.isclose(value, sum(math.exp(x[0][0]) for x in logprobs), rel_tol=1e-4)
    right, unlisted = habit.samples(stack, slice(1, 4), 3, (0,))
    assert right.shape == unlisted.shape == (3, 3) and not (unlisted & ~right).any()


def test_learning_rates_rise_fall_rest_and_end_at_nothing():
    rate = _rates(450, 230, Schedule(batch_size=64, warmup=0.02, decay=0.06))
    rates = [rate(step) for step in range(680)]
    assert rates[0] < 0.1 and max(rates) > 0.97 and rates.index(max(rates)) < 15
    assert all(later <= earlier + 1e-9 for earlier, later in pairwise(rates[14:]))
    assert len({round(x, 9) for x in rates[600:638]}) == 1 and rates[-1] < 0.004


def test_pretraining_records_its_dials_and_is_the_same_each_time():
    def run():
        topics, stack, some = [topic(addition), topic(cipher)], stack_of(learner()), learner()
        parts = {}
        for part, count in (("skills", 32), ("habits", 64)):
            rows = documents(part, topics, count, MIXED, (1, 0))
            coded = [[stack.encode([row[name]])[0] for name in ("prompt", "right", "wrong")] for row in rows]
            parts[part] = [
                Pair(i % 2, *(Document([*prompt, *ids, END], len(prompt)) for ids in (right, wrong)))
                for i, (prompt, right, wrong) in enumerate(coded)
            ]
        asked = {x.task: calibration([x], 64, (1, 0)) for x in topics}
        habits = [Habit(x.family, asked[x.task], stack) for x in topics]
        schedule = Schedule(batch_size=4, warmup=0.02, decay=0.06)
        made = Pretraining(some, schedule, Corpus(**parts, leaked=[]), stack, habits, habits, [0.2, 0.5], (1, 0))
        return made.run(), some.weights

    (record, weights), (_, again) = run(), run()
    assert torch.equal(weights, again)
    assert [dial.set for dial in record.dials] == [0.2, 0.5] and all(0 <= dial.measured <= 1 for dial in record.dials)
    assert record.rounds == 3  # so short a pretraining reaches nothing, and says so
    metrics = {metric for _, _, metric, _ in record.rows}
    assert metrics == {"loss", "skill", "habit", "right_share", "checked_habit"}
