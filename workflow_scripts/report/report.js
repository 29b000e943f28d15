// What the report's controls do: choose a measure, filter curves, browse responses. Must not know where data come from.
"use strict";

const DATA = JSON.parse(document.getElementById("data").textContent);
const name = (id) => DATA.names[id] ?? id;

function element(tag, attributes = {}, ...children) {
  const made = Object.assign(document.createElement(tag), attributes);
  made.append(...children);
  return made;
}

const unique = (values) => [...new Set(values)];

// ------------------------------------------------------------------------------------------------ tables by measure
for (const select of document.querySelectorAll("select[data-choice]")) {
  const parts = document.querySelectorAll(`[data-group="${select.dataset.choice}"]`);
  const show = () => parts.forEach((part) => (part.hidden = part.dataset.value !== select.value));
  select.addEventListener("change", show);
  show(); // a browser may remember a choice
}

// ----------------------------------------------------------------------------------------------------------- curves
const DASHES = { "-": [], "--": [6, 4], ":": [2, 3], "-.": [7, 3, 2, 3] };
const SHOWN_FIRST = 4; // methods
let charts = [];

function swatch(method) {
  const { color, linestyle } = DATA.lines[method];
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "swatch");
  svg.setAttribute("aria-hidden", "true");
  svg.innerHTML = `<line x1="0" x2="26" y1="5" y2="5" stroke="${color}" stroke-width="2.5" stroke-dasharray="${DASHES[linestyle]}"/>`;
  return svg;
}

function setUpCurves(form) {
  const metrics = Object.keys(DATA.curves);
  for (const metric of metrics) {
    form.metric.append(new Option(metric.replaceAll("_", " "), metric, false, metric === DATA.metric));
  }
  const cells = Object.values(DATA.curves).flat();
  ["model", "task", "method"].forEach((kind, column) => {
    const fieldset = form.querySelector(`[data-filter="${kind}"]`);
    unique(cells.map((cell) => cell[column])).forEach((id, i) => {
      const box = element("input", { type: "checkbox", name: kind, value: id, checked: column < 2 || i < SHOWN_FIRST });
      fieldset.append(element("label", {}, box, ...(column < 2 ? [] : [swatch(id)]), name(id)));
    });
  });
  const draw = () => drawCurves(form);
  form.addEventListener("change", draw);
  addEventListener("resize", () => charts.forEach(({ chart, panel }) => chart.setSize(size(panel))));
  draw();
}

const size = (panel) => ({ width: panel.clientWidth, height: 200 });

function drawCurves(form) {
  const chosen = (kind) => new Set(new FormData(form).getAll(kind));
  const [models, tasks, methods] = ["model", "task", "method"].map(chosen);
  const shown = DATA.curves[form.metric.value].filter(
    ([model, task, method]) => models.has(model) && tasks.has(task) && methods.has(method),
  );
  const place = document.getElementById("panels");
  charts.forEach(({ chart }) => chart.destroy());
  place.replaceChildren();
  const highest = Math.max(...shown.flatMap((curve) => curve[6]), 0);
  const lowest = Math.min(...shown.flatMap((curve) => curve[5]), 0);
  const range = [lowest, form.metric.value.includes("accuracy") || form.metric.value.includes("rate") ? 1 : highest];
  charts = unique(shown.map(([model, task]) => `${model}/${task}`)).map((pair) => {
    const curves = shown.filter(([model, task]) => `${model}/${task}` === pair);
    const panel = element("div", { className: "panel" }, element("h3", {}, `${name(curves[0][0])}, ${name(curves[0][1])}`));
    place.append(panel);
    return { panel, chart: drawPanel(panel, curves, range) };
  });
  const lines = `${shown.length} curve${shown.length === 1 ? "" : "s"} in ${charts.length} panel${charts.length === 1 ? "" : "s"}`;
  document.getElementById("curves-note").textContent = shown.length ? `${lines}. Move over a panel to read values.` : "Nothing chosen: tick at least one model, task and method.";
}

function drawPanel(panel, curves, range) {
  const steps = unique(curves.flatMap((curve) => curve[3])).sort((a, b) => a - b);
  const at = (curve, column) => steps.map((step) => curve[column][curve[3].indexOf(step)] ?? null);
  const data = [steps], series = [{}], bands = [];
  for (const curve of curves) {
    const { color, linestyle } = DATA.lines[curve[2]];
    const edge = { stroke: "transparent", points: { show: false }, spanGaps: true };
    bands.push({ series: [series.length + 2, series.length + 1], fill: `${color}1c` });
    series.push({ stroke: color, width: 1.8, dash: DASHES[linestyle], points: { show: false }, spanGaps: true }, edge, edge);
    data.push(at(curve, 4), at(curve, 5), at(curve, 6));
  }
  const readout = element("p", {}, "");
  const say = (index) => curves.map((curve, i) => `${name(curve[2])} ${data[3 * i + 1][index] ?? "–"}`).join(", ");
  const axis = { stroke: "#565c64", font: "11px system-ui, sans-serif", grid: { stroke: "#e6e6e6", width: 1 }, ticks: { show: false } };
  const options = {
    ...size(panel),
    series,
    bands,
    scales: { x: { time: false }, y: { range } },
    axes: [{ ...axis, size: 26 }, { ...axis, size: 44 }],
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    hooks: { setCursor: [({ cursor }) => (readout.textContent = cursor.idx == null ? "" : `step ${steps[cursor.idx]}: ${say(cursor.idx)}`)] },
  };
  const chart = new uPlot(options, data, panel);
  chart.root.setAttribute("role", "img");
  chart.root.setAttribute("aria-label", `At step ${steps.at(-1)}: ${say(steps.length - 1)}`);
  panel.append(readout);
  return chart;
}

// -------------------------------------------------------------------------------------------------------- responses
const BASE_SEED = -1;

function setUpSamples(form) {
  ["model", "task", "method", "seed"].forEach((kind, column) => {
    const ids = unique(DATA.samples.map((row) => row[column])).filter((id) => id !== BASE_SEED);
    form[kind].append(...ids.map((id) => new Option(name(id), id)));
  });
  const show = () => showSamples(form);
  form.addEventListener("change", show);
  show();
}

function showSamples(form) {
  const right = (row) => row[8] === "correct";
  const wanted = { "": () => true, right, wrong: (row) => !right(row) }[form.verdict.value];
  const rows = DATA.samples.filter(
    ([model, task, method]) => model === form.model.value && task === form.task.value && method === form.method.value,
  );
  const problems = unique(rows.map((row) => row[4]));
  document.getElementById("responses").replaceChildren(
    ...problems.map((problem) => {
      const mine = rows.filter((row) => row[4] === problem && wanted(row));
      const [, , , , , question, truth] = rows.find((row) => row[4] === problem);
      const side = (title, seed) => element("div", {}, element("h4", {}, title), ...responses(mine.filter((row) => row[3] === seed)));
      const head = element("h3", {}, "Question ", element("code", {}, question), ", answer ", element("code", {}, truth));
      const sides = element("div", { className: "sides" }, side("Before training", BASE_SEED), side("After training", Number(form.seed.value)));
      return element("article", { className: "problem" }, head, sides);
    }),
  );
}

function responses(rows) {
  if (!rows.length) return [element("p", { className: "note" }, "None of this kind.")];
  return rows.map(([, , , , , , , text, verdict, formatted, reward, alike, n]) => {
    const kind = verdict === "correct" ? "right" : "not right";
    const facts = ` reward ${Number(reward.toFixed(3))}; format ${formatted ? "right" : "wrong"}; ${alike} of ${n} ${kind}`;
    const head = element("div", {}, element("span", { className: `verdict ${verdict === "correct" ? "correct" : "wrong"}` }, verdict), element("small", {}, facts));
    return element("div", { className: "response" }, head, element("pre", { tabIndex: 0 }, text));
  });
}

// ------------------------------------------------------------------------------------------------------- wall times
function showTimes(place) {
  const head = ["stage", "jobs", "wall time, s", "CPU time, s", "largest memory, MB"];
  const cells = (tag, values) => element("tr", {}, ...values.map((value) => element(tag, {}, String(value))));
  place.append(element("table", {}, element("thead", {}, cells("th", head)), element("tbody", {}, ...TIMES.map((row) => cells("td", row)))));
}

for (const [kind, setUp] of [["curves", setUpCurves], ["samples", setUpSamples]]) {
  const form = document.querySelector(`[data-filters="${kind}"]`);
  if (form) setUp(form);
}
showTimes(document.getElementById("times"));
