// The page: what is chosen, and what the worker answers.

import { between, moved, normals } from "./latents.js";

const find = (id) => document.getElementById(id);
const root = find("playground");
const state = { model: null, latents: [], picked: 0, base: null, ends: {}, amounts: [] };
let worker, index;

// Asking: of each kind of picture one question is under way, and the newest waits. ----

const waiting = new Map(); // kind -> the newest question, or null
const drawing = {};
let questions = 0;

function ask(kind, latents, labels) {
  const dim = state.model.latent_dim;
  const flat = new Float32Array(latents.length * dim);
  latents.forEach((latent, i) => flat.set(latent, i * dim));
  const question = {
    type: "run",
    id: ++questions,
    kind,
    latents: flat,
    labels: state.model.classes ? Int32Array.from(labels) : null,
    count: latents.length,
  };
  if (waiting.has(kind)) waiting.set(kind, question);
  else send(question);
}

function send(question) {
  waiting.set(question.kind, null);
  worker.postMessage(question);
}

function answered({ kind, pixels, dims }) {
  const next = waiting.get(kind);
  waiting.delete(kind);
  drawing[kind](pixels, dims);
  if (next) send(next);
  root.dataset.busy = waiting.size ? "yes" : "no";
}

function draw(canvas, pixels, [, height, width, channels], position) {
  [canvas.width, canvas.height] = [width, height];
  const image = new ImageData(width, height);
  const from = position * height * width * channels;
  for (let i = 0; i < height * width; i++)
    for (let c = 0; c < 4; c++)
      image.data[4 * i + c] =
        c === 3 ? 255 : pixels[from + i * channels + Math.min(c, channels - 1)];
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// What is drawn -------------------------------------------------------------------

const labelOf = (i) => {
  const classes = state.model.classes?.length ?? 1;
  const chosen = find("label").value;
  return chosen === "all" ? i % classes : Number(chosen);
};
const truncation = () => Number(find("truncation").value);
const plain = (latent) => moved(latent, [], [], truncation());

function sample() {
  root.dataset.busy = "yes";
  const count = Number(find("count").value);
  const dim = state.model.latent_dim;
  const all = normals(count * dim, Number(find("seed").value));
  state.latents = Array.from({ length: count }, (_, i) => all.slice(i * dim, (i + 1) * dim));
  history.replaceState(
    null,
    "",
    `#preset=${encodeURIComponent(state.model.preset)}&seed=${find("seed").value}`,
  );
  makeCells(count);
  pick(Math.min(state.picked, count - 1));
  setEnds(0, 1);
  showGrid();
}

function showGrid() {
  root.dataset.busy = "yes";
  ask("grid", state.latents.map(plain), state.latents.map((_, i) => labelOf(i)));
}

function showChosen() {
  root.dataset.busy = "yes";
  const { latent, label } = state.base;
  const { directions } = state.model;
  ask("chosen", [moved(latent, directions, state.amounts, truncation())], [label]);
}

function showStrip() {
  root.dataset.busy = "yes";
  const strip = Array.from({ length: 9 }, (_, i) => plain(onTheWay(i / 8)));
  ask("strip", strip, strip.map(() => labelOf(state.ends.a)));
}

const onTheWay = (share) =>
  between(state.latents[state.ends.a], state.latents[state.ends.b], share);

drawing.grid = (pixels, dims) => {
  const cells = find("grid").querySelectorAll("canvas");
  // An answer to a question from before the number was changed.
  if (cells.length !== dims[0]) return;
  cells.forEach((canvas, i) => draw(canvas, pixels, dims, i));
};
drawing.chosen = (pixels, dims) => draw(find("chosen"), pixels, dims, 0);
drawing.strip = (pixels, dims) =>
  find("strip")
    .querySelectorAll("canvas")
    .forEach((canvas, i) => draw(canvas, pixels, dims, i));

// The grid: one stop of the Tab key, arrows within ----------------------------------

function makeCells(count) {
  const grid = find("grid");
  if (grid.childElementCount === count) return;
  const columns = Math.sqrt(count);
  grid.style.setProperty("--columns", columns);
  grid.replaceChildren(
    ...Array.from({ length: count }, (_, i) => {
      const cell = document.createElement("button");
      cell.type = "button";
      cell.setAttribute("aria-label", `Image ${i + 1}`);
      cell.append(document.createElement("canvas"));
      cell.onclick = () => pick(i);
      cell.onkeydown = (event) => pressed(event, i, columns, count);
      return cell;
    }),
  );
}

function pressed(event, i, columns, count) {
  const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
  const key = event.key.toLowerCase();
  if (event.key in moves) {
    const to = i + moves[event.key];
    if (to >= 0 && to < count) pick(to, true);
  } else if (key === "a") setEnds(i, state.ends.b);
  else if (key === "b") setEnds(state.ends.a, i);
  else return;
  event.preventDefault();
}

function pick(i, focus = false) {
  state.picked = i;
  state.base = { latent: state.latents[i], label: labelOf(i) };
  find("chosen-name").textContent = `Image ${i + 1}`;
  mark();
  if (focus) find("grid").children[i].focus();
  showChosen();
}

function setEnds(a, b) {
  state.ends = { a, b };
  find("ends").textContent = `A is image ${a + 1}, B is image ${b + 1}.`;
  mark();
  showStrip();
}

function mark() {
  [...find("grid").children].forEach((cell, i) => {
    cell.tabIndex = i === state.picked ? 0 : -1;
    cell.setAttribute("aria-pressed", i === state.picked);
    cell.dataset.end = (i === state.ends.a ? "A" : "") + (i === state.ends.b ? "B" : "");
  });
}

// Controls --------------------------------------------------------------------------

function makeSliders() {
  state.amounts = state.model.directions.map(() => 0);
  find("directions").replaceChildren(
    ...state.model.directions.map((_, k) => {
      const label = document.createElement("label");
      const slider = Object.assign(document.createElement("input"), {
        type: "range",
        min: -4,
        max: 4,
        step: 0.1,
        value: 0,
      });
      slider.oninput = () => {
        state.amounts[k] = Number(slider.value);
        showChosen();
      };
      label.append(`Direction ${k + 1}`, slider);
      return label;
    }),
  );
}

function makeLabels() {
  const classes = state.model.classes ?? [];
  const options = [["all", "all in turn"], ...classes.map((name, i) => [i, name])];
  find("label").replaceChildren(...options.map(([value, text]) => new Option(text, value)));
  find("label-of").hidden = !classes.length;
}

async function copySeed() {
  const seed = find("seed").value;
  try {
    await navigator.clipboard.writeText(seed);
    say(`Copied: ${seed}`);
  } catch {
    find("seed").select();
    say("The browser does not let this page copy; the seed is selected instead.");
  }
}

function download(canvases, columns, name) {
  const zoom = Math.max(1, Math.round(128 / canvases[0].width / Math.sqrt(columns)));
  const [width, height] = [canvases[0].width * zoom, canvases[0].height * zoom];
  const sheet = document.createElement("canvas");
  sheet.width = columns * width;
  sheet.height = Math.ceil(canvases.length / columns) * height;
  const context = sheet.getContext("2d");
  context.imageSmoothingEnabled = false;
  canvases.forEach((canvas, i) => {
    const [x, y] = [(i % columns) * width, Math.floor(i / columns) * height];
    context.drawImage(canvas, x, y, width, height);
  });
  const link = document.createElement("a");
  link.download = name;
  link.href = sheet.toDataURL("image/png");
  link.click();
  say(`Saved as ${name}.`);
}

function connect() {
  find("preset").onchange = () => load(find("preset").value);
  find("seed").onchange = sample;
  find("count").onchange = sample;
  find("label").onchange = sample;
  find("sample").onclick = () => {
    find("seed").value = Math.floor(Math.random() * 1e6);
    sample();
  };
  find("copy").onclick = copySeed;
  find("truncation").oninput = () => {
    find("truncation-value").textContent = truncation().toFixed(2);
    showChosen();
    showStrip();
    showGrid();
  };
  find("reset").onclick = () => {
    makeSliders();
    showChosen();
  };
  find("set-a").onclick = () => setEnds(state.picked, state.ends.b);
  find("set-b").onclick = () => setEnds(state.ends.a, state.picked);
  find("share").oninput = () => {
    const share = Number(find("share").value);
    state.base = { latent: onTheWay(share), label: labelOf(state.ends.a) };
    find("chosen-name").textContent = `${Math.round(100 * share)}% of the way from A to B`;
    showChosen();
  };
  const seed = () => find("seed").value;
  find("save-grid").onclick = () => {
    const canvases = [...find("grid").querySelectorAll("canvas")];
    download(canvases, Math.sqrt(canvases.length), `grid-${seed()}.png`);
  };
  find("save-chosen").onclick = () => download([find("chosen")], 1, `image-${seed()}.png`);
}

// Loading ---------------------------------------------------------------------------

function say(words) {
  find("status").textContent = words;
}

function fail(words) {
  root.dataset.state = "failed";
  find("progress").hidden = true;
  find("controls").hidden = true;
  say(words);
}

function load(preset) {
  state.model = index.models.find((model) => model.preset === preset);
  root.dataset.state = "loading";
  find("controls").hidden = false;
  waiting.clear();
  find("controls").disabled = true;
  find("progress").hidden = false;
  find("progress").value = 0;
  say(`Loading ${preset}: ${megabytes(state.model.bytes)} of weights, and at the first `
    + `time ${megabytes(index.runtime.bytes)} of onnxruntime.`);
  worker.postMessage({ type: "load", runtime: index.runtime, model: state.model });
}

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

function loaded() {
  find("progress").hidden = true;
  find("controls").disabled = false;
  root.dataset.state = "ready";
  say(`${state.model.preset} runs in your browser; nothing is sent anywhere.`);
  makeLabels();
  makeSliders();
  sample();
}

function heard({ data }) {
  if (data.type === "progress") find("progress").value = data.share;
  else if (data.type === "loaded") loaded();
  else if (data.type === "images") answered(data);
  else fail(`That did not work: ${data.message}`);
}

async function start() {
  if (typeof WebAssembly !== "object")
    return fail(
      "This browser has no WebAssembly, which the generator runs in. It may be switched "
        + "off by a setting (a 'lockdown' or 'strictest' mode); otherwise, any browser "
        + "of the last years has it.",
    );
  if (typeof Worker !== "function")
    return fail("This browser has no Web Workers, which the generator runs in.");
  const answer = await fetch("models/index.json").catch(() => null);
  if (!answer?.ok)
    return fail(
      "The list of models could not be loaded. This page needs a web server: run "
        + "python -m http.server in the site's folder and open the address it prints.",
    );
  index = await answer.json();
  if (!index.models.length) return fail("No preset ships weights yet.");
  const asked = new URLSearchParams(location.hash.slice(1));
  const names = index.models.map((model) => model.preset);
  find("preset").replaceChildren(...names.map((name) => new Option(name, name)));
  find("seed").value = Number(asked.get("seed")) || 1;
  worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  worker.onmessage = heard;
  worker.onerror = (event) =>
    fail(`The worker could not be started: ${event.message || "no reason was given"}.`);
  connect();
  find("strip").replaceChildren(
    ...Array.from({ length: 9 }, () => document.createElement("canvas")),
  );
  const first = names.includes(asked.get("preset")) ? asked.get("preset") : names[0];
  find("preset").value = first;
  load(first);
}

start().catch((error) => fail(`That did not work: ${error.message}`));
