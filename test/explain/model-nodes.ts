import { readFileSync } from "node:fs";
import * as ort from "onnxruntime-node";
import sharp from "sharp";
import { intAttribute } from "#core/onnx/node-attributes.ts";
import { readModel } from "#core/onnx/read.ts";
import { writeModel } from "#core/onnx/write.ts";
import { isSum } from "#core/explain/sums/explain-sum.ts";
import { valueOfTensor } from "#core/trace/constants.ts";
import { type TensorValue, tensorValue } from "#core/tensors/tensor-value.ts";
import type { OneNode } from "./one-node.ts";

/** A digit of images/, each pixel times `scale`. */
export async function digit(id: number, scale: number): Promise<Float32Array> {
  const file = new URL(`../../images/${id}.png`, import.meta.url);
  const grey = await sharp(readFileSync(file)).toColourspace("b-w").raw().toBuffer();
  return Float32Array.from(grey, (level) => level * scale);
}

/** The Conv, Gemm and MatMul nodes of a model, each with the inputs that native CPU gives it for one input. */
export async function sumNodes(
  file: string | URL,
  elements: Float32Array,
  dims: readonly number[],
): Promise<OneNode[]> {
  const model = readModel(new Uint8Array(readFileSync(file)));
  const { graph } = model;
  const nodes = graph.nodes.filter(({ op }) => isSum(op));
  const needed = new Set(
    nodes.flatMap(({ inputs }) => inputs).filter((name) => name !== "" && !graph.initializers.has(name)),
  );
  const input = graph.inputs[0]!.name;
  needed.delete(input);
  const outputs = [...needed].map((name) => ({ name, elementType: null, shape: null, dimNames: [] }));
  const marked = outputs.length > 0 ? { ...model, graph: { ...graph, outputs } } : model;
  const session = await ort.InferenceSession.create(writeModel(marked), {
    graphOptimizationLevel: "extended",
    logSeverityLevel: 3,
  });
  const results = await session.run({ [input]: new ort.Tensor("float32", elements, [...dims]) });
  await session.release();
  const valueOf = (name: string): TensorValue | null => {
    if (name === "") return null;
    const weight = graph.initializers.get(name);
    if (weight !== undefined) return valueOfTensor(weight);
    const [data, shape] =
      name === input ? [elements, dims] : [results[name]!.data as Float32Array, results[name]!.dims];
    return tensorValue("float32", shape, new Uint8Array(data.slice().buffer));
  };
  return nodes.map((node) => ({
    label: `${node.op} ${node.outputs[0]} of group ${intAttribute(node, "group", 1)}`,
    node: { ...node, inputs: node.inputs.map((name, at) => (name === "" ? "" : `i${at}`)), outputs: ["o0"] },
    opset: model.opsets.get("")!,
    inputs: node.inputs.map(valueOf),
    weights: new Set(node.inputs.flatMap((name, at) => (graph.initializers.has(name) ? [at] : []))),
  }));
}
