"""What a response says: is it in the demanded format, and what is its answer? Text in, text out.

Must not know which answer is right. Nothing here evaluates a response; every pattern is linear in its length.
"""

import re
from fractions import Fraction

THINK_OPEN, THINK_CLOSE = "<think>", "</think>"
ANSWER_OPEN, ANSWER_CLOSE = "<answer>", "</answer>"
_TAG = re.compile(r"</?(?:think|answer)>")
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*(\w*)[^\n]*\n(.*?)(?:^[ \t]*\1|\Z)", re.DOTALL | re.MULTILINE)
_DECIMAL = r"(?:(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+)"
_NUMBER = re.compile(
    rf"(?P<sign>[-+]?)(?P<above>{_DECIMAL})"
    rf"(?:/(?P<below>{_DECIMAL})|(?:[eE]|(?:\\times|\\cdot|[*×])10\^)(?P<tens>[-+]?[0-9]{{1,3}}))?"
)
_LONGEST_NUMBER = 1000


def is_formatted(response: str) -> bool:
    """Whether the whole response is one think block, then one answer block (white space between them is free).

    Tags may hold several lines; a tag inside a block breaks the format.

    >>> is_formatted("<think>2+2\\nis 4</think> <answer>4</answer>")
    True
    >>> is_formatted("<think><answer>5</answer></think><answer>4</answer>")
    False
    """
    if _TAG.findall(response) != [THINK_OPEN, THINK_CLOSE, ANSWER_OPEN, ANSWER_CLOSE]:
        return False
    before, _, rest = response.partition(THINK_OPEN)
    between = rest.partition(THINK_CLOSE)[2].partition(ANSWER_OPEN)[0]
    after = response.rpartition(ANSWER_CLOSE)[2]
    return not (before.strip() or between.strip() or after.strip())


def after_think(response: str) -> str:
    """What follows the think block; all of a response in which none is closed.

    >>> after_think("<think>2+2</think>4")
    '4'
    """
    return response.rpartition(THINK_CLOSE)[2]


def answer_block(response: str) -> str | None:
    """The text of the last complete answer block after the think block, or None.

    An answer block inside the think block does not count; where no think block is closed, the whole response is read.

    >>> answer_block("<think><answer>5</answer></think><answer> 4 </answer>")
    '4'
    """
    before, closed, _ = after_think(response).rpartition(ANSWER_CLOSE)
    if not closed:
        return None
    _, opened, text = before.rpartition(ANSWER_OPEN)
    return text.partition(ANSWER_CLOSE)[0].strip() if opened else None


def last_word(response: str) -> str | None:
    """What is left to read as an answer where nothing marks one: the last word outside tags, or None.

    >>> last_word("<think>12,13,06</think>632")
    '632'
    """
    words = _TAG.sub(" ", response).split()
    return words[-1] if words else None


def fenced(text: str, languages: tuple[str, ...]) -> str | None:
    r"""The last fenced block in one of some languages, else the last that names no language, or None.

    A block that is never closed ends with the text.

    >>> fenced("```python\nx = 1\n```\nprints\n```\n1\n```", ("python", "py"))
    'x = 1\n'
    """
    blocks = [(language.lower(), content) for _, language, content in _FENCE.findall(text)]
    for wanted in (languages, ("",)):
        found = [content for language, content in blocks if language in wanted]
        if found:
            return found[-1]
    return None


def number(text: str) -> Fraction | None:
    r"""The number that a text is, in digits or LaTeX, with or without math marks and a currency; None if it is none.

    >>> number("$1,234.50"), number(r"\(-\frac{6}{8}\)"), number("1.5e3"), number("2x")
    (Fraction(2469, 2), Fraction(-3, 4), Fraction(1500, 1), None)
    """
    if len(text) > _LONGEST_NUMBER:
        return None
    text = text.replace("{,}", ",").replace("−", "-")
    text = re.sub(r"\\[!,;: ()\[\]]|\\?[$£€]", "", text)
    text = re.sub(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r"\1/\2", text)
    text = re.sub(r"\^\s*\{([^{}]*)\}", r"^\1", text)
    text = re.sub(r"\s*(\\times|\\cdot|[-*×/^])\s*", r"\1", text)
    found = _NUMBER.fullmatch(text.strip().removesuffix(".").rstrip())
    if found is None:
        return None
    above, below = (Fraction((found[part] or "1").replace(",", "")) for part in ("above", "below"))
    if below == 0:
        return None
    return (-1 if found["sign"] == "-" else 1) * above / below * Fraction(10) ** int(found["tens"] or 0)
