import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { writeModel } from "#core/onnx/write.ts";
import { floats, int, int64s, model, node, value } from "../onnx/build.ts";
import { EdgeDidNotStart, type RunningEdge, startEdge } from "../support/edge.ts";

const PIXELS = 16;
const CLASSES = 3;

/** Small integers, so that every sum is exact in float32 and can be foretold. */
const weight = (index: number): number => (index % 7) - 3;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isobit-shapes-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function startWith(name: string, onnx: Uint8Array): Promise<RunningEdge> {
  const path = join(folder, `${name}.onnx`);
  await writeFile(path, onnx);
  return startEdge({ env: { MODEL: path } });
}

/**
 * A linear classifier of a 4x4 image in the given shape, which adds to every row the sum of all rows of its batch:
 * so a row that shares its batch with anything but zeros shows it.
 */
function entangled(shape: readonly (number | string)[], batch: number | string): OnnxModel {
  return model({
    inputs: [value("x", shape)],
    outputs: [value("y", [batch, CLASSES])],
    nodes: [
      node("Reshape", ["x", "rows"], ["flat"]),
      node("MatMul", ["flat", "w"], ["scores"]),
      node("ReduceSum", ["scores", "batch"], ["total"], { keepdims: int(1) }),
      node("Add", ["scores", "total"], ["y"]),
    ],
    weights: [int64s("rows", [-1, PIXELS]), int64s("batch", [0]), floats("w", [PIXELS, CLASSES], weight)],
  });
}

function expectedLogits(tensor: Float32Array): number[] {
  const column = (k: number): number => tensor.reduce((sum, x, i) => sum + x * weight(i * CLASSES + k), 0);
  return Array.from({ length: CLASSES }, (_, k) => 2 * column(k));
}

describe.each([
  ["one image without a batch", [4, 4, 1], 1],
  ["a fixed batch of one", [1, 1, 4, 4], 1],
  ["a fixed batch of ten, channels last", [10, 4, 4, 1], 10],
  ["a dynamic batch without channels", ["N", 4, 4], "N"],
] as const)("a model that takes %s", (name, shape, batch) => {
  it("gives every image the logits that it has alone", async () => {
    const edge = await startWith(name.replaceAll(/\W+/g, "-"), writeModel(entangled(shape, batch)));
    try {
      const tensors = [0, 1, 2].map((seed) => Float32Array.from({ length: PIXELS }, (_, i) => ((i + seed) % 5) - 2));
      const inputs = tensors.map((tensor) => ({ tensor: Buffer.from(tensor.buffer).toString("base64") }));
      const { data, errors } = await edge.graphql<{
        parity: { rows: { outputs: { prediction: { logits: { values: number[] } } }[] }[] };
      }>(
        "query ($inputs: [ImageInput!]) { parity(inputs: $inputs, backends: [WASM]) { rows { outputs { prediction { logits { values } } } } } }",
        { inputs },
      );
      expect(errors).toBeUndefined();
      const answered = data.parity.rows.map((row) => row.outputs[0]?.prediction.logits.values);
      expect(answered).toEqual(tensors.map(expectedLogits));
    } finally {
      await edge.stop();
    }
  });
});

describe("a model that WebAssembly cannot run stops the start, and the error says why", () => {
  it("names an operator that ONNX Runtime does not know", async () => {
    const unknown = model({ nodes: [node("Frobnicate", ["x"], ["y"])] });
    const failure = await startWith("unknown-operator", writeModel(unknown)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(EdgeDidNotStart);
    expect(failure).toMatchObject({ exitCode: 1, message: expect.stringMatching(/could not start: .*Frobnicate/) });
  });

  it("says that a model is too large for a Worker", async () => {
    const large = entangled(["N", 1, 4, 4], "N");
    const ballast = floats("ballast", [7 * 1024 * 1024], () => 0);
    const graph = { ...large.graph, initializers: new Map([...large.graph.initializers, ["ballast", ballast]]) };
    const failure = await startWith("large", writeModel({ ...large, graph })).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      exitCode: 1,
      message: expect.stringMatching(
        /could not start: the model large .*28\.0 MiB; the limit in a Worker is 25\.0 MiB/,
      ),
    });
  });
});
