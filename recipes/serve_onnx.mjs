// Makes pictures from an exported .onnx file in Node.js, with onnxruntime-web alone.
//
//     npm install
//     node serve_onnx.mjs generator.onnx images.pgm       # also: number, seed, labels
//
// The file comes from `kerasgan export mnist-28 --output uint8 --out generator.onnx`;
// one with float images works as well. A generator of classes takes labels too, such as
// 3, or 0,1,2 in turn. The same calls run in a browser. The picture is a PGM or, for
// colour, a PPM file.

import { readFile, writeFile } from "node:fs/promises";
import * as ort from "onnxruntime-web";

const [file, out = "images.pgm", n = "8", seed = "0", labels] = process.argv.slice(2);

// mulberry32 and Box-Muller: JavaScript's own generator takes no seed.
function normals(count, state) {
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

function toPixels(images) {
  if (images.type === "uint8") return images.data;
  return Uint8ClampedArray.from(images.data, (x) => (x + 1) * 127.5);
}

// One picture with the images side by side.
function row(pixels, [count, height, width, channels]) {
  const picture = Buffer.alloc(pixels.length);
  for (let i = 0; i < count; i++)
    for (let y = 0; y < height; y++) {
      const from = (i * height + y) * width * channels;
      const line = pixels.subarray(from, from + width * channels);
      picture.set(line, (y * count + i) * width * channels);
    }
  const kind = channels === 1 ? "P5" : "P6";
  return Buffer.concat([Buffer.from(`${kind}\n${count * width} ${height}\n255\n`), picture]);
}

const session = await ort.InferenceSession.create(await readFile(file));
const metadata = session.inputMetadata.find((input) => input.name === "latents");
const latentDim = metadata.shape[1];
const data = normals(Number(n) * latentDim, Number(seed));
const inputs = { latents: new ort.Tensor("float32", data, [Number(n), latentDim]) };
if (labels) {
  const given = labels.split(",").map(Number);
  const each = Int32Array.from({ length: Number(n) }, (_, i) => given[i % given.length]);
  inputs.labels = new ort.Tensor("int32", each, [Number(n)]);
}
const { images } = await session.run(inputs);
await writeFile(out, row(toPixels(images), images.dims));
console.log(`${n} images in ${out}`);
