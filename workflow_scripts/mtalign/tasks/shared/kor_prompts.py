"""KOR-Bench's official zero-shot prompts (github.com/KOR-Bench/KOR-Bench, Apache-2.0), word for word.

Here because the benchmark's data set on the hub comes without them. Must not know questions or answers.
"""

_FRAME = """{opening}

### Instructions:

1. {first}
2. {second}
3. {third}

### {title} Rule:

{rule}

### Question:
{question}

### Answer:
"""
_WORDS = {
    "cipher": {
        "title": "Cipher",
        "opening": (
            "You are an intelligent assistant that specializes in encryption and decryption tasks. Below are the rules "
            "for a specific cipher. When responding, please ensure that your output adheres to the specified "
            "encryption and decryption rules and format."
        ),
        "first": (
            "Identify the relevant properties and objects specified in the rule, including the plaintext, keyword, and "
            "ciphertext."
        ),
        "second": "Follow the specified encryption or decryption operations precisely as described in the rules.",
        "third": "Ensure your output is formatted according to the specified notation and symbols.",
    },
    "counterfactual": {
        "title": "Story",
        "opening": (
            "You are an advanced assistant with expertise in storytelling and rule-based reasoning. Your task is to "
            "carefully analyze the provided story, which includes specific rules and details, and use this information "
            "to accurately answer related questions."
        ),
        "first": "Thoroughly review the story to identify and understand the relevant details and rules.",
        "second": "Use the context provided by the story to offer precise and insightful answers.",
        "third": "Ensure your responses align with the rules and information given in the story.",
    },
    "logic": {
        "title": "Logic",
        "opening": (
            "You are an intelligent assistant that helps with various logical reasoning tasks. Below is a "
            "custom-defined rule for a specific type of logic. When responding, please ensure that your output adheres "
            "to the specified logical rules and format."
        ),
        "first": "Identify the relevant properties and objects as specified in the rule.",
        "second": "Apply the given logical operations or reasoning patterns.",
        "third": "Ensure your output is formatted according to the specified notation and symbols.",
    },
    "operation": {
        "title": "Operation",
        "opening": (
            "You are an intelligent assistant specializing in evaluating custom operations. Below is a specific rule "
            "defined for a custom operation. Your task is to apply this rule accurately to the provided question."
        ),
        "first": "Carefully read and understand the definitions of the new operations in the rule.",
        "second": (
            "If the question does not specifically ask for it, your answer should be a number or a group of numbers."
        ),
        "third": "Double-check your final answer to ensure it follows the rule accurately.",
    },
    "puzzle": {
        "title": "Puzzle",
        "opening": (
            "You are an intelligent assistant specializing in solving custom puzzle problems. Below is a specific rule "
            "defined for a custom puzzle. Your task is to apply this rule accurately to the provided question."
        ),
        "first": (
            "Thoroughly understand the rule provided. If needed, break down the rule into simpler components or steps."
        ),
        "second": "Apply the rule carefully to address the question presented.",
        "third": "Verify your answer to ensure it aligns with the rule and the context of the puzzle.",
    },
}

CATEGORIES = tuple(_WORDS)


def zero_shot(category: str, rule: str, question: str) -> str:
    """The prompt of a question of one of the CATEGORIES."""
    return _FRAME.format(rule=rule, question=question, **_WORDS[category])
