import { readModel } from "#core/onnx/read.ts";
import type { SessionSettings } from "#core/backends/runner-messages.ts";
import { nodesOnCpu, type Placement } from "#core/backends/placement.ts";
import { cutPart, type PartSource, partSource } from "#core/trace/cut.ts";
import { fusedNodesOf } from "#core/trace/fused-nodes.ts";
import type { PartEvaluator } from "#core/model/part.ts";
import type { NamedTensors } from "#core/tensors/tensor-value.ts";
import type { PlacedSession } from "./placed-session.ts";
import type { Runner } from "./runner.ts";
import { sessionSettings, type Source } from "./sources.ts";

/** Two sides of a trace may share a runner and use it at the same time, so every part's session has a unique name. */
let parts = 0;

/**
 * Parts of a model that leaves nodes to the CPU, each in a session whose placement the runtime tells.
 * @param model the one that the session runs
 */
export function placedEvaluatorOf(source: Source, runner: Runner, placed: PlacedSession): PartEvaluator {
  const model = partSource(placed.bytes);
  const { graph } = model.model;
  const places = new Map(graph.nodes.map((node, index) => [node, index]));
  const onCpu = new Set<number>();
  const add = (placement: Placement): void => {
    for (const node of nodesOnCpu(graph, placement)) onCpu.add(places.get(node)!);
  };
  add(placed.placement);
  return {
    source: source.name,
    ranOnCpu: (node) => onCpu.has(node),
    async evaluate(part, feeds) {
      const session = `part ${++parts}`;
      const bytes = cutPart(model, part, feeds);
      try {
        const { placement, outputs } = await runner.place(session, bytes, sessionSettings(source), feeds);
        add(placement);
        return outputs;
      } finally {
        await runner.close(session);
      }
    },
  };
}

/** Parts of a model on a source's runner, with the source's own settings, each in a session that lives for one run. */
export function evaluatorOf(source: Source, runner: Runner, model: PartSource): PartEvaluator {
  const settings = sessionSettings(source);
  return {
    source: source.name,
    async evaluate(part, feeds) {
      const session = `part ${++parts}`;
      await runner.open(session, cutPart(model, part, feeds), settings);
      try {
        return (await runner.run(session, feeds)).outputs;
      } finally {
        await runner.close(session);
      }
    },
    async fusedNodes(part) {
      // A single node would need its feeds' types, and has no other node to be fused with.
      if (part.kind === "node") return null;
      return await fusedNodes(runner, cutPart(model, part, NO_FEEDS), settings);
    },
  };
}

const NO_FEEDS: NamedTensors = new Map();

/**
 * Null if the runtime does not report it, cannot write what its provider compiled, or folds every node into a constant.
 */
async function fusedNodes(
  runner: Runner,
  bytes: Uint8Array,
  settings: SessionSettings,
): ReturnType<NonNullable<PartEvaluator["fusedNodes"]>> {
  try {
    const optimised = await runner.optimised(bytes, settings);
    return optimised === null ? null : fusedNodesOf(readModel(optimised));
  } catch {
    return null;
  }
}
