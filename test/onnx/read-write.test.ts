import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { float16ToNumber, numberToFloat16 } from "#core/tensors/float16.ts";
import type { DecodedTensor, OnnxModel, Tensor } from "#core/onnx/graph.ts";
import { ModelProto, TensorProto } from "#core/onnx/protobuf.ts";
import { readModel } from "#core/onnx/read.ts";
import { ModelRejected } from "#core/onnx/rejected.ts";
import { writeModel } from "#core/onnx/write.ts";
import { floats, int, int64s, linear, model, node, value } from "./build.ts";

type ModelProto = InstanceType<typeof ModelProto>;

/** The written model with its message changed by hand, for what the writer itself never writes. */
function edited(from: OnnxModel, edit: (message: ModelProto) => void): Uint8Array {
  const message = ModelProto.decode(writeModel(from));
  edit(message);
  return ModelProto.encode(message).finish();
}

describe("a model that is written and read again", () => {
  it("is the same model", () => {
    const written = linear(16, {
      weightInputs: [value("w", [3, 16])],
      valueInfo: [value("flat", ["N", 16])],
      irVersion: 3,
      opset: 7,
    });
    expect(readModel(writeModel(written))).toEqual(written);
  });

  it("keeps every kind of attribute, INT64_MAX and the bodies of branches included", () => {
    const body = linear(16).graph;
    const int64Max = 2n ** 63n - 1n;
    const written = model({
      nodes: [
        node("If", ["x"], ["y"], {
          then_branch: { kind: "graph", value: body },
          bodies: { kind: "graphs", value: [body] },
          far: int(int64Max),
          near: int(-(2n ** 63n)),
          list: { kind: "ints", value: [0n, -1n, int64Max, 2n ** 53n + 1n] },
          slope: { kind: "float", value: 0.25 },
          slopes: { kind: "floats", value: [1, -0.5] },
          mode: { kind: "string", value: Uint8Array.of(0xff, 0x41) },
          modes: { kind: "strings", value: [Uint8Array.of(), Uint8Array.of(0x42)] },
          one: { kind: "tensor", value: floats("t", [], () => 7) },
          many: { kind: "tensors", value: [int64s("u", [int64Max])] },
        }),
      ],
    });
    expect(readModel(writeModel(written))).toEqual(written);
  });

  it("gives the same bytes each time, and again after being read", () => {
    const bytes = writeModel(linear(16));
    expect(writeModel(linear(16))).toEqual(bytes);
    expect(writeModel(readModel(bytes))).toEqual(bytes);
  });

  it("keeps the weights' numbers, regardless of what they are", () => {
    fc.assert(
      fc.property(anyTensor(), (tensor) => {
        const read = readModel(writeModel(linear(4, { weights: [tensor] })));
        expect(read.graph.initializers.get(tensor.name)).toEqual(tensor);
      }),
    );
  });

  it("cannot be written if it defines functions", () => {
    const written = { ...linear(16), functions: [{ domain: "mine", name: "Head" }] };
    expect(() => writeModel(written)).toThrow(ModelRejected);
    expect(() => writeModel(written)).toThrow(/Head.*Inline/s);
  });
});

describe("weights stored as lists of numbers", () => {
  const expected: readonly DecodedTensor[] = [
    { name: "t", dims: [2], type: "float32", data: Float32Array.of(1.5, -0) },
    { name: "t", dims: [2], type: "float64", data: Float64Array.of(Math.PI, -1e300) },
    { name: "t", dims: [2], type: "float16", data: Float32Array.of(1, -65504) },
    { name: "t", dims: [2], type: "int64", data: BigInt64Array.of(-1n, 2n ** 63n - 1n) },
    { name: "t", dims: [2], type: "int32", data: Int32Array.of(-1, 2 ** 31 - 1) },
    { name: "t", dims: [2], type: "int8", data: Int8Array.of(-128, 127) },
    { name: "t", dims: [2], type: "uint8", data: Uint8Array.of(0, 255) },
    { name: "t", dims: [2], type: "bool", data: Uint8Array.of(1, 0) },
  ];
  const { DataType } = TensorProto;
  const lists = {
    float32: { dataType: DataType.FLOAT, floatData: [1.5, -0] },
    float64: { dataType: DataType.DOUBLE, doubleData: [Math.PI, -1e300] },
    float16: { dataType: DataType.FLOAT16, int32Data: [0x3c00, 0xfbff] },
    int64: {
      dataType: DataType.INT64,
      int64Data: [
        { low: -1, high: -1 },
        { low: -1, high: 0x7fffffff },
      ] as never,
    },
    int32: { dataType: DataType.INT32, int32Data: [-1, 2 ** 31 - 1] },
    int8: { dataType: DataType.INT8, int32Data: [-128, 127] },
    uint8: { dataType: DataType.UINT8, int32Data: [0, 255] },
    bool: { dataType: DataType.BOOL, int32Data: [1, 0] },
  };
  it.each(expected.map((tensor) => [tensor.type, tensor] as const))("reads %s", (type, tensor) => {
    const bytes = edited(linear(4), ({ graph }) => {
      graph?.initializer?.push(TensorProto.create({ name: "t", dims: [2], ...lists[type] }));
    });
    expect(readModel(bytes).graph.initializers.get("t")).toEqual(tensor);
  });

  it("refuses fewer or more of them than the shape says", () => {
    for (const floatData of [[], [1], [1, 2, 3]]) {
      const bytes = edited(linear(4), ({ graph }) => {
        graph?.initializer?.push(TensorProto.create({ name: "t", dims: [2], dataType: DataType.FLOAT, floatData }));
      });
      expect(() => readModel(bytes)).toThrow(/"t" of shape \[2\] needs 2 elements/);
    }
  });
});

describe("what only some files have", () => {
  it("old files list weights as inputs, and only the image is left as one", () => {
    const read = readModel(
      writeModel(linear(16, { weightInputs: [value("w", [3, 16]), value("b", [3])], irVersion: 3 })),
    );
    expect(read.graph.inputs.map(({ name }) => name)).toEqual(["x"]);
    expect(read.graph.weightInputs.map(({ name }) => name)).toEqual(["w", "b"]);
  });

  it("a type that no rule computes with is passed on", () => {
    const { DataType } = TensorProto;
    const bytes = edited(linear(4), ({ graph }) => {
      graph?.initializer?.push(
        TensorProto.create({ name: "t", dims: [1], dataType: DataType.BFLOAT16, rawData: Uint8Array.of(0x80, 0x3f) }),
      );
    });
    const again = readModel(writeModel(readModel(bytes)));
    const tensor = again.graph.initializers.get("t");
    expect(tensor).toMatchObject({ type: "opaque", elementType: "bfloat16", dims: [1] });
    expect(tensor?.type === "opaque" && (tensor.message as { rawData?: unknown }).rawData).toEqual(
      Uint8Array.of(0x80, 0x3f),
    );
  });

  it("fields newer than the schema are passed over", () => {
    // Field 26 of the model, `configuration`, came after ONNX 1.10.
    const bytes = writeModel(linear(4));
    const unknown = Uint8Array.of(0xd2, 0x01, 0x02, 0x08, 0x01);
    expect(readModel(Uint8Array.from([...bytes, ...unknown]))).toEqual(readModel(bytes));
  });

  it("dynamic dimensions keep their names; negative ones are dynamic", () => {
    const bytes = edited(linear(4), ({ graph }) => {
      const dims = graph?.input?.[0]?.type?.tensorType?.shape?.dim ?? [];
      dims[1] = { dimValue: -5 };
      dims[2] = {};
    });
    expect(readModel(bytes).graph.inputs[0]).toMatchObject({
      shape: [-1, -1, -1, 4],
      dimNames: ["N", null, null, null],
    });
  });
});

describe("half precision", () => {
  it("agrees with the engine's own on all 65,536 values, both ways", () => {
    const halves = new Uint16Array(65_536).map((_, index) => index);
    const theirs = new (
      globalThis as unknown as { Float16Array: new (buffer: ArrayBuffer) => ArrayLike<number> }
    ).Float16Array(halves.buffer);
    const wrong = [...halves].filter((half) => {
      const ours = float16ToNumber(half);
      const back = numberToFloat16(ours);
      return (
        !Object.is(ours, theirs[half]) || (Number.isNaN(ours) ? !Number.isNaN(float16ToNumber(back)) : back !== half)
      );
    });
    expect(wrong).toEqual([]);
  });
});

function anyTensor(): fc.Arbitrary<Tensor> {
  const size = { minLength: 0, maxLength: 9 };
  const name = "t";
  return fc.oneof(
    fc.float32Array(size).map((data): Tensor => ({ name, dims: [data.length], type: "float32", data })),
    fc.float64Array(size).map((data): Tensor => ({ name, dims: [data.length], type: "float64", data })),
    fc.bigInt64Array(size).map((data): Tensor => ({ name, dims: [1, data.length], type: "int64", data })),
    fc.int32Array(size).map((data): Tensor => ({ name, dims: [data.length, 1], type: "int32", data })),
    fc.int8Array(size).map((data): Tensor => ({ name, dims: [data.length], type: "int8", data })),
    fc.uint8Array(size).map((data): Tensor => ({ name, dims: [data.length], type: "uint8", data })),
    fc
      .uint16Array(size)
      .map((halves) => Float32Array.from(halves, float16ToNumber))
      .map((data): Tensor => ({ name, dims: [data.length], type: "float16", data })),
  );
}
