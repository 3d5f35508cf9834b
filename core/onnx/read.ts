import { readAttribute } from "./attribute.ts";
import { foreignFormat } from "./foreign.ts";
import { inGraphOrder } from "./graph-order.ts";
import type { Attribute, Graph, GraphNode, OnnxModel, Tensor } from "./graph.ts";
import { count, decodeModel, type GraphMessage, type ModelMessage, type NodeMessage } from "./protobuf.ts";
import { checkNames } from "./names.ts";
import { ModelRejected, quoted, rejectModel } from "./rejected.ts";
import { readTensor } from "./tensor.ts";
import { readValueInfo } from "./value-info.ts";
import { checkWire } from "./wire.ts";

/** Branches and loops nest their bodies; real models stay below five. */
const MAX_GRAPH_DEPTH = 16;

/**
 * Reads an ONNX file into a typed graph, with every weight of a decoded type checked against its shape.
 * Does not check that the graph makes sense: creating a session does.
 * @throws ModelRejected for anything that is not a complete ONNX model
 */
export function readModel(bytes: Uint8Array): OnnxModel {
  const foreign = foreignFormat(bytes);
  if (foreign !== null) rejectModel(foreign);
  checkWire(bytes);
  return readMessage(decode(bytes));
}

function decode(bytes: Uint8Array): ModelMessage {
  try {
    return decodeModel(bytes);
  } catch (cause) {
    throw new ModelRejected(
      `The file (${bytes.length} bytes) is cut short, damaged or not ONNX at all. Download or export the model again.`,
      { cause },
    );
  }
}

function readMessage(message: ModelMessage): OnnxModel {
  const irVersion = count(message.irVersion, "The IR version");
  if (irVersion < 1 || !message.graph?.node?.length)
    rejectModel("The file does not contain an ONNX graph. Download or export it again.");
  return {
    irVersion,
    opsets: readOpsets(message, irVersion),
    producer: message.producerName ?? "",
    graph: readGraph(message.graph, 0),
    functions: (message.functions ?? []).map(({ domain, name }) => ({ domain: domainName(domain), name: name ?? "" })),
    ...readMetadata(message),
  };
}

function readMetadata({ metadataProps }: ModelMessage): Pick<OnnxModel, "metadata"> {
  if (!metadataProps?.length) return {};
  return { metadata: new Map(metadataProps.map(({ key, value }) => [key ?? "", value ?? ""])) };
}

function readOpsets(message: ModelMessage, irVersion: number): Map<string, number> {
  const opsets = new Map<string, number>();
  for (const { domain, version } of message.opsetImport ?? []) {
    const name = domainName(domain);
    if (opsets.has(name))
      rejectModel(
        `It states the version of the operator set ${quoted(name || "ai.onnx")} twice. Export the model again.`,
      );
    opsets.set(name, count(version, "The opset version"));
  }
  // Before IR version 3 there was only the first operator set.
  if (opsets.size === 0 && irVersion < 3) opsets.set("", 1);
  if (opsets.size > 0) return opsets;
  rejectModel("The file does not state its operator set. Download or export it again.");
}

function readGraph(message: GraphMessage, depth: number): Graph {
  if (depth > MAX_GRAPH_DEPTH) rejectModel(`Its graphs nest more than ${MAX_GRAPH_DEPTH} deep. The file is damaged.`);
  if (message.sparseInitializer?.length)
    rejectModel("It keeps weights as sparse tensors, which isobit does not read. Export it with dense weights.");
  const initializers = readInitializers(message);
  const inputs = (message.input ?? []).map(readValueInfo);
  const graph: Graph = {
    name: message.name ?? "",
    nodes: (message.node ?? []).map((node) => readNode(node, depth)),
    inputs: inputs.filter(({ name }) => !initializers.has(name)),
    weightInputs: inputs.filter(({ name }) => initializers.has(name)),
    outputs: (message.output ?? []).map(readValueInfo),
    initializers,
    valueInfo: (message.valueInfo ?? []).map(readValueInfo),
  };
  checkNames(graph);
  return { ...graph, nodes: inGraphOrder(graph.nodes) };
}

function readInitializers(message: GraphMessage): Map<string, Tensor> {
  const initializers = new Map<string, Tensor>();
  for (const tensor of (message.initializer ?? []).map((each) => readTensor(each))) {
    if (initializers.has(tensor.name))
      rejectModel(`Two weights have the name ${quoted(tensor.name)}. The file is damaged.`);
    initializers.set(tensor.name, tensor);
  }
  return initializers;
}

function readNode(message: NodeMessage, depth: number): GraphNode {
  return {
    name: message.name ?? "",
    op: message.opType ?? "",
    domain: domainName(message.domain),
    inputs: message.input ?? [],
    outputs: message.output ?? [],
    attributes: readAttributes(message, depth),
  };
}

function readAttributes({ attribute = [], name, opType }: NodeMessage, depth: number): GraphNode["attributes"] {
  const attributes = new Map<string, Attribute>();
  for (const each of attribute ?? []) {
    const key = each.name ?? "";
    if (attributes.has(key)) {
      // Readers differ in which one they use.
      rejectModel(
        `The node ${quoted(name || opType || "")} has its attribute ${quoted(key)} twice. The graph is damaged; export the model again.`,
      );
    }
    attributes.set(
      key,
      readAttribute(each, (graph) => readGraph(graph, depth + 1)),
    );
  }
  return attributes;
}

/** ONNX's standard operators have two domain names. */
function domainName(domain: string | null | undefined): string {
  return domain === "ai.onnx" ? "" : (domain ?? "");
}
