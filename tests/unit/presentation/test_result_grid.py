"""Result tables from their long form."""

from mtalign.presentation.result_grid import in_words, measures, widen


def row(method: str, benchmark: str, accuracy: float, std: float | None, measure: str = "format_top_p_1") -> dict:
    names = {"method": method, "model": "qwen2", "task": "math", "benchmark": benchmark, "measure": measure}
    return names | {"colour": "red", "accuracy": accuracy, "std": std}


def test_measures_stand_in_one_order_and_have_words():
    found = ["format_top_p_1", "any_top_p_1", "format_top_p_0.7", "any_top_p_0.7"]
    wanted = ["any_top_p_0.7", "any_top_p_1", "format_top_p_0.7", "format_top_p_1"]  # the paper's nearest first
    assert measures([row("base", "b", 0, None, name) for name in found]) == wanted
    assert in_words("format_top_p_0.7") == "format required, top-p 0.7"
    assert in_words("any_top_p_1") == "any format, top-p 1"


def test_a_column_is_a_benchmark_and_controls_are_left_out():
    rows = [row(m, b, a, s) for m, s in (("base", None), ("nsr", 0.1)) for b, a in (("b", 0.2), ("aime", 0.3))]
    rows += [row("base", "b_fresh", 0.9, None), row("base", "b", 0.4, None, "any_top_p_1")]
    wide = widen(rows, "format_top_p_1")
    assert wide.columns == [("qwen2", "math", "b", "red"), ("qwen2", "math", "aime", "red")]
    assert wide.cells == {"base": [(0.2, None), (0.3, None)], "nsr": [(0.2, 0.1), (0.3, 0.1)]}
