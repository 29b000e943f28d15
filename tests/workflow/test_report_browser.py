"""The report in a real browser: no errors, filters, two widths, the keyboard, and accessibility by axe-core."""

import json
import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pandas as pd
import pytest
import yaml
from mtalign.parquet import write_rows
from playwright.sync_api import Browser, Page, sync_playwright
from tables.claims import Table as Claims

from tests.workflow.test_report import run

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
WIDTHS = {"phone": 400, "desk": 1400}
VERDICTS = ("supported", "contradicted", "inconclusive", "not tested")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        names = ("chromium", "chromium-browser", "google-chrome")
        found = next(filter(None, map(shutil.which, names)), playwright.chromium.executable_path)
        if not Path(found).exists():
            pytest.skip("no Chromium here: `apt-get install chromium`, or `.venv/bin/playwright install chromium`")
        started = playwright.chromium.launch(executable_path=found)
        yield started
        started.close()


def claims() -> list[dict]:
    """One claim of each verdict, for two measures and for the paper's numbers."""
    tested = {"effect": 0.31, "ci_low": 0.22, "ci_high": 0.4, "p_value": 0.0004, "n": 5}
    untested = dict.fromkeys(tested) | {"n": 0}
    shared = {"section": "RQ1", "population": "strong", "statistic": "accuracy, random - base", "threshold": 0.05}
    shared |= {"n_seeds": 3, "n_problems": 64, "detectable": 0.1, "parts": ""}
    return [
        shared
        | (untested if verdict == "not tested" else tested)
        | {"results": results, "measure": measure, "claim": verdict, "statement": f"This comes out {verdict}."}
        | {"verdict": verdict, "needed": "9 seeds" if verdict == "inconclusive" else ""}
        for results, measure in (("ours", "format_top_p_1"), ("ours", "any_top_p_1"), ("paper", ""))
        for verdict in VERDICTS
    ]


@pytest.fixture(scope="module")
def report(finished, tmp_path_factory) -> Path:
    """The tiny study's report, once more, with claims and released variants, which the tiny study has none of."""
    study = finished.copy(tmp_path_factory.mktemp("report") / "study")
    results = study.folder / "results"
    tables = results / "tables"
    write_rows(tables / "claims.parquet", Claims, claims(), {"inputs": {}, "parameters": {}})
    sources = ["--evaluation", tables / "evaluation.parquet", "--map", tables / "map.parquet"]
    spec = json.dumps({"pairs": {"random": "nsr"}})
    run(study, "make_table.py", "released", "--spec", spec, *sources, "--output", tables / "released.parquet")
    page = results / "report/index.html"
    config = yaml.safe_load(unescape(re.search(r"<pre tabindex=\"0\">(.*?)</pre>", page.read_text(), re.DOTALL)[1]))
    run(
        study,
        "write_report.py",
        *("--spec", json.dumps({"config": config}), "--tables", *sorted(tables.glob("*.parquet"))),
        *("--figures", *sorted((results / "figures").glob("*.png")), "--captions", "captions"),
        *("--assets", "workflow_scripts/report", "--schema", "rules/schemas/config.schema.json"),
        *("--benchmarks", results / "benchmarks", "--page", page, "--times", page.with_name("times.js")),
    )
    return page


@pytest.fixture(params=WIDTHS.values(), ids=WIDTHS)
def page(browser, report, request) -> Iterator[Page]:
    """The report at one width; whatever the browser complains of fails the test."""
    opened = browser.new_page(viewport={"width": request.param, "height": 900}, offline=True)
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("requestfailed", lambda asked: complaints.append(f"not there: {asked.url}"))
    opened.goto(report.as_uri())
    yield opened
    opened.close()
    assert not complaints


def test_first_screen_gives_the_point(page):
    """Without scrolling: the question, how many claims came out how, and at a desk the first claims."""
    seen = page.locator("h1, .counts .verdict").all()
    seen += page.locator(".cards tbody tr").all()[: 2 if page.viewport_size["width"] > 1000 else 0]
    shown = [item.bounding_box() for item in seen if item.is_visible()]
    assert len(shown) >= 5 and all(box["y"] + box["height"] <= 900 for box in shown)
    assert page.locator(".counts").first.inner_text().split() == [
        "1",
        "supported",
        "1",
        "contradicted",
        "1",
        "inconclusive",
        "1",
        "not",
        "tested",
    ]


def test_nothing_is_wider_than_the_screen(page):
    open_everything(page)
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("#map table").first.is_visible() and page.locator(".panel canvas").first.is_visible()
    assert all(panel.bounding_box()["width"] <= width for panel in page.locator(".panel").all())


def test_axe_finds_nothing(page):
    open_everything(page)
    page.evaluate("[...document.querySelectorAll('#tables > details')].slice(1).forEach((part) => part.remove())")
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run()")
    assert len(found["passes"]) > 20
    assert not found["violations"], [(rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]]


def test_curves_are_filtered_by_model_task_method_and_metric(page):
    note = page.locator("#curves-note")
    assert note.inner_text().startswith("12 curves in 4 panels")
    page.get_by_role("checkbox", name="Llama").uncheck()
    assert note.inner_text().startswith("6 curves in 2 panels")
    page.get_by_role("checkbox", name="operation").uncheck()
    page.get_by_role("checkbox", name="NSR").uncheck()
    assert note.inner_text().startswith("2 curves in 1 panel.")
    assert page.locator(".panel h3").all_inner_texts() == ["Qwen2, math"]
    said = page.locator(".uplot").get_attribute("aria-label")
    page.get_by_label("Metric").select_option("entropy")
    assert page.locator(".uplot").get_attribute("aria-label") != said and "ground truth" in said
    page.get_by_role("checkbox", name="math").uncheck()
    assert note.inner_text().startswith("Nothing chosen") and not page.locator(".panel").count()


def test_curves_are_those_of_the_table(page, report):
    curves = pd.read_parquet(report.parents[1] / "tables/curves.parquet")
    chosen = (curves.model == "llama") & (curves.task == "operation") & (curves.method == "random")
    last = curves[chosen & (curves.metric == "validation_accuracy_any_top_p_0.7") & (curves.step == 4)].value.item()
    said = page.locator(".panel", has_text="Llama, operation").locator(".uplot").get_attribute("aria-label")
    assert "At step 4: " in said and f"random reward {float(f'{last:.4g}'):g}," in said


def test_responses_are_filtered(page):
    form = page.locator("[data-filters=samples]")
    form.get_by_label("Model").select_option("llama")
    form.get_by_label("Method").select_option("random")
    verdicts = page.locator("#responses .verdict")
    assert page.locator("#responses article").count() == 6 and verdicts.count() >= 12
    form.get_by_label("Show").select_option("right")
    assert set(verdicts.all_inner_texts()) <= {"correct"}
    form.get_by_label("Show").select_option("wrong")
    assert verdicts.count() and "correct" not in verdicts.all_inner_texts()


def test_a_measure_is_chosen(page):
    chosen = page.locator("#claims").get_by_label("Measured with")
    assert chosen.locator("option").all_inner_texts() == ["any format, top-p 1 (primary)", "format required, top-p 1"]
    for group in ("rq1_rewards", "released"):
        shown = page.locator(f"[data-group={group}]:not([hidden])")
        assert shown.count() == 1 and shown.get_attribute("data-value") == "any_top_p_0.7"
    assert page.get_by_label("Metric").input_value() == "validation_accuracy_any_top_p_0.7"
    assert page.locator("#claims td[data-label='By the other measures']").first.inner_text().endswith("supported")
    page.locator("select[data-choice=rq1_rewards]").select_option("format_top_p_1")
    shown = page.locator("[data-group=rq1_rewards]:not([hidden])")
    assert shown.count() == 1 and shown.get_attribute("data-value") == "format_top_p_1"


def test_the_keyboard_reaches_and_works_every_control(page):
    controls = "main a, main select, main input, summary, .scroll, pre"
    wanted = page.evaluate(f"[...document.querySelectorAll({controls!r})].filter((e) => e.checkVisibility()).length")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = 0
    for _ in range(3 * wanted):
        page.keyboard.press("Tab")
        reached += page.evaluate(f"document.activeElement.matches({controls!r})")
        if page.evaluate("document.activeElement.value === 'llama' && document.activeElement.type === 'checkbox'"):
            page.keyboard.press("Space")
        if page.evaluate("document.activeElement === document.body"):
            break
    assert reached == wanted
    assert page.locator("#curves-note").inner_text().startswith("6 curves in 2 panels")


def open_everything(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))")
