import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { describeModel, type DescribedModel } from "#core/model/describe.ts";
import { ModelProto } from "#core/onnx/protobuf.ts";
import { ModelRejected } from "#core/onnx/rejected.ts";
import { writeModel } from "#core/onnx/write.ts";
import { CLASSES, linear, node, value } from "./build.ts";
import { run } from "./run.ts";

type Shape = readonly (number | string)[];

function taking(shape: Shape, output: Shape, pixels: number): OnnxModel {
  return linear(pixels, { inputs: [value("x", shape)], outputs: [value("y", output)] });
}

async function describeShape(shape: Shape, pixels: number, output?: Shape): Promise<DescribedModel> {
  const [batch = "N"] = shape;
  const bytes = writeModel(taking(shape, output ?? [shape.length === 1 ? 1 : batch, CLASSES], pixels));
  return await describeModel({ id: "any", bytes });
}

describe("every usual way to take an image is understood, and runs", () => {
  it.each([
    { shape: ["N", 1, 28, 28], layout: "NCHW", size: [28, 28, 1], fixedBatch: null },
    { shape: ["N", 28, 28, 1], layout: "NHWC", size: [28, 28, 1], fixedBatch: null },
    { shape: ["N", 28, 28], layout: "NHW", size: [28, 28, 1], fixedBatch: null },
    { shape: ["N", 784], layout: "FLAT", size: [28, 28, 1], fixedBatch: null },
    { shape: ["N", 1, 784], layout: "FLAT", size: [28, 28, 1], fixedBatch: null },
    { shape: ["N", 784, 1], layout: "FLAT", size: [28, 28, 1], fixedBatch: null },
    { shape: ["N", 1, 1, 784], layout: "FLAT", size: [28, 28, 1], fixedBatch: null },
    { shape: ["N", 784, 1, 1], layout: "FLAT", size: [28, 28, 1], fixedBatch: null },
    { shape: [1, 28, 28], layout: "NHW", size: [28, 28, 1], fixedBatch: 1 },
    { shape: [28, 28, 1], layout: "NHWC", size: [28, 28, 1], fixedBatch: 1 },
    { shape: [784], layout: "FLAT", size: [28, 28, 1], fixedBatch: 1 },
    { shape: [1, 1, 28, 28], layout: "NCHW", size: [28, 28, 1], fixedBatch: 1 },
    { shape: [10, 1, 28, 28], layout: "NCHW", size: [28, 28, 1], fixedBatch: 10 },
    { shape: [10, 784], layout: "FLAT", size: [28, 28, 1], fixedBatch: 10 },
    { shape: [10, 28, 28], layout: "NHW", size: [28, 28, 1], fixedBatch: 10 },
    { shape: ["N", 3, 8, 6], layout: "NCHW", size: [6, 8, 3], fixedBatch: null },
    { shape: ["N", 8, 6, 3], layout: "NHWC", size: [6, 8, 3], fixedBatch: null },
    { shape: [8, 8, 3], layout: "NHWC", size: [8, 8, 3], fixedBatch: 1 },
    { shape: ["N", 1, 5, 9], layout: "NCHW", size: [9, 5, 1], fixedBatch: null },
  ])("$shape is $layout", async ({ shape, layout, size, fixedBatch }) => {
    const [width = 0, height = 0, channels = 0] = size;
    const elements = width * height * channels;
    const { info, executed } = await describeShape(shape, elements, fixedBatch === 1 ? [1, CLASSES] : undefined);
    expect(info.input).toEqual({
      name: "x",
      shape: shape.map((each) => (typeof each === "number" ? each : -1)),
      layout,
      fixedBatch,
      width,
      height,
      channels,
      elements,
    });
    const { values } = await run(executed, info.input, 2);
    expect(values).toHaveLength((fixedBatch ?? 2) * CLASSES);
  });

  it("channels first and last are told apart for any size", async () => {
    const side = fc.integer({ min: 4, max: 64 });
    await fc.assert(
      fc.asyncProperty(side, side, fc.constantFrom(1, 3), async (height, width, channels) => {
        const pixels = height * width * channels;
        const first = await describeShape(["N", channels, height, width], pixels);
        const last = await describeShape(["N", height, width, channels], pixels);
        expect(first.info.input).toMatchObject({ layout: "NCHW", height, width, channels });
        expect(last.info.input).toMatchObject({ layout: "NHWC", height, width, channels });
      }),
      { numRuns: 30 },
    );
  });
});

describe("a batch of any size may be written in four ways", () => {
  it.each([
    ["with a name", "N"],
    ["as -1", -1],
    ["not at all", ""],
  ])("%s", async (_, batch) => {
    const bytes = writeModel(linear(16));
    const message = ModelProto.decode(bytes);
    const dim = typeof batch === "number" ? { dimValue: batch } : batch === "" ? {} : { dimParam: batch };
    message.graph?.input?.[0]?.type?.tensorType?.shape?.dim?.splice(0, 1, dim);
    const { info, executed } = await describeModel({ id: "any", bytes: ModelProto.encode(message).finish() });
    expect(info.input).toMatchObject({ shape: [-1, 1, 4, 4], fixedBatch: null });
    expect(info.adaptations).toEqual([]);
    expect((await run(executed, info.input, 5)).dims).toEqual([5, CLASSES]);
  });

  it("as 0, which the runtime would refuse and is therefore rewritten", async () => {
    const { info, executed } = await describeShape([0, 1, 4, 4], 16, [0, CLASSES]);
    expect(info.input).toMatchObject({ shape: [-1, 1, 4, 4], fixedBatch: null });
    expect(info.adaptations).toEqual(["The batch, given as 0, was made dynamic."]);
    expect(info.executedSha256).not.toBe(info.sha256);
    expect((await run(executed, info.input, 5)).dims).toEqual([5, CLASSES]);
  });
});

describe("an input that is no image is refused with what was found", () => {
  it.each<[string, Shape, RegExp]>([
    ["dynamic sides", ["N", 1, "H", "W"], /\[N, 1, H, W\].*only the batch may be dynamic/],
    ["dynamic sides, channels last", ["N", "H", "W", 1], /only the batch may be dynamic/],
    ["a dynamic flat image", ["N", "pixels"], /only the batch may be dynamic/],
    ["five channels", ["N", 5, 28, 28], /\[N, 5, 28, 28\], which is not an image/],
    ["a flat image that is not square", ["N", 783], /not an image/],
    ["a square that may be a batch", [16, 16], /not an image/],
    ["five dimensions", ["N", 1, 1, 28, 28], /not an image/],
    ["no dimensions", [], /not an image/],
    ["an empty image", ["N", 1, 0, 28], /not an image/],
    ["too large an image", ["N", 1, 100_000, 100_000], /more than the 16777216 numbers/],
    ["too large a batch", [1_000_000, 1, 28, 28], /more than the 16777216 numbers/],
  ])("%s", async (_, shape, sentence) => {
    const bytes = writeModel(taking(shape, ["N", CLASSES], 16));
    await expect(describeModel({ id: "any", bytes })).rejects.toThrow(ModelRejected);
    await expect(describeModel({ id: "any", bytes })).rejects.toThrow(sentence);
  });

  it.each(["int64", "float16", "uint8", "float64", "string"])("%s", async (type) => {
    const bytes = writeModel(linear(16, { inputs: [value("x", ["N", 16], type)] }));
    await expect(describeModel({ id: "any", bytes })).rejects.toThrow(
      `Its input "x" is ${type} [N, 16]; isobit feeds float32.`,
    );
  });

  it("several inputs, all named", async () => {
    const inputs = [value("image", ["N", 784]), value("mask", ["N"], "int64")];
    const bytes = writeModel(linear(784, { inputs }));
    await expect(describeModel({ id: "any", bytes })).rejects.toThrow(
      '2 inputs: "image" (float32 [N, 784]), "mask" (int64 [N])',
    );
  });

  it("no input at all", async () => {
    await expect(describeModel({ id: "any", bytes: writeModel(linear(16, { inputs: [] })) })).rejects.toThrow(
      /no input/,
    );
  });

  it("an input without a shape", async () => {
    const bytes = writeModel(linear(16, { inputs: [value("x", null)] }));
    await expect(describeModel({ id: "any", bytes })).rejects.toThrow(/float32 without a shape/);
  });

  it("a sequence", async () => {
    const message = ModelProto.decode(writeModel(linear(16)));
    message.graph?.input?.splice(0, 1, {
      name: "x",
      type: { sequenceType: { elemType: { tensorType: { elemType: 1 } } } },
    });
    const bytes = ModelProto.encode(message).finish();
    await expect(describeModel({ id: "any", bytes })).rejects.toThrow(/Its input "x" is sequence/);
  });
});

describe("weights that are listed as inputs", () => {
  it("are not mistaken for images, and the model runs as it is", async () => {
    const listed = linear(16, {
      weightInputs: [value("rows", [2], "int64"), value("w", [3, 16]), value("b", [3])],
      irVersion: 3,
      opset: 7,
    });
    const bytes = writeModel(listed);
    const { info, executed } = await describeModel({ id: "any", bytes });
    expect(info.input.name).toBe("x");
    expect(executed).toBe(bytes);
    expect((await run(executed, info.input, 2)).dims).toEqual([2, CLASSES]);
  });
});

describe("operators that the runtime does not bring with it", () => {
  it("are named beforehand", async () => {
    const bytes = writeModel(linear(16, {}, [node("Spline", ["logits"], ["y"], {}, "example.custom")]));
    await expect(describeModel({ id: "any", bytes })).rejects.toThrow(
      /operator "Spline" of the domain "example.custom"/,
    );
  });

  it("are not those of the runtime's own domains", async () => {
    const written = linear(16, {}, [node("Gelu", ["logits"], ["y"], {}, "com.microsoft")]);
    const bytes = writeModel({
      ...written,
      opsets: new Map([
        ["", 17],
        ["com.microsoft", 1],
      ]),
    });
    const { info, executed } = await describeModel({ id: "any", bytes });
    expect((await run(executed, info.input, 2)).dims).toEqual([2, CLASSES]);
  });
});
