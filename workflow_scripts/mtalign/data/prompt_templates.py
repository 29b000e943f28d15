"""Named prompt templates: the text that a model is shown, with {question} where the question goes.

Only the workflow reads them: a stage gets the text of its own as a parameter, so that a new one reruns nothing.
"""

TEMPLATES = {
    # The lab's models read nothing but questions; the mark says that the answer starts here.
    "lab": "{question}?",
    # The instruction that the paper describes: reason inside <think>, answer inside <answer>.
    "think_answer": (
        "{question}\n\nReason step by step inside <think> and </think>, then give the final answer, and nothing else, "
        "inside <answer> and </answer>: <think> reasoning here </think><answer> answer here </answer>."
    ),
    "plain": "{question}",
}
