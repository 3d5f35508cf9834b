import type { Attribute, GraphNode, OnnxModel, Tensor } from "#core/onnx/graph.ts";
import { valueInfo } from "../graphs/sketch.ts";
import type { Tape } from "./tape.ts";

/** The same model with some of its initialisers given in the other ways that ONNX has: Constant nodes, copies, inputs with a default. */
export function disguised(model: OnnxModel, tape: Tape): OnnxModel {
  const opset = model.opsets.get("")!;
  const kept = new Map<string, Tensor>();
  const constants: GraphNode[] = [];
  const defaults: Tensor[] = [];
  for (const [name, tensor] of model.graph.initializers) {
    const way = tape.below(20);
    if (way < 4) constants.push(constantNode(name, tensor, opset, tape));
    // Behind an Unsqueeze with copied axes ONNX Runtime 1.30 infers wrong sizes, and refuses to load the model.
    else if (way === 4 && tensor.type === "float32") {
      kept.set(`${name}/copied`, { ...tensor, name: `${name}/copied` });
      constants.push(node("Identity", [`${name}/copied`], name, new Map()));
    } else {
      kept.set(name, tensor);
      if (way === 5) defaults.push(tensor);
    }
  }
  const { graph } = model;
  const weightInputs = defaults.map(({ name, dims, type }) => ({ ...valueInfo({ name, dims }), elementType: type }));
  return { ...model, graph: { ...graph, nodes: [...constants, ...graph.nodes], initializers: kept, weightInputs } };
}

function constantNode(name: string, tensor: Tensor, opset: number, tape: Tape): GraphNode {
  const attribute = opset >= 12 && tape.chance(0.6) ? shortForm(tensor) : null;
  const [key, value] = attribute ?? (["value", { kind: "tensor", value: { ...tensor, name: "" } }] as const);
  return node("Constant", [], name, new Map([[key, value]]));
}

/** Numbers and lists have attributes of their own since opset 12. */
function shortForm(tensor: Tensor): readonly [string, Attribute] | null {
  if (tensor.dims.length > 1) return null;
  if (tensor.type === "float32") {
    return tensor.dims.length === 0
      ? ["value_float", { kind: "float", value: tensor.data[0]! }]
      : ["value_floats", { kind: "floats", value: [...tensor.data] }];
  }
  if (tensor.type !== "int64") return null;
  return tensor.dims.length === 0
    ? ["value_int", { kind: "int", value: tensor.data[0]! }]
    : ["value_ints", { kind: "ints", value: [...tensor.data] }];
}

function node(op: string, inputs: readonly string[], output: string, attributes: GraphNode["attributes"]): GraphNode {
  return { name: `${op} of ${output}`, op, domain: "", inputs, outputs: [output], attributes };
}
