"""Contamination between sets of texts: shared n-grams of lower-cased alphanumeric tokens.

Must not know what the texts are. One index holds the n-grams of all benchmarks, and each train set is read once: time
is linear in the data, however many pairs there are, and memory in the benchmarks. 13-grams are customary (arXiv
2005.14165, appendix C). "Any" mostly catches boilerplate, so half and exact are counted too.
"""

import re
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(r"[^\W_]+")
_WIDTH = array("I").itemsize  # bytes of a token's number
_UNKNOWN = 0  # the number of every token that stands in no benchmark


@dataclass(frozen=True)
class Overlap:
    """How many benchmark items reappear in a train set.

    n_train, n_benchmark: items in each.
    n_with_ngrams: benchmark items of at least n tokens; the others cannot count in `any` or `half`.
    any: items that share an n-gram with the train set.
    half: items with at least half of their distinct n-grams there.
    exact: items whose tokens, at least one, are those of a train item, whatever their number.
    """

    n_train: int
    n_benchmark: int
    n_with_ngrams: int
    any: int
    half: int
    exact: int


def overlaps(
    trains: Mapping[str, Sequence[str]], benchmarks: Mapping[str, Sequence[str]], n: int = 13
) -> dict[tuple[str, str], Overlap]:
    """Count each benchmark's items that each train set holds, in part or whole: (train, benchmark) -> counts.

    Raises:
        ValueError: n < 1.
    """
    if n < 1:
        raise ValueError(f"n-grams need n >= 1, not {n}")
    index = _Index(n)
    items = {name: [index.add(text) for text in texts] for name, texts in benchmarks.items()}
    return {
        (train, benchmark): _counts(len(texts), items[benchmark], shared, copies)
        for train, texts in trains.items()
        for shared, copies in [index.found(texts)]
        for benchmark in benchmarks
    }


@dataclass(frozen=True)
class _Item:
    """A benchmark's item: the numbers of its distinct n-grams, and its tokens as bytes."""

    ngrams: array
    tokens: bytes


class _Index:
    """The n-grams of all benchmarks, numbered. Tokens are numbers too, and texts their bytes: small, yet exact."""

    def __init__(self, n: int):
        self.n = n
        self.vocabulary: dict[str, int] = {}
        self.ngrams: dict[bytes, int] = {}
        self.items: set[bytes] = set()

    def add(self, text: str) -> _Item:
        """Number the n-grams of a benchmark's item."""
        numbers = array("I", [self.vocabulary.setdefault(t, len(self.vocabulary) + 1) for t in _tokens(text)])
        ngrams = {self.ngrams.setdefault(ngram, len(self.ngrams)) for ngram in self._windows(numbers)}
        tokens = numbers.tobytes()
        if tokens:
            self.items.add(tokens)
        return _Item(array("I", ngrams), tokens)

    def found(self, texts: Iterable[str]) -> tuple[bytearray, set[bytes]]:
        """What a train set shares with the benchmarks: a mark at each n-gram's number, and the copied items."""
        shared, copies = bytearray(len(self.ngrams)), set()
        for text in texts:
            numbers = array("I", [self.vocabulary.get(token, _UNKNOWN) for token in _tokens(text)])
            for ngram in self._windows(numbers):
                number = self.ngrams.get(ngram)
                if number is not None:
                    shared[number] = 1
            if (tokens := numbers.tobytes()) in self.items:
                copies.add(tokens)
        return shared, copies

    def _windows(self, numbers: array) -> Iterable[bytes]:
        content, width = numbers.tobytes(), self.n * _WIDTH
        return (content[start : start + width] for start in range(0, len(content) - width + 1, _WIDTH))


def _counts(n_train: int, items: list[_Item], shared: bytearray, copies: set[bytes]) -> Overlap:
    hits = [(sum(shared[number] for number in item.ngrams), len(item.ngrams)) for item in items if item.ngrams]
    return Overlap(
        n_train=n_train,
        n_benchmark=len(items),
        n_with_ngrams=len(hits),
        any=sum(found > 0 for found, _ in hits),
        half=sum(2 * found >= own for found, own in hits),
        exact=sum(item.tokens in copies for item in items),
    )


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.lower())
