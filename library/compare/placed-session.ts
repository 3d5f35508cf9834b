import { type AllowedOnCpu, notAllowedOnCpu, type Placement } from "#core/backends/placement.ts";
import { IsobitError } from "#core/errors.ts";
import { prepareForPlacement } from "#core/onnx/prepare-placement.ts";
import { writeModel } from "#core/onnx/write.ts";
import type { NamedTensors } from "#core/tensors/tensor-value.ts";
import type { ComparedModel } from "./compared-model.ts";
import type { Runner } from "./runner.ts";
import { sessionKey, sessionSettings, type Source } from "./sources.ts";

/** What a GPU's session may leave to the CPU, and with what it is tried. */
export interface PlacementTrial {
  readonly allowed: AllowedOnCpu;
  /** One input's tensors for each model. */
  readonly feeds: readonly (NamedTensors | null)[];
  /** Every input has the shapes of these, so they may be fixed. */
  readonly sameShapes: boolean;
}

/** A session of which some nodes run on the CPU. */
export interface PlacedSession {
  /** The model that it runs, with named nodes and, where possible, fixed dimensions. */
  readonly bytes: Uint8Array;
  readonly placement: Placement;
}

/** ONNX Runtime's words where a session that must run on a GPU alone has a node without a kernel there. */
export function leavesNodesToCpu(error: IsobitError): boolean {
  return error.message.includes("fallback to CPU EP has been explicitly disabled");
}

/**
 * Opens a session that may leave to the CPU what only computes shapes and indices, and what is allowed, as the runtime's
 * own profile of one run says.
 * @throws IsobitError BACKEND_FAILED naming the other nodes that would run on the CPU, or with the runtime's words
 */
export async function openPlaced(
  runner: Runner,
  source: Source,
  model: ComparedModel,
  { allowed, feeds, sameShapes }: PlacementTrial,
): Promise<PlacedSession | null> {
  const fed = feeds[source.model] ?? null;
  if (fed === null) return null;
  const prepared = prepareForPlacement(model.onnx, sameShapes ? fed : null);
  const bytes = prepared === model.onnx ? model.executed : writeModel(prepared);
  const { placement } = await runner.place(sessionKey(source), bytes, sessionSettings(source), fed);
  const refused = notAllowedOnCpu(prepared.graph, placement, allowed);
  if (refused.length === 0) return { bytes, placement };
  await runner.close(sessionKey(source));
  throw new IsobitError("BACKEND_FAILED", refusal(source, refused, placement));
}

const MOST_NODES = 3;

function refusal({ backend }: Source, refused: Placement["onCpu"], { nodes }: Placement): string {
  const groups = [...Map.groupBy(refused, ({ op }) => op)];
  const listed = groups.map(([op, same]) => {
    const names = same.slice(0, MOST_NODES).map(({ name }) => name);
    return `${op} (${names.join(", ")}${same.length > MOST_NODES ? ` and ${same.length - MOST_NODES} more` : ""})`;
  });
  const ops = groups.map(([op]) => op).join(",");
  return `${backend} would leave ${refused.length} of ${nodes} nodes to the CPU that compute more than shapes and indices: ${listed.join(", ")}; \`allowCpu\` ${ops} allows that.`;
}
