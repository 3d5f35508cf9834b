import { sha256Hex } from "../tensors/sha256.ts";
import type { ExternalFile, ReadExternal } from "./external-file.ts";
import type { Attribute, Graph, OnnxModel, Tensor } from "./graph.ts";
import { quoted, rejectModel } from "./rejected.ts";
import { tensorOfBytes } from "./tensor.ts";

interface Inlined {
  readonly model: OnnxModel;
  readonly adaptation: string | null;
  readonly external: readonly ExternalFile[];
}

/**
 * Moves weights that the model keeps in other files into the model.
 * @returns the model itself if it keeps none
 * @throws ModelRejected naming the file that is missing, too short or outside the model's folder
 */
export async function inlineExternal(model: OnnxModel, readExternal: ReadExternal | undefined): Promise<Inlined> {
  const locations = externalLocations(model.graph);
  if (locations.size === 0) return { model, adaptation: null, external: [] };
  const files = new Map<string, Uint8Array>();
  for (const location of locations) files.set(location, await readFile(location, readExternal));
  return {
    model: { ...model, graph: withTensors(model.graph, (tensor) => inlined(tensor, files)) },
    adaptation: `The weights kept in ${[...locations].join(", ")} were put into the model.`,
    external: [...files].map(([location, bytes]) => ({ location, sha256: sha256Hex(bytes) })),
  };
}

async function readFile(location: string, readExternal: ReadExternal | undefined): Promise<Uint8Array> {
  if (/^([/\\]|[A-Za-z]:)/.test(location) || location.split(/[/\\]/).includes(".."))
    rejectModel(
      `Its weights are kept in ${quoted(location)}, outside the model's folder, which is not read. Put the file into that folder and export the model again.`,
    );
  const bytes = await readExternal?.(location);
  if (bytes) return bytes;
  rejectModel(
    `Its weights are kept in another file, ${quoted(location)}, which is missing. ` +
      "Put that file next to the model, or export the model with its weights inside.",
  );
}

function inlined(tensor: Tensor, files: ReadonlyMap<string, Uint8Array>): Tensor {
  if (tensor.type !== "external") return tensor;
  const { name, dims, elementType, location, offset } = tensor;
  const file = files.get(location) ?? new Uint8Array();
  const end = tensor.length === null ? file.length : offset + tensor.length;
  if (offset > file.length || end > file.length)
    rejectModel(
      `The weight ${quoted(name)} should end at byte ${Math.max(offset, end)} of ${quoted(location)}, which has only ${file.length}. The file is cut short or belongs to another model.`,
    );
  return tensorOfBytes(name, dims, elementType, file.subarray(offset, end));
}

function externalLocations(graph: Graph): Set<string> {
  const locations = new Set<string>();
  withTensors(graph, (tensor) => {
    if (tensor.type === "external") locations.add(tensor.location);
    return tensor;
  });
  return locations;
}

/** The graph with each of its tensors replaced: weights, attributes, bodies of branches and loops. */
function withTensors(graph: Graph, replace: (tensor: Tensor) => Tensor): Graph {
  return {
    ...graph,
    initializers: new Map([...graph.initializers].map(([name, tensor]) => [name, replace(tensor)])),
    nodes: graph.nodes.map((node) => ({
      ...node,
      attributes: new Map([...node.attributes].map(([name, attribute]) => [name, replaceIn(attribute, replace)])),
    })),
  };
}

function replaceIn(attribute: Attribute, replace: (tensor: Tensor) => Tensor): Attribute {
  switch (attribute.kind) {
    case "tensor":
      return { ...attribute, value: replace(attribute.value) };
    case "tensors":
      return { ...attribute, value: attribute.value.map(replace) };
    case "graph":
      return { ...attribute, value: withTensors(attribute.value, replace) };
    case "graphs":
      return { ...attribute, value: attribute.value.map((graph) => withTensors(graph, replace)) };
    default:
      return attribute;
  }
}
