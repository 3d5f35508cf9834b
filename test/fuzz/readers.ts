import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "#core/errors.ts";
import { describeModel } from "#core/model/describe.ts";
import { ModelRejected } from "#core/onnx/rejected.ts";
import { writeModel } from "#core/onnx/write.ts";
import { toOnnx } from "#core/paragon-model/to-onnx.ts";
import { readParagonJson } from "../../models/paragon-json.ts";
import { int, linear, node } from "../onnx/build.ts";
import type { Random } from "../support/random.ts";
import type { Failure } from "./failure.ts";
import { mutate } from "./mutate.ts";

/* Files that come by no face: the readers get them directly. What they refuse, they refuse with ModelRejected. */

const ONNX = writeModel(
  linear(16, { opset: 9 }, [node("Softmax", ["logits"], ["p"], { axis: int(1) }), node("Identity", ["p"], ["y"])]),
);
const PARAGON = Buffer.from(
  JSON.stringify({
    type: "float32",
    layers: [
      { w: 2, h: 1, n: [] },
      {
        w: 2,
        h: 1,
        n: [
          [{ b: 0, a: "relu", in: [{ layer: 0, x: 1, y: 0, w: 0.5 }] }],
          [{ b: 1, a: "tanh", in: [{ layer: 0, x: 0, y: 0, w: -0.25 }] }],
        ],
      },
    ],
  }),
);
const HANGS_AFTER_MS = 10_000;

export async function fuzzOnnx(count: number, random: Random): Promise<Failure[]> {
  return await fuzzReader("ONNX", ONNX, count, random, async (bytes) => {
    await describeModel({ id: "any", bytes: new Uint8Array(bytes) });
  });
}

export async function fuzzParagon(count: number, random: Random): Promise<Failure[]> {
  const folder = await mkdtemp(join(tmpdir(), "isobit-fuzz-"));
  try {
    const path = join(folder, "model.json");
    return await fuzzReader("Paragon", PARAGON, count, random, async (bytes) => {
      await writeFile(path, bytes);
      toOnnx(await readParagonJson(path), "listed");
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function fuzzReader(
  target: string,
  seed: Uint8Array,
  count: number,
  random: Random,
  read: (bytes: Buffer) => Promise<void>,
): Promise<Failure[]> {
  const failures: Failure[] = [];
  for (let turn = 0; turn < count; turn++) {
    const bytes = mutate(seed, random);
    const from = performance.now();
    try {
      await read(bytes);
    } catch (error) {
      if (!(error instanceof ModelRejected)) failures.push({ target, problem: messageOf(error), bytes });
    }
    // A reader that computes without end never comes here: the caller's limit ends the run.
    if (performance.now() - from > HANGS_AFTER_MS) failures.push({ target, problem: "took over 10 s", bytes });
  }
  return failures;
}
