"""How fast verdicts are: for each family, responses judged a second on all cores, and how that compares with a plain
loop of math-verify over MATH's training problems (parse the gold, parse the response, verify; one process) in the same
run.

Once with four responses a problem whose answers all differ (the gold, and it plus 1, 2 and 3), once with 16 responses a
problem that repeat two answers. No two responses are the same. Starting the worker processes counts.
"""

import argparse
import logging
import time
from collections.abc import Callable
from pathlib import Path

from mtalign.judging import cores, verdicts
from mtalign.randomness import generator
from mtalign.tasks import Problem, family, read_answer

_DIFFERENT, _FEW, _RESPONSES = 4, 2, 16
_SOURCES = {
    "math": {"path": "math_train/rllm_train_math.json", "broken_rows": 4, "limit": 1500},
    "gsm8k": {"path": "gsm8k/test.jsonl"},
    "random_calculation": {"generate": {"problems": 50}},
    "kor_bench": {"path": "kor_bench", "category": "operation"},
    "synlogic": {"path": "synlogic_dev/easy_like_train.jsonl"},
    "bbh": {"path": "bbh"},
    "bbeh": {"path": "bbeh/mini/data.json"},
    "humaneval": {"path": "humaneval/HumanEval.jsonl", "limit": 30},
    "mbpp": {"path": "mbpp/mbpp.jsonl", "limit": 30},
}
_Load = list[tuple[Problem, str]]  # problems and responses


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a folder with copies of the data sets")
    args = parser.parse_args()
    logging.getLogger("math_verify").setLevel(logging.ERROR)  # it warns at each verdict that nothing was read
    baseline: list[float] = []
    title = f"responses judged a second, {cores()} cores"
    print(f"\n{title:36}{'different':>12}{'x plain':>10}{'repeated':>12}{'x plain':>10}")
    for name, source in _SOURCES.items():
        if "path" in source:
            source = source | {"path": str(args.data / source["path"])}
            if not Path(source["path"]).exists():
                print(f"{name:36}{'no data':>12}")
                continue
        problems = family(name).load(source, seed=0)
        loads = [_different(problems), _repeated(problems)]
        if name == "math":
            baseline = [_rate(_plain_loop, load) for load in loads]
            print(f"{'plain loop of math-verify':36}" + "".join(f"{rate:12,.0f}{'1.0':>10}" for rate in baseline))
        rates = [_rate(lambda load, name=name: _judge(name, load), load) for load in loads]
        ratios = [f"{rate / plain:10.1f}" for rate, plain in zip(rates, baseline)] or [f"{'-':>10}"] * 2
        print(f"{name:36}" + "".join(f"{rate:12,.0f}{ratio}" for rate, ratio in zip(rates, ratios)), flush=True)


def _different(problems: list[Problem]) -> _Load:
    return [(problem, _response(problem, step, step)) for problem in problems for step in range(_DIFFERENT)]


def _repeated(problems: list[Problem]) -> _Load:
    drawn = generator("verifiers").integers(_FEW, size=(len(problems), _RESPONSES)).tolist()
    return [
        (problem, _response(problem, step, sample))
        for problem, steps in zip(problems, drawn)
        for sample, step in enumerate(steps)
    ]


def _response(problem: Problem, step: int, sample: int) -> str:
    """A response that repeats the question, and whose answer is the gold plus a number."""
    gold = problem.ground_truth
    changed = str(int(gold) + step) if gold.isdecimal() else gold if step == 0 else f"{gold}+{step}"
    boxed = rf"\boxed{{{changed}}}" if problem.problem_id.startswith("math") else changed
    return f"<think>Attempt {sample}: {problem.question}</think><answer>{boxed}</answer>"


def _judge(name: str, load: _Load) -> None:
    module = family(name)
    verdicts(name, [(problem, read_answer(module, response)) for problem, response in load], cores())


def _plain_loop(load: _Load) -> None:
    from math_verify import parse, verify

    for problem, response in load:
        verify(parse(f"${problem.ground_truth}$"), parse(response))


def _rate(judge: Callable[[_Load], None], load: _Load) -> float:
    """Responses a second of wall time."""
    start = time.perf_counter()
    judge(load)
    return len(load) / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
