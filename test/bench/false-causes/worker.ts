import { parentPort } from "node:worker_threads";
import { type Outcome, productOutcome, reductionOutcome } from "../../explain/false-causes.ts";

parentPort!.on("message", ({ from, to }: { readonly from: number; readonly to: number }) => {
  const outcomes: Outcome[] = [];
  for (let seed = from; seed < to; seed++) outcomes.push(productOutcome(seed), reductionOutcome(seed));
  parentPort!.postMessage(outcomes);
});
