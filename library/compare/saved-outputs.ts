import { IsobitError } from "#core/errors.ts";
import type { GraphNode, OnnxModel } from "#core/onnx/graph.ts";
import { valuesRead } from "#core/onnx/values-read.ts";
import type { NamedTensors } from "#core/tensors/tensor-value.ts";
import type { TraceResult } from "#core/trace/result.ts";
import { trace, type TraceOptions, type TraceSubject } from "#core/trace/trace.ts";
import { comparableTo } from "../inputs/expected-outputs.ts";
import { EXPECTED } from "./sources.ts";

/** These change no number, so their outputs are known wherever their inputs are. */
const COPIES: ReadonlySet<string> = new Set(
  "Concat Constant Expand Flatten Gather Identity Pad Reshape Shape Slice Split Squeeze Tile Transpose Unsqueeze".split(
    " ",
  ),
);

export interface SavedOutputs {
  readonly outputs: NamedTensors;
  readonly role: "reference" | "other";
}

/**
 * Judges saved outputs against what a backend computed. They hold no intermediate values, so a node is judged only if
 * its inputs are known without them: the model's own inputs, constants and copies of these.
 * @param computed the backend's side
 * @returns the nodes that give saved outputs; null where none of those that differ can be judged
 * @throws IsobitError as `trace` does
 */
export async function traceSaved(
  computed: TraceSubject,
  { outputs, role }: SavedOutputs,
  feeds: NamedTensors,
  options: TraceOptions,
): Promise<TraceResult | null> {
  const given = nodesWithKnownInputs(computed.model).filter((node) => node.outputs.some((name) => outputs.has(name)));
  if (given.length === 0) return null;
  const fitted = comparableTo(await computed.evaluator.evaluate({ kind: "served" }, feeds), outputs);
  if (fitted instanceof IsobitError) return null;
  const saved = subjectOf(computed.model, fitted, new Set(given));
  const [reference, other] = role === "reference" ? [saved, computed] : [computed, saved];
  const result = await trace(reference, other, feeds, options);
  const nodes = result.nodes.filter(({ elements }) => elements > 0);
  if (!nodes.some(({ explanation }) => explanation !== null)) return null;
  const isWrong = nodes.some(({ explanation }) => explanation?.wrong.some(({ side }) => side !== role));
  // Wrong numbers in a file are the file's: the backend's result is not.
  return { ...result, nodes, outcome: isWrong ? "WRONG_RESULT" : "DRIFT" };
}

function nodesWithKnownInputs({ graph }: OnnxModel): readonly GraphNode[] {
  const known = new Set([...graph.inputs.map(({ name }) => name), ...graph.initializers.keys()]);
  return graph.nodes.filter((node) => {
    if (!valuesRead(node).every((name) => known.has(name))) return false;
    if (node.domain === "" && COPIES.has(node.op)) for (const name of node.outputs) known.add(name);
    return true;
  });
}

function subjectOf(model: OnnxModel, outputs: NamedTensors, known: ReadonlySet<GraphNode>): TraceSubject {
  return {
    model,
    runsOn: null,
    optimizationLevel: "unknown",
    evaluator: {
      source: EXPECTED,
      async evaluate(part) {
        if (part.kind === "served" || part.kind === "marked") return outputs;
        const node = part.kind === "node" ? model.graph.nodes[part.node] : undefined;
        if (node === undefined || !known.has(node))
          throw new IsobitError(
            "BAD_INPUT",
            "The saved outputs do not include this node's inputs, so it cannot be run alone.",
          );
        return new Map(node.outputs.flatMap((name) => (outputs.has(name) ? [[name, outputs.get(name)!]] : [])));
      },
    },
  };
}
