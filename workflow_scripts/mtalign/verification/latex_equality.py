"""Do two LaTeX expressions mean the same, in sympy's eyes? Must not know any task.

As `sympy.simplify(sympy.parsing.latex.parse_latex(text))` would say, where `==` decides. parse_latex itself insists on
another antlr4 runtime than math-verify's pins, so sympy's grammar is run here, on the one that is installed. sympy is
imported at the first comparison: it takes a second.
"""

from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

from mtalign.verification.time_limit import deadline, in_main_thread

LONGEST = 500  # characters; KOR-Bench's longest has 46
_SECONDS = 5.0  # of CPU time, for one comparison


def equal(left: Iterable[str], right: Iterable[str]) -> bool | None:
    """Whether two sets of expressions are equal, or None where one of them cannot be read.

    Works in any thread, and ends in seconds.

    Raises:
        TimeUp: it takes too long to say.
    """
    return in_main_thread(_equal, tuple(left), tuple(right))


def _equal(left: tuple[str, ...], right: tuple[str, ...]) -> bool | None:
    if max(map(len, left + right), default=0) > LONGEST:
        return None
    _grammar()  # imported before the clock runs
    with deadline(_SECONDS):
        try:
            return {_simplified(text) for text in left} == {_simplified(text) for text in right}
        except Exception:  # whatever sympy raises on what it cannot read, simplify or compare
            return None


@lru_cache(maxsize=4096)
def _simplified(text: str) -> Any:
    import sympy

    return sympy.simplify(_parsed(text.strip()))


def _parsed(text: str) -> Any:
    from antlr4 import CommonTokenStream, InputStream

    Lexer, Parser, ErrorListener, convert = _grammar()
    lexer = Lexer(InputStream(text))
    parser = Parser(CommonTokenStream(lexer))
    for reader in (lexer, parser):
        reader.removeErrorListeners()  # they print
        reader.addErrorListener(ErrorListener(text))  # this one raises
    return convert(parser.math().relation())


@cache
def _grammar() -> tuple:
    from sympy.parsing.latex import _parse_latex_antlr as sympys

    class Lexer(sympys.LaTeXLexer):
        def checkVersion(self, toolVersion: str) -> None:
            """Not printed: the runtimes 4.10 to 4.13 read the same grammars."""

    class Parser(sympys.LaTeXParser):
        checkVersion = Lexer.checkVersion

    return Lexer, Parser, sympys.MathErrorListener, sympys.convert_relation
