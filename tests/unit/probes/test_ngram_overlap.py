"""Overlap agrees with comparing all pairs, and with MATH's train and test sets."""

import json
import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mtalign.probes.ngram_overlap import Overlap, overlaps

from tests.places import DATA

SENTENCE = [
    "the",
    "quick",
    "brown",
    "fox",
    "jumps",
    "over",
    "the",
    "lazy",
    "dog",
    "and",
    "runs",
    "away",
    "from",
    "here",
]  # 14 words

TEXTS = st.lists(st.lists(st.sampled_from("abcd"), max_size=7).map(" ".join), max_size=6)


def overlap(train: list[str], benchmark: list[str], n: int = 13) -> Overlap:
    """The counts of one pair."""
    return overlaps({"train": train}, {"benchmark": benchmark}, n)["train", "benchmark"]


def by_all_pairs(train: list[str], benchmark: list[str], n: int) -> Overlap:
    def windows(text: str) -> set[str]:
        words = text.split()
        return {" ".join(words[i : i + n]) for i in range(len(words) - n + 1)}

    shared = [sum(any(window in windows(text) for text in train) for window in windows(item)) for item in benchmark]
    sizes = [len(windows(item)) for item in benchmark]
    return Overlap(
        n_train=len(train),
        n_benchmark=len(benchmark),
        n_with_ngrams=sum(size > 0 for size in sizes),
        any=sum(found > 0 for found in shared),
        half=sum(size > 0 and found / size >= 0.5 for found, size in zip(shared, sizes)),
        exact=sum(item != "" and any(item == text for text in train) for item in benchmark),
    )


@given(TEXTS, TEXTS, st.integers(1, 3))
def test_equals_comparing_all_pairs(train, benchmark, n):
    assert overlap(train, benchmark, n) == by_all_pairs(train, benchmark, n)


@given(st.lists(TEXTS, max_size=3), st.lists(TEXTS, max_size=3), st.integers(1, 3))
def test_pairs_do_not_meddle(trains, benchmarks, n):
    """One index for all, and yet each pair counts as if it were alone."""
    found = overlaps(dict(enumerate(trains)), dict(enumerate(benchmarks)), n)
    pairs = product(enumerate(trains), enumerate(benchmarks))
    assert found == {(i, j): by_all_pairs(train, benchmark, n) for (i, train), (j, benchmark) in pairs}


@given(TEXTS, TEXTS, st.randoms())
def test_order_does_not_matter(train, benchmark, rng: random.Random):
    expected = overlap(train, benchmark, 2)
    rng.shuffle(train)
    rng.shuffle(benchmark)
    assert overlap(train, benchmark, 2) == expected


@given(TEXTS, TEXTS, TEXTS)
def test_more_train_data_never_lowers_a_count(train, more, benchmark):
    less, most = overlap(train, benchmark, 2), overlap(train + more, benchmark, 2)
    assert less.any <= most.any
    assert less.half <= most.half
    assert less.exact <= most.exact


@given(TEXTS, st.lists(st.text("wxyz ", min_size=1)))
def test_disjoint_alphabets_share_nothing(train, benchmark):
    found = overlap(train, benchmark, 1)
    assert (found.any, found.half, found.exact) == (0, 0, 0)


@given(TEXTS, st.text())
def test_a_train_set_that_holds_the_item_holds_it_exactly(train, item):
    found = overlap([*train, item], [item], 1)
    has_tokens = any(character.isalnum() for character in item.lower())
    assert (found.any, found.half, found.exact) == (has_tokens,) * 3


def test_spelling_of_tokens():
    item = r"Let $f(x)=\frac{12}{7}$; find_the: ÉTÉ."
    assert overlap(["let f x FRAC 12 7 find the été"], [item], 1).exact == 1
    assert overlap([item.replace("12", "13")], [item], 1).exact == 0


def test_half_counts_distinct_ngrams():
    item = " ".join(SENTENCE)  # two 13-grams
    assert overlap([item[:-5]], [item]) == Overlap(1, 1, 1, any=1, half=1, exact=0)
    longer = f"{item} again"  # three
    assert overlap([item[:-5]], [longer]) == Overlap(1, 1, 1, any=1, half=0, exact=0)
    assert overlap([item], [longer]) == Overlap(1, 1, 1, any=1, half=1, exact=0)


def test_short_items_count_in_exact_only():
    short = " ".join(SENTENCE[:12])
    assert overlap([short], [short]) == Overlap(1, 1, 0, any=0, half=0, exact=1)


def test_items_without_tokens_are_no_duplicates():
    assert overlap(["+-+"], ["-+-", ""]) == Overlap(1, 2, 0, any=0, half=0, exact=0)


def test_n_must_be_positive():
    with pytest.raises(ValueError, match="n >= 1"):
        overlap([], [], 0)


@pytest.mark.skipif(not DATA.exists(), reason=f"needs the MATH copies in {DATA}")
def test_math_train_against_math500():
    train = [row["problem"] for row in json.loads((DATA / "math_train/rllm_train_math.json").read_text())]
    test = [json.loads(line)["problem"] for line in (DATA / "math500/test.jsonl").read_text().splitlines()]
    # Of all 7500 train problems, 58 / 17 / 1 are known; this copy lacks 26 of them, the nearest copies it seems.
    assert overlap(train, test) == Overlap(7474, 500, 449, any=49, half=9, exact=0)
    assert overlap([*train, *test], test) == Overlap(7974, 500, 449, any=449, half=449, exact=500)
