import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bitsOf } from "#core/tensors/bits.ts";
import { cutFinalSoftmax } from "#core/onnx/final-softmax.ts";
import { writeModel } from "#core/onnx/write.ts";
import type { SumForm } from "#core/paragon-model/sums.ts";
import { toOnnx } from "#core/paragon-model/to-onnx.ts";
import { softmax } from "#core/tensors/softmax.ts";
import { readParagonJson } from "../../models/paragon-json.ts";
import { runOnCpu } from "../certify/runtimes/cpu.ts";
import { runOnWasm } from "../certify/runtimes/wasm.ts";
import { digits } from "./digits.ts";
import { evaluate, type ModelJson } from "./evaluator.ts";
import { dense, fullyConnected, grid, locallyConnected, modelOf } from "./models.ts";

const COUNT = 100;
const RUNTIMES = [
  ["CPU", (model: Uint8Array, data: Float32Array) => runOnCpu(model, feed(data), "extended", 1)],
  ["WASM", (model: Uint8Array, data: Float32Array) => runOnWasm(model, feed(data), "extended")],
] as const;

let folder: string;
let images: Float32Array[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isobit-paragon-"));
  images = await digits(COUNT);
});
afterAll(() => rm(folder, { recursive: true }));

function feed(data: Float32Array) {
  return [{ name: "input", data, dims: [data.length / 784, 1, 28, 28] }];
}

/** The ONNX file without its final softmax, as isobit serves it. */
async function imported(json: ModelJson, form: SumForm): Promise<Uint8Array> {
  const path = join(folder, "model.json");
  await writeFile(path, JSON.stringify(json));
  return writeModel(cutFinalSoftmax(toOnnx(await readParagonJson(path), form).model).model);
}

/** One row of logits an image, all images in one batch. */
async function logitsOf(model: Uint8Array, run: (typeof RUNTIMES)[number][1]): Promise<Float32Array[]> {
  const batch = new Float32Array(COUNT * 784);
  images.forEach((image, row) => batch.set(image, row * 784));
  const [output] = (await run(model, batch)).values();
  const width = output!.data.length / COUNT;
  return images.map((_, row) => output!.data.slice(row * width, (row + 1) * width));
}

const MIXED: ModelJson = modelOf(11, [
  locallyConnected(14, "relu"),
  {
    w: 6,
    h: 4,
    activation: (neuron) => ["tanh", "leaky_relu", "relu", "no-such-name", "softmax"][neuron % 5]!,
    // Backwards, from two layers, one source twice, and one neuron that has none.
    sources: (x, y) =>
      x === 0 && y === 0 ? [] : [...grid(1, 14, 14).toReversed(), [0, 9 + x, 9 + y], [0, 14, 14], [0, 14, 14]],
  },
  fullyConnected(2, { w: 6, h: 4 }, 10, "softmax"),
]);

const SETTLED: readonly (readonly [string, ModelJson])[] = [
  ["784-256-10 with relu and softmax", dense("relu", "softmax", 256)],
  ["leaky_relu", dense("leaky_relu")],
  ["the tanh that is none", dense("tanh")],
  ["linear, ending without softmax", dense("linear", "linear")],
  ["a name that means linear", dense("swish")],
  ["locally connected", modelOf(3, [locallyConnected(14, "relu"), fullyConnected(1, { w: 14, h: 14 }, 10, "softmax")])],
  ["locally connected, mixed activations, several layers as sources, lists of many lengths", MIXED],
];
const APPROXIMATED: readonly (readonly [string, ModelJson])[] = [
  ["sigmoid", dense("sigmoid")],
  ["elu", dense("elu")],
];

describe.each(RUNTIMES)("an imported model on %s, over 100 digits", (_name, run) => {
  test.each(SETTLED)("%s: bit for bit what the format says, in its order", async (_what, json) => {
    const answers = await logitsOf(await imported(json, "listed"), run);
    images.forEach((image, row) => {
      expect(bitsOf(answers[row]!)).toEqual(bitsOf(evaluate(json, image).logits));
    });
  });

  test.each(
    [...SETTLED, ...APPROXIMATED].flatMap(([what, json]) => [
      [what, "listed", json] as const,
      [what, "matmul", json] as const,
    ]),
  )("%s (%s): the same labels, and probabilities within 1e-6", async (_what, form, json) => {
    const answers = await logitsOf(await imported(json, form), run);
    const endsInSoftmax = json.layers.at(-1)!.n[0]![0]!.a === "softmax";
    images.forEach((image, row) => {
      const expected = evaluate(json, image);
      const logits = answers[row]!;
      expect(logits.indexOf(Math.max(...logits))).toBe(expected.logits.indexOf(Math.max(...expected.logits)));
      const probabilities = endsInSoftmax ? softmax(logits) : [...logits];
      const furthest = Math.max(...probabilities.map((each, at) => Math.abs(each - expected.probabilities[at]!)));
      // Values that are not probabilities may be larger than 1, and their rounding with them.
      expect(furthest).toBeLessThan(endsInSoftmax ? 1e-6 : 1e-6 * Math.max(1, ...logits.map(Math.abs)));
    });
  });
});

describe("the order of a sum", () => {
  test("matters: the same model with its lists reversed has other bits, on both forms of evaluation", async () => {
    const forwards = dense("linear", "linear");
    const backwards: ModelJson = {
      ...forwards,
      layers: forwards.layers.map((layer) => ({
        ...layer,
        n: layer.n.map((row) => row.map((neuron) => ({ ...neuron, in: neuron.in.toReversed() }))),
      })),
    };
    const [one, other] = [evaluate(forwards, images[0]!).logits, evaluate(backwards, images[0]!).logits];
    expect(bitsOf(one)).not.toEqual(bitsOf(other));
    const [run] = RUNTIMES.map(([, each]) => each);
    const answers = await logitsOf(await imported(backwards, "listed"), run!);
    expect(bitsOf(answers[0]!)).toEqual(bitsOf(other));
  });
});
