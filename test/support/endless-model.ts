import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { writeModel } from "#core/onnx/write.ts";
import { CLASSES, floats, int, int64s, model, node, uneven, value } from "../onnx/build.ts";

const PIXELS = 28 * 28;

/**
 * A classifier that answers a blank picture at once and stays inside ONNX Runtime for days with any other: the sum of the
 * pixels, times 10^12, is how often its Loop runs.
 */
export function endlessModel(): OnnxModel {
  const flag = value("more", [], "bool");
  const body = {
    name: "body",
    nodes: [node("Identity", ["more"], ["still"]), node("Tanh", ["state"], ["next"])],
    inputs: [value("turn", [], "int64"), flag, value("state", [1, CLASSES])],
    weightInputs: [],
    outputs: [{ ...flag, name: "still" }, value("next", [1, CLASSES])],
    initializers: new Map(),
    valueInfo: [],
  };
  return model({
    inputs: [value("x", [1, 1, 28, 28])],
    outputs: [value("y", [1, CLASSES])],
    nodes: [
      node("Reshape", ["x", "rows"], ["flat"]),
      node("MatMul", ["flat", "w"], ["logits"]),
      node("ReduceSum", ["x"], ["ink"], { keepdims: int(0) }),
      node("Mul", ["ink", "often"], ["long"]),
      node("Cast", ["long"], ["turns"], { to: int(7) }),
      node("Loop", ["turns", "", "logits"], ["y"], { body: { kind: "graph", value: body } }),
    ],
    weights: [int64s("rows", [1, PIXELS]), floats("w", [PIXELS, CLASSES], uneven), floats("often", [], () => 1e12)],
  });
}

/** @returns the path of its file, for MODEL */
export async function endlessModelFile(): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), "isobit-endless-")), "endless.onnx");
  await writeFile(path, writeModel(endlessModel()));
  return path;
}
