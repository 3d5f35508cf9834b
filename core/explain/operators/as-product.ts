import { elementsOf, type TensorValue } from "../../tensors/tensor-value.ts";
import type { ExplainedSource, NodeRequest } from "../request.ts";
import { Call, tryAnalysis } from "../call.ts";
import { reducedAxes } from "./selecting.ts";

/**
 * Rewrites nodes that ONNX Runtime computes as matrix products, so that they are explained like a MatMul.
 * @returns the request as a MatMul; null for other nodes
 */
export function asProduct(request: NodeRequest): NodeRequest | null {
  if (request.node.op === "ReduceSum") return onesTimes(request);
  return request.node.op === "Einsum" ? einsumAsProduct(request) : null;
}

/** "ij,jk->ik", with or without leading batch axes. */
function einsumAsProduct(request: NodeRequest): NodeRequest | null {
  const equation = request.node.attributes.get("equation");
  const text = equation?.kind === "string" ? String.fromCharCode(...equation.value).replaceAll(" ", "") : "";
  const [, batch, i, j, batches, again, k, kept, left, right] =
    /^(\w*)(\w)(\w),(\w*)(\w)(\w)->(\w*)(\w)(\w)$/.exec(text) ?? [];
  if (batch === undefined || batch !== batches || batch !== kept || j !== again || left !== i || right !== k)
    return null;
  const letters = new Set([...batch, i, j, k]);
  return letters.size === batch.length + 3 ? matMulOf(request, request.inputs, (output) => output) : null;
}

/**
 * A ReduceSum over adjacent axes that do not include the last is a product of ones with a matrix, and ONNX Runtime
 * computes it that way on CPUs.
 * @returns a MatMul of ones [b, 1, k] with [b, k, n]
 */
function onesTimes(request: NodeRequest): NodeRequest | null {
  const input = request.inputs[0] ?? null;
  if (input?.type !== "float32") return null;
  const axes = tryAnalysis(
    () => [...reducedAxes(new Call(request), 13)].toSorted((left, right) => left - right),
    () => [],
  );
  if (axes.length === 0) return null;
  const { dims } = input;
  const [first, last] = [axes[0]!, axes.at(-1)!];
  if (last === dims.length - 1 || last - first !== axes.length - 1) return null;
  const [b, k, n] = [
    elementsOf(dims.slice(0, first)),
    elementsOf(dims.slice(first, last + 1)),
    elementsOf(dims.slice(last + 1)),
  ];
  const ones = Float32Array.from({ length: b * k }, () => 1);
  const left: TensorValue = { type: "float32", dims: [b, 1, k], bytes: new Uint8Array(ones.buffer) };
  return matMulOf(request, [left, { ...input, dims: [b, k, n] }], (output) => ({ ...output, dims: [b, 1, n] }));
}

function matMulOf(
  request: NodeRequest,
  inputs: NodeRequest["inputs"],
  reshaped: (output: TensorValue) => TensorValue,
): NodeRequest {
  const withShape = (source: ExplainedSource): ExplainedSource => ({
    ...source,
    outputs: source.outputs.map((output) => output && reshaped(output)),
  });
  return {
    ...request,
    node: { ...request.node, op: "MatMul", domain: "", attributes: new Map() },
    inputs,
    reference: withShape(request.reference),
    other: withShape(request.other),
  };
}
