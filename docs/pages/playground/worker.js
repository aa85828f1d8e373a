// Runs the generator beside the page, so that the page answers while it computes.
//
// {type: "load", runtime, model}: answers with "progress", then "loaded".
// {type: "run", id, kind, latents, labels, count}: answers with "images".
// Whatever goes wrong is an answer, "failed", with a message.

import { normals } from "./latents.js";

let ort = null;
let session = null;
let model = null;
let before = Promise.resolve();

// One at a time: a session takes no second call while one is under way.
onmessage = ({ data }) => {
  before = before.then(() => answer(data));
};

async function answer(data) {
  try {
    if (data.type === "load") await load(data);
    else await run(data);
  } catch (error) {
    postMessage({ type: "failed", of: data.type, message: String(error.message || error) });
  }
}

async function load({ runtime, model: wanted }) {
  const all = (ort ? 0 : runtime.bytes) + wanted.bytes;
  let done = 0;
  const progress = (bytes) =>
    postMessage({ type: "progress", share: Math.min(1, (done += bytes) / all) });
  if (!ort) {
    const binary = await fetched(`runtime/${runtime.file}`, progress);
    const loaded = await import("./runtime/ort.wasm.bundle.min.mjs");
    loaded.env.wasm.numThreads = 1;
    loaded.env.wasm.wasmBinary = binary;
    ort = loaded;
  }
  const file = await fetched(`models/${wanted.file}`, progress);
  await session?.release();
  session = await ort.InferenceSession.create(file, { executionProviders: ["wasm"] });
  model = wanted;
  postMessage({ type: "loaded", preset: model.preset });
}

async function fetched(path, progress) {
  const answer = await fetch(new URL(path, import.meta.url));
  if (!answer.ok) throw new Error(`${path} could not be loaded (${answer.status}).`);
  const parts = [];
  const reader = answer.body.getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    parts.push(step.value);
    progress(step.value.length);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

async function run({ id, kind, latents, labels, count }) {
  if (!session) throw new Error("There is no generator yet.");
  const inputs = {};
  for (const { name, shape, dtype } of model.inputs) {
    const size = [count, ...shape.slice(1)];
    const values = count * shape.slice(1).reduce((a, b) => a * b, 1);
    let data = normals(values, 0); // A noise, the same each time.
    if (name === "latents") data = latents;
    if (name === "labels") data = labels;
    inputs[name] = new ort.Tensor(dtype, data, size);
  }
  const { images } = await session.run(inputs);
  const pixels = images.data.slice();
  postMessage({ type: "images", id, kind, pixels, dims: images.dims }, [pixels.buffer]);
}
