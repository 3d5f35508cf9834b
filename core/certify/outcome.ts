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
  /** The output channel that reaches it; null where channels are not told apart. */
  readonly channel: number | null;
}

export interface Outcome {
  readonly outputs: readonly Value[];
  /** Why it is exact, in words. */
  readonly rule: string;
  /** Null where nothing is summed. */
  readonly bound: Bound | null;
  /** Why another algorithm than summing might be chosen; null: none. */
  readonly otherAlgorithm: string | null;
  /** Which factor needs more bits than TF32 keeps; null: none, or no factors. */
  readonly tooWideForTf32: string | null;
  /** What ONNX Runtime's WEBGPU gets wrong here, as the rest of a sentence; null: nothing known. */
  readonly webgpuFault: string | null;
  readonly assumes: readonly AssumptionKey[];
}

/** @throws Refusal where the node is not certified */
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

/** The channel whose terms add up to most. @throws Refusal where they reach the limit */
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
    `${formula} comes to ${units.toLocaleString("en-US")} units of 2^${exponent}${where}, and only sums below ` +
      `${exactUnits.toLocaleString("en-US")} never round. Use fewer bits for the weights or for what comes in.`,
  );
}
