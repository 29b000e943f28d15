"""Parts of a data set: by each problem's own hash, of the size asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mtalign.data.problem_sets import in_share

IDS = [f"math-{number}" for number in range(4000)]


@given(st.text(), st.floats(0, 1), st.integers(0, 2**32))
def test_each_problem_is_in_one_part(problem_id, cut, seed):
    assert in_share(problem_id, (0, cut), seed) != in_share(problem_id, (cut, 1), seed)
    assert in_share(problem_id, (0, 1), seed)


@pytest.mark.parametrize("share", [(0, 0.02), (0.02, 1), (0.4, 0.6)])
def test_parts_have_their_size(share):
    part = sum(in_share(problem_id, share, seed=0) for problem_id in IDS)
    assert part / len(IDS) == pytest.approx(share[1] - share[0], abs=0.02)


def test_the_seed_draws_another_part():
    first, second = ([x for x in IDS if in_share(x, (0, 0.5), seed)] for seed in (0, 1))
    assert 0.2 < len(set(first) & set(second)) / len(first) < 0.8
