/*
 * One model on two runtimes, bit by bit, and the node where they first differ.
 *
 *   npm install isobit
 *   node compare-two-runtimes.mjs model.onnx
 */
import { compare } from "isobit";

const [model] = process.argv.slice(2);
const { report } = await compare(model, { backends: ["CPU", "WASM"] });

console.log(`${report.outcome} over ${report.total} inputs`);
for (const { reference, other, identical, differingElements, maxUlp } of report.pairs) {
  console.log(`${other} and ${reference} agree on ${identical} inputs; ${differingElements} elements differ`);
  console.log(`Largest distance: ${maxUlp} ULP`);
}
for (const { firstDrift } of report.traces) {
  console.log(`The difference begins in ${firstDrift.name} (${firstDrift.op}): ${firstDrift.cause}`);
}
process.exitCode = report.outcome === "IDENTICAL" ? 0 : 1;
