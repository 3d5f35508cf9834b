/*
 * A model against outputs that were saved earlier: on another machine, with another version of the runtime.
 *
 *   npm install isobit onnxruntime-node
 *   node saved-outputs.mjs model.onnx saved.json     the first run saves, every later one compares
 */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { compareTensors } from "isobit/core";
import { InferenceSession, Tensor } from "onnxruntime-node";

const [model, file] = process.argv.slice(2);
const session = await InferenceSession.create(model);
const outputs = await session.run(Object.fromEntries(session.inputMetadata.map(rampFor)));

if (existsSync(file)) {
  const saved = JSON.parse(await readFile(file, "utf8"));
  for (const [name, output] of Object.entries(outputs)) report(name, compareTensors(fromJson(saved[name]), output));
} else {
  const json = Object.entries(outputs).map(([name, output]) => [name, toJson(output)]);
  await writeFile(file, JSON.stringify(Object.fromEntries(json)));
  console.log(`Saved ${Object.keys(outputs).join(", ")}`);
}

function report(name, { verdict, differingElements, elements, first }) {
  console.log(`${name}: ${verdict}, ${differingElements} of ${elements} elements differ`);
  if (first !== null) console.log(`first at ${first.index}: ${first.reference.bits} before, ${first.other.bits} now`);
  if (verdict !== "IDENTICAL") process.exitCode = 1;
}

/** Integers 0 to 255, the same in every run; a dynamic dimension counts as 1. */
function rampFor({ name, shape }) {
  const dims = shape.map((size) => (size > 0 ? size : 1));
  const count = dims.reduce((product, size) => product * size, 1);
  return [
    name,
    new Tensor(
      "float32",
      Float32Array.from({ length: count }, (_, index) => index % 256),
      dims,
    ),
  ];
}

function toJson({ type, dims, data }) {
  return { type, dims, bits: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64") };
}

/** For outputs of float32. */
function fromJson({ type, dims, bits }) {
  return { type, dims, data: new Float32Array(Uint8Array.from(Buffer.from(bits, "base64")).buffer) };
}
