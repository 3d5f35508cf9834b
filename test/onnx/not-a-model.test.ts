import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeModel } from "#core/model/describe.ts";
import { ModelProto } from "#core/onnx/protobuf.ts";
import { readModel } from "#core/onnx/read.ts";
import { ModelRejected } from "#core/onnx/rejected.ts";
import { writeModel } from "#core/onnx/write.ts";
import { int, linear, node } from "./build.ts";

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const small = writeModel(
  linear(16, { opset: 9 }, [node("Softmax", ["logits"], ["p"], { axis: int(1) }), node("Identity", ["p"], ["y"])]),
);
const shipped = new Uint8Array(readFileSync(new URL("../../models/digits.onnx", import.meta.url)));

/** What a caller may see: a graph, or a refusal with a sentence. */
function readOrReject(bytes: Uint8Array): void {
  try {
    readModel(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(ModelRejected);
    expect((error as Error).message).toMatch(/\.$/);
  }
}

async function describeOrReject(bytes: Uint8Array): Promise<void> {
  try {
    const { info, executed } = await describeModel({ id: "any", bytes });
    expect(info.labels.length).toBeGreaterThanOrEqual(2);
    expect(executed.length).toBeGreaterThan(0);
  } catch (error) {
    expect(error).toBeInstanceOf(ModelRejected);
    expect((error as Error).message).toMatch(/\.$/);
  }
}

describe("a file that is not an ONNX model is refused with a sentence that says what it is", () => {
  it.each([
    ["an empty file", latin1(""), /empty \(0 bytes\)/],
    ["a web page", latin1("\n  <!DOCTYPE html><html></html>"), /web page/],
    ["a web page with a byte order mark", latin1("\u00ef\u00bb\u00bf<html>"), /web page/],
    ["a Git LFS pointer", latin1("version https://git-lfs/spec/v1\noid sha256:00"), /git lfs pull/],
    ["JSON", latin1('{ "models": [] }'), /JSON/],
    ["a ZIP archive", latin1("PK\u0003\u0004\u0014\u0000"), /PyTorch/],
    ["gzip", latin1("\u001f\u008b\u0008\u0000"), /gzip/],
    ["HDF5", latin1("\u0089HDF\r\n\u001a\n"), /Keras/],
    ["TensorFlow Lite", latin1("\u001c\u0000\u0000\u0000TFL3"), /TensorFlow Lite/],
    ["ONNX Runtime's own format", latin1("\u0008\u0000\u0000\u0000ORTM"), /\.ort/],
    ["plain text", latin1("hello world, this is a text"), /not ONNX/],
    ["zeros", new Uint8Array(1000), /not ONNX|no ONNX graph/],
  ])("%s", (_, bytes, sentence) => {
    expect(() => readModel(bytes)).toThrow(ModelRejected);
    expect(() => readModel(bytes)).toThrow(sentence);
  });
});

describe("a graph that readers read in different ways", () => {
  it("is refused where a node has one attribute twice", () => {
    const message = ModelProto.decode(small);
    const softmax = message.graph!.node!.find(({ opType }) => opType === "Softmax")!;
    softmax.attribute = [...softmax.attribute!, { ...softmax.attribute![0], i: 0 }];
    expect(() => readModel(ModelProto.encode(message).finish())).toThrow(
      /The node "Softmax_p" has its attribute "axis" twice/,
    );
  });
});

describe("a model that is cut short", () => {
  it("is refused at every length of a small one", () => {
    for (let length = 0; length < small.length; length += 1) {
      expect(() => readModel(small.subarray(0, length)), `the first ${length} bytes`).toThrow(ModelRejected);
    }
    expect(readModel(small).graph.nodes).toHaveLength(4);
  });

  it("is refused at any length of the shipped one", () => {
    fc.assert(
      fc.property(fc.nat(shipped.length - 1), (length) => {
        expect(() => readModel(shipped.subarray(0, length))).toThrow(ModelRejected);
      }),
    );
  });
});

describe("a damaged model always gives a graph or a refusal", () => {
  it("random bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), readOrReject), { numRuns: 2_000 });
  });

  it("random bytes in the place of the graph", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        readOrReject(Uint8Array.from([0x08, 0x08, 0x3a, bytes.length, ...bytes, 0x42, 0x02, 0x10, 0x11]));
      }),
      { numRuns: 2_000 },
    );
  });

  it("a small model with some bytes changed, taken out or put in", async () => {
    const edit = fc.record({
      at: fc.nat(small.length - 1),
      remove: fc.nat(3),
      insert: fc.uint8Array({ maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
        let bytes = [...small];
        for (const { at, remove, insert } of edits)
          bytes = [...bytes.slice(0, at), ...insert, ...bytes.slice(at + remove)];
        await describeOrReject(Uint8Array.from(bytes));
      }),
      { numRuns: 3_000 },
    );
  });

  it("the shipped model with bytes of its structure changed", async () => {
    // The weights' bytes are nearly the whole file; what stands at its two ends is structure.
    const place = fc.oneof(
      fc.nat(600),
      fc.nat(600).map((from) => shipped.length - 1 - from),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 3 }), async (changes) => {
        const bytes = shipped.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        await describeOrReject(bytes);
      }),
      { numRuns: 200 },
    );
  });

  it("graphs nested 100 and 100,000 deep", () => {
    expect(() => readModel(nested(100))).toThrow(/nest more than/);
    expect(() => readModel(nested(100_000))).toThrow(ModelRejected);
  });

  it("a shape whose product is beyond any memory", () => {
    const message = ModelProto.decode(small);
    const [weight] = message.graph?.initializer ?? [];
    if (weight) weight.dims = [2 ** 31, 2 ** 31, 2 ** 31];
    expect(() => readModel(ModelProto.encode(message).finish())).toThrow(/needs .* elements, but the file holds/);
  });
});

/** A model whose node has a graph whose node has a graph, and so on, put together from the inside. */
function nested(depth: number): Uint8Array {
  const layers: number[][] = [];
  let length = 0;
  const wrap = (field: number): void => {
    const head = [(field << 3) | 2, ...varint(length)];
    layers.push(head);
    length += head.length;
  };
  for (let level = 0; level < depth; level += 1) {
    wrap(1); // GraphProto.node
    if (level < depth - 1) {
      wrap(6); // AttributeProto.g takes the graph
      wrap(5); // NodeProto.attribute takes that
    }
  }
  wrap(7); // ModelProto.graph
  return Uint8Array.from([0x08, 0x08, 0x42, 0x02, 0x10, 0x11, ...layers.toReversed().flat()]);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}
