"""How fast verdicts are: for each family, those a second on all cores, and how that compares with a plain loop of
math-verify over MATH500 (parse gold and answer, verify, one process) in the same run.

Once with four different answers a problem (its own gold and its neighbours'), once with 16 responses a problem that
repeat three of them. Starting the worker processes counts.
"""

import argparse
import logging
import time
from pathlib import Path

from mtalign.judging import cores, verdicts
from mtalign.randomness import generator
from mtalign.tasks import Problem, family

_DIFFERENT, _FEW, _RESPONSES = 4, 3, 16
_SOURCES = {
    "math": {"path": "math500/test.jsonl"},
    "gsm8k": {"path": "gsm8k/test.jsonl"},
    "random_calculation": {"generate": {"problems": 50}},
    "kor_bench": {"path": "kor_bench", "category": "operation"},
    "synlogic": {"path": "synlogic_dev/easy_like_train.jsonl"},
    "bbh": {"path": "bbh"},
    "bbeh": {"path": "bbeh/mini/data.json"},
    "humaneval": {"path": "humaneval/HumanEval.jsonl", "limit": 60},
    "mbpp": {"path": "mbpp/mbpp.jsonl", "limit": 60},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a folder with copies of the data sets")
    args = parser.parse_args()
    logging.getLogger("math_verify").setLevel(logging.ERROR)  # it warns at each verdict that nothing was read
    baseline: list[float] = []
    title = f"verdicts a second, {cores()} cores"
    print(f"\n{title:32}{'different':>12}{'x plain':>10}{'repeated':>12}{'x plain':>10}")
    for name, source in _SOURCES.items():
        if "path" in source:
            source = source | {"path": str(args.data / source["path"])}
            if not Path(source["path"]).exists():
                print(f"{name:32}{'no data':>12}")
                continue
        problems = family(name).load(source, seed=0)
        loads = [_different(problems), _repeated(problems)]
        if not baseline:
            baseline = [_rate(_plain_loop, load) for load in loads]
            print(f"{'plain loop of math-verify':32}" + "".join(f"{rate:12,.0f}{'1.0':>10}" for rate in baseline))
        rates = [_rate(lambda load, name=name: verdicts(name, load, cores()), load) for load in loads]
        cells = (f"{rate:12,.0f}{rate / plain:10.1f}" for rate, plain in zip(rates, baseline))
        print(f"{name:32}" + "".join(cells), flush=True)


def _different(problems: list[Problem]) -> list[tuple[Problem, str]]:
    golds = [problem.ground_truth for problem in problems]
    return [
        (problem, golds[(i + step) % len(golds)]) for i, problem in enumerate(problems) for step in range(_DIFFERENT)
    ]


def _repeated(problems: list[Problem]) -> list[tuple[Problem, str]]:
    different = _different(problems)
    drawn = generator("verifiers").integers(_FEW, size=(len(problems), _RESPONSES)).tolist()
    return [different[i * _DIFFERENT + step] for i, steps in enumerate(drawn) for step in steps]


def _plain_loop(load: list[tuple[Problem, str]]) -> None:
    from math_verify import parse, verify

    for problem, answer in load:
        verify(parse(f"${problem.ground_truth}$"), parse(f"${answer}$"))


def _rate(judge, load: list[tuple[Problem, str]]) -> float:
    """Verdicts a second of wall time."""
    start = time.perf_counter()
    judge(load)
    return len(load) / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
