import { beforeAll, describe, expect, test } from "vitest";
import type { Attribute } from "#core/onnx/graph.ts";
import type { BackendId } from "#core/backends.ts";
import { coversBackend } from "#core/model/certified.ts";
import { certify } from "#core/certify/certify.ts";
import { explain } from "#core/certify/explain.ts";
import type { ModelInfo } from "#core/model/model.ts";
import { int, ints, text, type Sketch } from "./graphs/sketch.ts";
import { packsOf, type Pack } from "./pack.ts";
import { domain, modelWith, reason } from "./reasons.ts";
import type { Outputs } from "./runtimes/feed.ts";
import { skippedFor, webgpuMissing } from "../support/missing.ts";
import { runOnWebgpu } from "./runtimes/webgpu.ts";
import { tryEveryRow } from "./trial.ts";
import { differences } from "./verdict.ts";

/* Faults of ONNX Runtime's WEBGPU that are no matter of rounding: a certificate names them and does not stand for WEBGPU there. */

interface Fault {
  readonly what: string;
  readonly sizes: readonly number[];
  readonly sound: (sketch: Sketch) => string;
  readonly faulty: (sketch: Sketch) => string;
  readonly because: RegExp;
}

interface Shape {
  readonly inputs?: number;
  readonly outputs?: number;
  readonly kernel?: readonly number[];
  readonly group?: number;
}

/** Weights that tell every input element from every other. */
function conv(
  sketch: Sketch,
  x: string,
  { inputs = 1, outputs = 1, kernel = [1, 1], group = 1 }: Shape,
  more: Record<string, Attribute> = {},
): string {
  const dims = [outputs, inputs / group, ...kernel];
  const values = Array.from(
    { length: dims.reduce((product, size) => product * size, 1) },
    (_, at) => ((at * 7) % 23) - 11,
  );
  const weights = sketch.floats(values, dims);
  return sketch.node("Conv", [x, weights, sketch.floats(Array.from({ length: outputs }, () => 1))], {
    group: int(group),
    ...more,
  });
}

const clip = (sketch: Sketch, x: string, least: number, most: number): string =>
  sketch.node("Clip", [x, sketch.scalar(least), sketch.scalar(most)]);
const pad = (sketch: Sketch, pads: readonly number[]): string => sketch.node("Pad", ["x", sketch.integers(pads)]);
function backwards(sketch: Sketch, start: number): string {
  const [starts, ends, axes, steps] = [start, -9, 2, -1].map((number) => sketch.integers([number]));
  return sketch.node("Slice", ["x", starts!, ends!, axes!, steps!]);
}

const strided = { strides: ints([2, 2]) };

const FAULTS: readonly Fault[] = [
  {
    what: "a second clamp behind a Conv, which makes it forget the first",
    sizes: [1, 4, 4],
    sound: (sketch) => clip(sketch, sketch.node("Relu", [conv(sketch, "x", {})]), 0, 900),
    faulty: (sketch) => sketch.node("Relu", [sketch.node("Identity", [clip(sketch, conv(sketch, "x", {}), 3, 900)])]),
    because: /forgets the clamp to between 3 and 900/,
  },
  {
    what: "a second clamp behind a scale by 1, which optimisers drop, or behind a Floor, which they do not",
    sizes: [1, 4, 4],
    sound: (sketch) => clip(sketch, sketch.node("Floor", [clip(sketch, conv(sketch, "x", {}), -9, 9)]), -100, 100),
    faulty: (sketch) =>
      clip(sketch, sketch.node("Mul", [clip(sketch, conv(sketch, "x", {}), -9, 9), sketch.scalar(1)]), -100, 100),
    because: /forgets the clamp to between -9 and 9/,
  },
  {
    what: "a Conv from 6 channels to a multiple of 4",
    sizes: [6, 5, 5],
    sound: (sketch) => conv(sketch, "x", { inputs: 6, outputs: 5, kernel: [3, 3] }, strided),
    faulty: (sketch) => conv(sketch, "x", { inputs: 6, outputs: 8, kernel: [3, 3] }, strided),
    because: /reads wrong channels in a Conv from 6 to 8/,
  },
  {
    what: "a Conv from 9 channels, in groups or not",
    sizes: [9, 5, 5],
    sound: (sketch) => conv(sketch, "x", { inputs: 9, outputs: 12, kernel: [2, 2], group: 3 }, strided),
    faulty: (sketch) => conv(sketch, "x", { inputs: 9, outputs: 12, kernel: [2, 2] }, strided),
    because: /reads wrong channels in a Conv from 9 to 12/,
  },
  {
    what: "a Conv in groups of as many filters as it computes at once, or of others",
    sizes: [4, 5, 5],
    sound: (sketch) => conv(sketch, "x", { inputs: 4, outputs: 24, kernel: [3, 3], group: 2 }, strided),
    faulty: (sketch) => conv(sketch, "x", { inputs: 4, outputs: 26, kernel: [3, 3], group: 2 }, strided),
    because: /mixes the groups of a Conv with 13 filters in each of 2 groups/,
  },
  {
    what: "a Conv in four groups of 3 filters each, one at a time, or of 5, four at a time",
    sizes: [4, 5, 5],
    sound: (sketch) => conv(sketch, "x", { inputs: 4, outputs: 12, kernel: [2, 2], group: 4 }, strided),
    faulty: (sketch) => conv(sketch, "x", { inputs: 4, outputs: 20, kernel: [2, 2], group: 4 }, strided),
    because: /mixes the groups of a Conv with 5 filters in each of 4 groups/,
  },
  {
    what: "a Conv that covers its input, padded on both sides or behind alone",
    sizes: [2, 3, 3],
    sound: (sketch) => conv(sketch, "x", { inputs: 2, kernel: [3, 3] }, { pads: ints([1, 1, 1, 1]) }),
    faulty: (sketch) => conv(sketch, "x", { inputs: 2, kernel: [3, 3] }, { pads: ints([0, 0, 1, 1]) }),
    because: /overlooks the padding behind/,
  },
  {
    what: "a Conv that covers its input under auto_pad",
    sizes: [1, 2, 2],
    sound: (sketch) => conv(sketch, "x", { kernel: [2, 2] }, { auto_pad: text("SAME_LOWER") }),
    faulty: (sketch) => conv(sketch, "x", { kernel: [2, 2] }, { auto_pad: text("SAME_UPPER") }),
    because: /overlooks the padding behind/,
  },
  {
    what: "a 1x1 Conv padded behind, in larger steps or one by one",
    sizes: [2, 4, 4],
    sound: (sketch) => conv(sketch, "x", { inputs: 2, outputs: 3 }, { ...strided, pads: ints([0, 0, 1, 1]) }),
    faulty: (sketch) => conv(sketch, "x", { inputs: 2, outputs: 3 }, { pads: ints([0, 0, 1, 1]) }),
    because: /overlooks the padding behind/,
  },
  {
    what: "a Pad before a Conv that covers what was there before it",
    sizes: [1, 2, 2],
    sound: (sketch) =>
      conv(sketch, pad(sketch, [0, 0, 1, 1, 0, 0, 0, 0]), { kernel: [2, 2] }, { pads: ints([0, 0, 0, 0]) }),
    faulty: (sketch) =>
      conv(sketch, pad(sketch, [0, 0, 0, 0, 0, 0, 1, 1]), { kernel: [2, 2] }, { pads: ints([0, 0, 0, 0]) }),
    because: /overlooks the padding behind/,
  },
  {
    what: "a Slice backwards from the end or from elsewhere",
    sizes: [3, 5, 4],
    sound: (sketch) => backwards(sketch, 4),
    faulty: (sketch) => backwards(sketch, 3),
    because: /slices backwards/,
  },
];

describe("a certificate names what WEBGPU is known to compute wrongly", () => {
  test.each(FAULTS.map((fault) => [fault.what, fault] as const))("%s", (_what, { sizes, faulty, because }) => {
    const certification = certify(modelWith(faulty, sizes), domain(sizes));
    expect(certification).toMatchObject({
      certified: true,
      certificate: { webgpuFaults: [{ reason: expect.stringMatching(because) as string }] },
    });
    expect(explain(certification, "m").join(" ").replaceAll(/\s+/g, " ")).toMatch(because);
    expect(reason(modelWith(faulty, sizes), domain(sizes), { webgpu: true })).toMatch(/not exact on WEBGPU: it /);
  });

  // A Pad that is merged may have put its rows on either side, so that these are taken for faulty too.
  test.each(FAULTS.filter(({ what }) => !what.startsWith("a Pad")).map((fault) => [fault.what, fault] as const))(
    "and nothing of %s",
    (_what, { sizes, sound }) => {
      expect(reason(modelWith(sound, sizes), domain(sizes), { webgpu: true })).toBeNull();
    },
  );
});

test("differing bits on WEBGPU break no certificate that names a fault of it", () => {
  const [{ faulty, sound, sizes }] = FAULTS as readonly [Fault, ...Fault[]];
  const covers = (build: (sketch: Sketch) => string, backend: BackendId): boolean => {
    const certification = certify(modelWith(build, sizes), domain(sizes));
    const certificate = certification.certified ? certification.certificate : null;
    return coversBackend({ proof: { certificate } } as ModelInfo, backend);
  };
  expect([covers(faulty, "WEBGPU"), covers(faulty, "CPU"), covers(sound, "WEBGPU")]).toEqual([false, true, true]);
});

const missing = webgpuMissing();

describe("on WEBGPU itself", skippedFor(missing), () => {
  let packs: readonly Pack[];
  let answers: readonly (Outputs | Error)[];

  beforeAll(() => {
    packs = FAULTS.flatMap(({ sound, faulty, sizes }) => [sound, faulty].flatMap((build) => pack(build, sizes)));
    answers = runOnWebgpu(packs);
  });

  const wrong = (at: number): readonly string[] => differences(packs[at]!, answers[at] as Outputs, "WEBGPU");

  // When one of these fails, ONNX Runtime has mended the fault: take it out of core/certify/webgpu-faults.ts.
  test.each(FAULTS.map((fault, at) => [fault.what, at] as const))("the fault is there: %s", (_what, at) => {
    expect(wrong(2 * at + 1)).not.toEqual([]);
  });

  test.each(FAULTS.map((fault, at) => [fault.what, at] as const))(
    "and its sound counterpart has the true bits: %s",
    (_what, at) => {
      expect(wrong(2 * at)).toEqual([]);
    },
  );
});

function pack(build: (sketch: Sketch) => string, sizes: readonly number[]): readonly Pack[] {
  const tried = tryEveryRow({ model: modelWith(build, sizes), domain: domain(sizes) });
  if (tried.kind !== "ready") throw new Error(tried.kind === "refused" ? tried.reason : tried.what);
  return packsOf([tried.trial], 1);
}
