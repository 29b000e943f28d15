"""How long it takes to compare 40,000 train problems with 2,000 evaluation problems, in CPU-seconds and memory.

The texts are drawn: words as frequent as in natural language (Zipf), lengths as in mathematics problems. Every tenth
evaluation problem has a passage of a train problem, and every hundredth is one.
"""

import resource
import time

import numpy as np
from mtalign.probes.ngram_overlap import Overlap, overlaps
from mtalign.randomness import generator

_TRAIN, _EVALUATION, _WORDS, _LONGEST = 40_000, 2_000, 30_000, 400


def main() -> None:
    rng = generator("measure-overlap")
    train, evaluation = _texts(rng, _TRAIN), _texts(rng, _EVALUATION)
    for i in range(0, _EVALUATION, 10):
        evaluation[i] = train[i] if i % 100 == 0 else f"{evaluation[i]} {train[i]}"
    before, start = _megabytes(), time.process_time()
    found = overlaps({"train": train}, {"evaluation": evaluation})["train", "evaluation"]
    seconds = time.process_time() - start
    print(f"\n{_TRAIN:,} train against {_EVALUATION:,} evaluation problems ({_tokens(train + evaluation):,} words):")
    print(f"{'overlap':32}{seconds:12.1f} CPU-seconds, {_megabytes():,.0f} MB at most ({before:,.0f} of them texts)")
    print(f"{'found':32}{_shown(found)}")


def _texts(rng: np.random.Generator, count: int) -> list[str]:
    lengths = np.minimum(rng.lognormal(4.2, 0.6, count).astype(int) + 5, _LONGEST)  # 67 words in the middle
    words = (rng.zipf(1.2, int(lengths.sum())) % _WORDS).astype(str)
    return [" ".join(part) for part in np.split(words, np.cumsum(lengths)[:-1])]


def _tokens(texts: list[str]) -> int:
    return sum(len(text.split()) for text in texts)


def _shown(found: Overlap) -> str:
    return f"{found.any} share a 13-gram, {found.half} half of theirs or more, {found.exact} are copies"


def _megabytes() -> float:
    """The most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
