import {
  bitsToHex,
  certify,
  compareTensors,
  exactify,
  explainNode,
  hexToValue,
  nextUp,
  trace,
  ulpDistance,
} from "isobit/core";

/*
 * Every function of isobit/core, with a runtime written in JavaScript: what a browser, workerd and Node must agree on. The
 * model is y = x w + b, a Gemm of two inputs and one output.
 */

/** @param {{ exact: Uint8Array, gemm: Uint8Array }} models */
export async function probe({ exact, gemm }) {
  const x = { type: "float32", dims: [1, 2], data: Float32Array.of(0.2, 2 / 7) };
  const [rounded, fused] = [evaluator("rounded", Math.fround), evaluator("fused", (product) => product)];
  const certified = await certify(exact, { tf32: true });
  const traced = await trace({ model: gemm, evaluator: rounded }, { model: gemm, evaluator: fused }, { feeds: { x } });
  const outputs = await Promise.all([rounded, fused].map(({ run }) => run(gemm, { x })));
  const [reference, other] = ["rounded", "fused"].map((name, at) => ({ name, outputs: outputs[at] }));
  const refused = await exactify(gemm, { calibration: [], openSession: () => {} }).catch(({ code }) => code);
  return {
    scalars: [ulpDistance(1, nextUp(1)), bitsToHex(-0), hexToValue("0x40490fdb")],
    compared: compareTensors(outputs[0].y, outputs[1].y, { tolerance: { ulp: 1 } }),
    certified: { ...certified, executed: certified.executed?.length },
    traced,
    explained: await explainNode(gemm, { node: "gemm", feeds: { x }, reference, other }),
    refused,
  };
}

/** @param {(product: number) => number} round what becomes of a product before it is added */
function evaluator(name, round) {
  const [w0, w1, b] = [Math.fround(1.7), Math.fround(1.9), Math.fround(0.3)];
  const run = (_model, { x: { data } }) => {
    const sum = Math.fround(Math.fround(round(data[0] * w0)) + round(data[1] * w1));
    return { y: { type: "float32", dims: [1, 1], data: Float32Array.of(sum + b) } };
  };
  return { name, run };
}
