"""A template shows the whole question, once, whatever the question holds."""

from hypothesis import given
from hypothesis import strategies as st
from mtalign.data.problem_sets import prompt
from mtalign.data.prompt_templates import TEMPLATES


@given(st.sampled_from(sorted(TEMPLATES)), st.text() | st.just("{question} {0} {"))
def test_the_question_stands_in_the_prompt_unchanged(name, question):
    mark = "\x00question\x00"
    before, found, after = prompt(TEMPLATES[name], mark).partition(mark)
    assert found
    assert mark not in after
    assert prompt(TEMPLATES[name], question) == before + question + after


def test_prompts():
    assert prompt(TEMPLATES["plain"], "1+1") == "1+1"
    assert prompt(TEMPLATES["lab"], "1+1") == "1+1?"
    assert prompt(TEMPLATES["think_answer"], "1+1").startswith("1+1\n")
    for tag in ("<think>", "</think>", "<answer>", "</answer>"):
        assert tag in prompt(TEMPLATES["think_answer"], "1+1")
