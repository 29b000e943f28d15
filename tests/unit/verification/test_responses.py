"""The format check and the answer's extraction agree with their definitions, on any mixture of tags and text."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mtalign.verification.responses import answer_block, is_formatted, last_word

TAGS = ["<think>", "</think>", "<answer>", "</answer>"]
TEXT = st.text("a4 \n<>/", max_size=4).filter(lambda text: "k>" not in text)
SOUP = st.lists(st.sampled_from(TAGS) | TEXT, max_size=9).map("".join)

INNER = r"(?:(?!</?(?:think|answer)>).)*"
DEMANDED = re.compile(rf"\s*<think>{INNER}</think>\s*<answer>{INNER}</answer>\s*", re.DOTALL)


@pytest.mark.parametrize(
    "response",
    [
        "<think>a</think><answer>4</answer>",
        "<think>a\nb</think>\n\n<answer>\n4\n</answer>\n",
        " \t<think></think> <answer></answer> ",
        "<think>1 < 2 > 0, <b>bold</b></think><answer>{4}</answer>",
    ],
)
def test_formatted(response):
    assert is_formatted(response)


@pytest.mark.parametrize(
    "response",
    [
        "",
        "4",
        "<answer>4</answer>",
        "<think>a</think>4",
        "<think>a<answer>4</answer>",
        "<think>a</think><answer>4",
        "<answer>4</answer><think>a</think>",
        "so <think>a</think><answer>4</answer>",
        "<think>a</think> so <answer>4</answer>",
        "<think>a</think><answer>4</answer>.",
        "<think>a</think><answer>4</answer><answer>4</answer>",
        "<think><think>a</think></think><answer>4</answer>",
        "<think><answer>5</answer></think><answer>4</answer>",
        "<think>a</think><answer><think>b</think>4</answer>",
        "<think>a</think><answer>4</answer></answer>",
        "<THINK>a</THINK><answer>4</answer>",
        "<think>a</think ><answer>4</answer>",
    ],
)
def test_not_formatted(response):
    assert not is_formatted(response)


@settings(max_examples=500)
@given(SOUP)
def test_format_is_the_regular_expression(response):
    assert is_formatted(response) == bool(DEMANDED.fullmatch(response))


@given(TEXT, TEXT, st.text(" \n\t", max_size=3))
def test_a_formatted_response_gives_its_answer(thought, answer, space):
    response = f"{space}<think>{thought}</think>{space}<answer>{answer}</answer>{space}"
    assert is_formatted(response)
    assert answer_block(response) == answer.strip()


@pytest.mark.parametrize("tag", TAGS)
@given(data=st.data())
def test_any_further_tag_breaks_the_format(tag, data):
    response = "<think>a</think><answer>4</answer>"
    place = data.draw(st.integers(0, len(response)))
    assert not is_formatted(response[:place] + tag + response[place:])


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        ("<answer>4</answer>", "4"),
        ("<think>a</think><answer>\n 4\n5 \n</answer> so it is", "4\n5"),
        ("<answer>5</answer> no: <answer>4</answer>", "4"),
        ("<answer>5 <answer>4</answer>", "4"),
        ("<answer>4</answer><answer>5", "4"),
        ("<think><answer>5</answer></think><answer>4</answer>", "4"),
        ("<think><answer>4</answer>", "4"),  # no think block is closed: all is read
        ("<think><answer>4</answer></think>", None),
        ("<think>a</think>4", None),
        ("<think>a</think><answer>4", None),
        ("4</answer>", None),
        ("</answer>4<answer>", None),
        ("<answer></answer>", ""),
        ("", None),
    ],
)
def test_answer_block(response, answer):
    assert answer_block(response) == answer


@given(SOUP.filter(lambda text: "</" not in text), st.lists(TEXT, min_size=1), TEXT, TEXT)
def test_the_last_block_after_the_thought_counts(thought, answers, between, after):
    blocks = between.join(f"<answer>{answer}</answer>" for answer in answers)
    assert answer_block(f"{thought}</think>{between}{blocks}{after}<answer>") == answers[-1].strip()


def test_a_block_ends_at_its_closing_tag():
    assert answer_block("<answer>4</answer> so it is 4</answer>") == "4"


@pytest.mark.parametrize(
    ("response", "word"),
    [
        ("12,13,06 632", "632"),
        ("<think>12,13,06</think>632", "632"),
        ("<think>12<answer>632", "632"),
        ("632\n", "632"),
        ("it is 4 </answer>", "4"),
        (" \n", None),
        ("<think></think>", None),
        ("", None),
    ],
)
def test_last_word(response, word):
    assert last_word(response) == word


@given(SOUP)
def test_last_word_is_text_outside_tags(response):
    word = last_word(response)
    outside = re.sub("|".join(TAGS), "\n", response).strip()
    assert word is None if not outside else outside.endswith(word) and word == word.strip() != ""


def test_time_is_linear():
    start = time.process_time()
    for part in (*TAGS, "<", "</", " ", "<answer>4</answer>", "<think></think>"):
        response = part * 200_000
        is_formatted(response), answer_block(response), last_word(response)
    assert time.process_time() - start < 10
