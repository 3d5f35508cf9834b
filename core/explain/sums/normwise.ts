import type { Operand } from "./operands.ts";
import type { NormwiseBase } from "./problem.ts";

/** Sizes of a convolution; `inner` is the number of channels per group. */
export interface WindowSizes {
  readonly batch: number;
  readonly channels: number;
  readonly image: number;
  readonly filters: number;
  readonly inner: number;
  readonly taps: number;
  readonly group: number;
}

export function normwiseBase(
  inputs: Operand["numbers"],
  weights: Operand["numbers"],
  sizes: WindowSizes,
): NormwiseBase {
  const { batch, channels, image, filters, inner, taps, group } = sizes;
  const largestInput = largestOfRuns(inputs, batch * channels, image);
  const largestWeight = largestOfRuns(weights, filters * inner, taps);
  let size = 0;
  for (let sample = 0; sample < batch; sample++) {
    for (let filter = 0; filter < filters; filter++) {
      const first = sample * channels + Math.floor(filter / (filters / group)) * inner;
      let sum = 0;
      for (let c = 0; c < inner; c++) sum += taps * largestWeight[filter * inner + c]! * largestInput[first + c]!;
      size = Math.max(size, sum);
    }
  }
  return { size, channels: inner };
}

function largestOfRuns(numbers: Operand["numbers"], runs: number, length: number): Float64Array {
  const largest = new Float64Array(runs);
  for (let run = 0; run < runs; run++) {
    let most = 0;
    for (let at = run * length; at < (run + 1) * length; at++) most = Math.max(most, Math.abs(numbers[at]!));
    largest[run] = most;
  }
  return largest;
}
