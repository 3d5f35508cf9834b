import type { AssumptionKey } from "./assumptions.ts";
import type { Call } from "./call.ts";
import { refuse } from "./refusal.ts";
import type { Range } from "./range.ts";
import type { Value } from "./value.ts";

/** The worst sum a node can form. */
export interface Bound {
  /** Sum of absolute values in units of 2^exponent: an integer. */
  readonly units: number;
  readonly exponent: number;
  /** The output channel that reaches it; null with one range for all channels. */
  readonly channel: number | null;
}

export interface Outcome {
  readonly outputs: readonly Value[];
  /** Why it is exact, in words. */
  readonly rule: string;
  /** Null if it sums nothing. */
  readonly bound: Bound | null;
  /** Why an algorithm other than summing may be chosen; null if none. */
  readonly otherAlgorithm: string | null;
  /** Which factor needs more bits than TF32 keeps; null if none. */
  readonly tooWideForTf32: string | null;
  /** What ONNX Runtime's WebGPU provider computes incorrectly here, as the rest of a sentence; null if nothing is known. */
  readonly webgpuFault: string | null;
  readonly assumes: readonly AssumptionKey[];
}

/** @throws Refusal for a node that is not certified */
export type Rule = (call: Call) => Outcome;

export function outcome(
  output: Value | readonly Value[],
  rule: string,
  more: Partial<Omit<Outcome, "outputs" | "rule">> = {},
): Outcome {
  const outputs = "kind" in output ? [output] : output;
  return {
    bound: null,
    otherAlgorithm: null,
    tooWideForTf32: null,
    webgpuFault: null,
    assumes: [],
    ...more,
    outputs,
    rule,
  };
}

/** The channel with the largest sum of terms. @throws Refusal if it reaches the limit */
export function boundOf(ranges: readonly Range[], exactUnits: number, formula: string): Bound {
  let worst = 0;
  for (const [channel, { terms }] of ranges.entries()) {
    if (terms > ranges[worst]!.terms) worst = channel;
  }
  const { terms: units, exponent } = ranges[worst]!;
  const channel = ranges.length > 1 ? worst : null;
  if (units < exactUnits) return { units, exponent, channel };
  const where = channel === null ? "" : ` in channel ${channel}`;
  return refuse(
    `${formula} reaches ${units.toLocaleString("en-US")} units of 2^${exponent}${where}, and only sums below ` +
      `${exactUnits.toLocaleString("en-US")} are never rounded. Use fewer bits for the weights or for the input.`,
  );
}
