import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { writeModel } from "#core/onnx/write.ts";
import { CLASSES, floats, int, int64s, model, node, uneven, value } from "../onnx/build.ts";

export const SIDE = 28;
const PIXELS = SIDE * SIDE;
/** Weights for which the origin counts a model as large, and without which as small. */
const LARGE = 2048;
const SMALL = 4;

interface Looping {
  readonly large: boolean;
  /** Whether it loops for a blank image, too. */
  readonly always?: boolean;
}

/**
 * A classifier whose Loop runs as many turns as given, a microsecond or so each; Infinity: it stays inside ONNX Runtime
 * for years. It answers a blank image at once, unless it loops always.
 */
export function loopingModel(turns: number, { large, always = false }: Looping): OnnxModel {
  const hidden = large ? LARGE : SMALL;
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
    inputs: [value("x", [1, 1, SIDE, SIDE])],
    outputs: [value("y", [1, CLASSES])],
    nodes: [
      node("Reshape", ["x", "rows"], ["flat"]),
      node("MatMul", ["flat", "w"], ["hidden"]),
      node("MatMul", ["hidden", "head"], ["logits"]),
      node("ReduceMax", ["x"], ["brightest"], { keepdims: int(0) }),
      node("Ceil", ["brightest"], ["any"]),
      node("Cast", ["any"], ["once"], { to: int(7) }),
      node("Mul", ["once", "turns"], ["loops"]),
      node("Loop", [always ? "turns" : "loops", "", "logits"], ["y"], { body: { kind: "graph", value: body } }),
    ],
    weights: [
      int64s("rows", [1, PIXELS]),
      floats("w", [PIXELS, hidden], uneven),
      floats("head", [hidden, CLASSES], uneven),
      { name: "turns", dims: [], type: "int64", data: BigInt64Array.of(BigInt(Math.min(turns, 1e15))) },
    ],
  });
}

/** @returns the path of the file of a model whose inference never ends, for MODEL; in the folder, where one is given */
export async function endlessModelFile(looping: Partial<Looping> = {}, folder?: string): Promise<string> {
  const path = join(folder ?? (await mkdtemp(join(tmpdir(), "isobit-endless-"))), "endless.onnx");
  await writeFile(path, writeModel(loopingModel(Infinity, { large: false, ...looping })));
  return path;
}
