"""What the families whose answers are programs share: code in a response, and what the sandbox's outcome means.

Must not know any data set.
"""

from mtalign.verification.responses import after_think, fenced
from mtalign.verification.sandbox.runner import run_tests
from mtalign.vocabulary import Verdict

__all__ = ["code", "extract", "verdict"]


def extract(response: str) -> str | None:
    """What follows the think block, indentation kept (it may continue a prompt); None if that is blank."""
    answer = after_think(response)
    return answer.strip("\r\n") if answer.strip() else None


def code(answer: str) -> str:
    """The last fenced block of Python in an answer, else the last that names no language, else all of it."""
    block = fenced(answer, ("python", "py", "python3"))
    return answer if block is None else block


def verdict(
    answer: str, programs: list[str], tests: str, takes: list[str], given: str = "", allow_unisolated: bool = False
) -> Verdict:
    """Run the tests (see `sandbox.run_tests`). UNPARSED is what holds no code: blank, or prose without a fence.

    Raises:
        SandboxError: there is no isolation here, or it failed.
    """
    if not code(answer).strip():
        return Verdict.UNPARSED
    how = run_tests(programs, tests, takes, given, allow_unisolated=allow_unisolated).how
    if how == "uncompilable":
        return Verdict.WRONG if code(answer) != answer or "def " in answer else Verdict.UNPARSED
    return {"passed": Verdict.CORRECT, "failed": Verdict.WRONG, "timeout": Verdict.TIMEOUT}[how]
