import { expect, test } from "vitest";
import { writeModel } from "#core/onnx/write.ts";
import { Tape } from "./generate/tape.ts";
import { ints, type Sketch, text } from "./graphs/sketch.ts";
import { judgeFile } from "./mutate/mutant.ts";
import { evaluate } from "./oracle/evaluate.ts";
import { TooLarge } from "./oracle/exact.ts";
import { domain, IMAGE, modelWith } from "./reasons.ts";

/* A file that asks for too many elements is distinguished from one that asks for what nothing can compute. */

function judged(build: (sketch: Sketch) => string): string {
  const greyLevels = domain(IMAGE, 0, 255);
  const input = { data: new Float32Array(IMAGE.reduce((product, size) => product * size, 1)), dims: [1, ...IMAGE] };
  const model = modelWith(build, IMAGE);
  const trial = { model, domain: greyLevels, input, expected: new Float32Array(0), expectedDims: [] };
  const file = judgeFile(writeModel(model), trial, new Tape(1));
  return file.kind === "refused"
    ? `refused: ${file.reason}`
    : file.kind === "false"
      ? `false: ${file.what}`
      : file.kind;
}

const padded = (more: number) => (sketch: Sketch) =>
  sketch.node("Pad", ["x", sketch.integers([0, 0, 0, 0, 0, 0, more, 0])], { mode: text("constant") });

test.each<[string, (sketch: Sketch) => string]>([
  ["a pad of 8,388,607", padded(8_388_607)],
  ["an Expand to 2^21 elements", (sketch) => sketch.node("Expand", ["x", sketch.integers([1, 2 ** 17, 4, 4])])],
])("too large: %s", (_, build) => {
  expect(judged(build)).toBe("too large");
});

test("judged: a pad of a few", () => {
  expect(judged(padded(3))).toBe("ready");
});

test("what cannot be computed is refused at any size: an average over nine elements", () => {
  const build = (sketch: Sketch): string => sketch.node("AveragePool", ["x"], { kernel_shape: ints([3, 3]) });
  const compute = (): unknown => evaluate(modelWith(build), new Float32Array(16), [1, ...IMAGE]);
  expect(compute).toThrow(/no dyadic value/);
  expect(compute).not.toThrow(TooLarge);
});
