import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addConvolution, type Convolution } from "#core/exactify/emit/linear-nodes.ts";
import { GraphBuilder, int, port, text } from "#core/onnx/graph-builder.ts";
import { polyphase } from "#core/exactify/emit/polyphase.ts";
import type { Pair, Pads } from "#core/exactify/network.ts";
import { slidesOver } from "#core/exactify/window.ts";
import { writeModel } from "#core/onnx/write.ts";
import { openNative } from "#library/exactify/sessions.ts";

const pair = (min: number, max: number): fc.Arbitrary<Pair> =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
const small = fc.integer({ min: 0, max: 2 });

const convolution = fc.record({
  size: pair(7, 12),
  kernel: pair(1, 3),
  strides: fc.tuple(fc.constantFrom(1, 1, 2), fc.constantFrom(1, 1, 3)),
  dilations: pair(1, 2),
  pads: fc.tuple(small, small, small, small),
  groups: fc.constantFrom(1, 2),
  outputsEach: fc.integer({ min: 1, max: 3 }),
  inputsEach: fc.integer({ min: 1, max: 2 }),
  seed: fc.nat(10_000),
});

describe("a convolution rewritten for twice the stride", () => {
  it("gives the same integers at the same places", async () => {
    await fc.assert(
      fc.asyncProperty(
        convolution,
        async ({ size, kernel, strides, dilations, pads, groups, outputsEach, inputsEach, seed }) => {
          const outputs = groups * outputsEach;
          const channels = groups * inputsEach;
          const plain: Convolution = {
            weights: integers(outputs * inputsEach * kernel[0] * kernel[1], seed),
            bias: integers(outputs, seed + 1),
            groups,
            inputChannels: channels,
            window: { kernel, strides: strides as Pair, dilations, pads: pads as Pads },
          };
          const { before, after } = await bothWays(
            plain,
            [channels, ...size],
            integers(channels * size[0] * size[1], seed + 2),
          );
          expect(after).toEqual(before);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("moves by at least 2 along both axes, for any stride before", () => {
    fc.assert(
      fc.property(pair(1, 3), pair(1, 3), (kernel, strides) => {
        const plain = {
          weights: integers(kernel[0] * kernel[1], 1),
          bias: integers(1, 1),
          groups: 1,
          inputChannels: 1,
          window: { kernel, strides, dilations: [1, 1], pads: [0, 0, 0, 0] },
        } as const;
        expect(polyphase(plain, [8, 8]).convolution.window.strides.every((stride) => stride >= 2)).toBe(true);
      }),
    );
  });
});

/** Integers from -50 to 50, different for each seed. */
function integers(length: number, seed: number): Float64Array {
  return Float64Array.from({ length }, (_, index) => (((index + 1) * (seed + 31) * 7919) % 101) - 50);
}

async function bothWays(
  plain: Convolution,
  input: readonly number[],
  image: Float64Array,
): Promise<{ before: readonly number[]; after: readonly number[] }> {
  const graph = new GraphBuilder();
  const size = input.slice(1) as unknown as Pair;
  addConvolution(graph, "x", "before", plain, "plain");
  const { convolution: rewritten } = polyphase(plain, size);
  addConvolution(graph, "x", "phases", rewritten, "rewritten");
  graph.node("DepthToSpace", "pixels", ["phases"], { blocksize: int(2), mode: text("CRD") });
  const crop = { starts: [0, 0], ends: slidesOver(size[0], size[1], plain.window), axes: [2, 3] };
  graph.node("Slice", "after", [
    "pixels",
    ...Object.entries(crop).map(([name, list]) => graph.integers(name, [list.length], list)),
  ]);
  const model = graph.model(
    "isobit exactify",
    "exact",
    [port("x", "float32", ["N", ...input])],
    [port("before", "float32", null), port("after", "float32", null)],
  );
  const session = await openNative(writeModel(model), { name: "x", shape: input });
  try {
    const outputs = await session.run(Float32Array.from(image), 1);
    return { before: [...outputs["before"]!], after: [...outputs["after"]!] };
  } finally {
    await session.release();
  }
}
