import { BACKENDS } from "../backends.ts";
import { messageOf } from "../errors.ts";
import type { Explanation } from "../explain/explanation.ts";
import type { ExplainedSource, NodeRequest } from "../explain/request.ts";
import type { BySource } from "../explain/sources.ts";
import type { NamedTensors, TensorValue } from "../tensors/tensor-value.ts";
import type { NodePair } from "./match.ts";
import type { PlacedNode } from "./placed-node.ts";
import type { TracedSource, TraceSubject } from "./subject.ts";

/** `explainNode`, or a replacement that may run elsewhere. */
export type Explain = (request: NodeRequest) => Explanation | null | Promise<Explanation | null>;

export interface Asked {
  readonly explanation: Explanation | null;
  /** Why there is no explanation; null where none is needed. */
  readonly note: string | null;
}

/**
 * Asks why a node's outputs differ. The reference's constants count as the truth, so a different weight in the other
 * model shows as a wrong result.
 * @param given the node's inputs on the reference, by name, constants included
 * @param outputs of both sources, each running the node alone on these inputs
 */
export async function askExplainer(
  { reference, other }: NodePair,
  sources: BySource<TracedSource>,
  given: ReadonlyMap<string, TensorValue | null | undefined>,
  outputs: BySource<NamedTensors>,
  explain: Explain,
  jury: readonly ExplainedSource[] = [],
): Promise<Asked> {
  const { node, model } = reference;
  const inputs = node.inputs.map((name) => (name === "" ? null : (given.get(name) ?? null)));
  if (inputs.some((input, place) => input === null && node.inputs[place] !== "")) {
    return { explanation: null, note: "Not explained: one of its constants does not contain numbers." };
  }
  const request: NodeRequest = {
    node,
    opset: model.opsets.get("") ?? 1,
    inputs,
    reference: explainedSource(sources.reference, reference, outputs.reference),
    other: explainedSource(sources.other, other, outputs.other),
    ...(jury.length > 0 && { jury }),
  };
  try {
    return { explanation: await explain(request), note: null };
  } catch (error) {
    // One failing explanation must not end the whole trace.
    return { explanation: null, note: `Not explained: ${messageOf(error)}` };
  }
}

export function explainedSource(
  traced: TraceSubject,
  { node, index }: PlacedNode,
  outputs: NamedTensors,
): ExplainedSource {
  const { evaluator, optimizationLevel } = traced;
  const onCpu = evaluator.ranOnCpu?.(index) === true;
  const runsOn = onCpu ? "CPU" : traced.runsOn;
  return {
    source: onCpu ? `${evaluator.source} (on the CPU)` : evaluator.source,
    runsOn,
    optimizationLevel,
    tf32: runsOn !== null && BACKENDS[runsOn].tf32,
    outputs: node.outputs.map((name) => (name === "" ? null : (outputs.get(name) ?? null))),
  };
}
