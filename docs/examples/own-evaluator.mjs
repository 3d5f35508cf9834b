/*
 * Your own runtime against ONNX Runtime, node by node. isobit only needs a function that runs an ONNX file. Here the
 * function calls onnxruntime-web; yours would call an NPU's driver or send the file to a phone.
 *
 *   npm install isobit onnxruntime-node onnxruntime-web
 *   node own-evaluator.mjs model.onnx
 */
import { readFile } from "node:fs/promises";
import { trace } from "isobit/core";
import * as native from "onnxruntime-node";
import * as web from "onnxruntime-web/wasm";

web.env.wasm.numThreads = 1;

const reference = evaluator("CPU", native);
const mine = evaluator("mine", web);

const [path] = process.argv.slice(2);
const model = new Uint8Array(await readFile(path));
const session = await native.InferenceSession.create(path);
const result = await trace(
  { model, evaluator: reference },
  { model, evaluator: mine },
  { feeds: Object.fromEntries(session.inputMetadata.map(rampFor)) },
);

console.log(`${result.other} against ${result.reference}: ${result.outcome}`);
for (const { name, op, differingElements, elements, cause } of result.nodes) {
  console.log(`${name} (${op}): ${differingElements} of ${elements} elements differ, ${cause}`);
}

/** A part of the model arrives as a whole ONNX file; a session lives for one run. */
function evaluator(name, { InferenceSession, Tensor }) {
  return {
    name,
    async run(part, feeds) {
      const tensors = Object.entries(feeds).map(([key, { type, data, dims }]) => [key, new Tensor(type, data, dims)]);
      const partSession = await InferenceSession.create(part, { graphOptimizationLevel: "extended" });
      try {
        return await partSession.run(Object.fromEntries(tensors));
      } finally {
        await partSession.release();
      }
    },
  };
}

/** Integers 0 to 255; a dynamic dimension counts as 1. */
function rampFor({ name, shape }) {
  const dims = shape.map((size) => (size > 0 ? size : 1));
  const count = dims.reduce((product, size) => product * size, 1);
  return [name, { type: "float32", dims, data: Float32Array.from({ length: count }, (_, index) => index % 256) }];
}
