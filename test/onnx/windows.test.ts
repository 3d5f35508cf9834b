import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { NodeCall } from "#core/exactify/lower/node-call.ts";
import { maxPool } from "#core/exactify/lower/pooling.ts";
import { checkCertificate } from "#core/check/check.ts";
import { Call, NotAnalysed } from "#core/explain/call.ts";
import { poolWindows } from "#core/explain/operators/window-places.ts";
import { Untreatable } from "#core/exactify/untreatable.ts";
import type { Attribute } from "#core/onnx/graph.ts";
import { writeModel } from "#core/onnx/write.ts";
import { readElements } from "#core/tensors/read-elements.ts";
import { tensorValue } from "#core/tensors/tensor-value.ts";
import { documentOf } from "../check/documents.ts";
import { domain } from "../certify/reasons.ts";
import { int, model, node, value } from "./build.ts";

/* The prover, the checker, the explainer and exactify read a window's attributes as ONNX Runtime does. */

const SIZE = 7;
const text = (word: string): Attribute => ({ kind: "string", value: new TextEncoder().encode(word) });
const ints = (...numbers: readonly number[]): Attribute => ({ kind: "ints", value: numbers.map(BigInt) });

type Attributes = Readonly<Record<string, Attribute>>;
const pool = (attributes: Attributes) => node("MaxPool", ["x"], ["y"], { kernel_shape: ints(3, 3), ...attributes });

/** A model of one MaxPool; its output's shape is left to the reader. */
const poolModel = (attributes: Attributes) =>
  model({
    nodes: [pool(attributes)],
    inputs: [value("x", ["N", 1, SIZE, SIZE])],
    outputs: [value("y", null)],
  });

type Answer = readonly number[] | "refused";

async function onRuntime(attributes: Attributes): Promise<Answer> {
  try {
    const session = await ort.InferenceSession.create(writeModel(poolModel(attributes)), { logSeverityLevel: 4 });
    const data = Float32Array.from({ length: SIZE * SIZE }, (_, at) => at);
    const { y } = await session.run({ x: new ort.Tensor("float32", data, [1, 1, SIZE, SIZE]) });
    await session.release();
    return y!.dims.slice(2);
  } catch {
    return "refused";
  }
}

function byExplainer(attributes: Attributes): Answer {
  const x = tensorValue("float32", [1, 1, SIZE, SIZE], new Uint8Array(4 * SIZE * SIZE));
  const source = { source: "CPU", runsOn: "CPU", optimizationLevel: "extended", tf32: false, outputs: [] } as const;
  try {
    const call = new Call({ node: pool(attributes), opset: 17, inputs: [x], reference: source, other: source });
    return poolWindows(call, readElements(x)!).dims.slice(2);
  } catch (error) {
    if (!(error instanceof NotAnalysed)) throw error;
    return "refused";
  }
}

function byExactify(attributes: Attributes): Answer {
  const input = { kind: "value", tensor: { name: "x", shape: [1, SIZE, SIZE] } } as const;
  try {
    const lowered = maxPool(new NodeCall(pool(attributes), 17, null, [input]));
    if (!Array.isArray(lowered)) return "refused";
    return (lowered[0] as { readonly shape: readonly number[] }).shape.slice(1);
  } catch (error) {
    if (!(error instanceof Untreatable)) throw error;
    return "refused";
  }
}

/** What the prover claims of the output, and the checker accepts. */
function byProver(attributes: Attributes): Answer {
  const pooled = poolModel(attributes);
  const certificate = documentOf(pooled, domain([1, SIZE, SIZE]));
  if (certificate === null) return "refused";
  expect(checkCertificate(pooled, certificate)).toEqual({ accepted: true });
  const { claims } = certificate as {
    readonly claims: readonly { readonly tensor: string; readonly dims: number[] }[];
  };
  return claims.find(({ tensor }) => tensor === "y")!.dims.slice(2);
}

describe("a window's attributes mean what they mean in ONNX Runtime", () => {
  it.each<[string, Attributes]>([
    ["no auto_pad", {}],
    ["no auto_pad, with pads", { pads: ints(1, 0, 1, 2), strides: ints(2, 3) }],
    ["an empty auto_pad", { auto_pad: text("") }],
    ["an empty auto_pad, with pads", { auto_pad: text(""), pads: ints(1, 1, 1, 1), strides: ints(2, 2) }],
    ["NOTSET", { auto_pad: text("NOTSET"), pads: ints(0, 1, 0, 1) }],
    ["VALID, whose pads do not count", { auto_pad: text("VALID"), pads: ints(1, 1, 1, 1) }],
    ["SAME_UPPER", { auto_pad: text("SAME_UPPER"), strides: ints(2, 3) }],
    ["SAME_LOWER", { auto_pad: text("SAME_LOWER"), strides: ints(3, 2) }],
    ["a word that ONNX does not list", { auto_pad: text("ODD") }],
    ["SAME without its end", { auto_pad: text("SAME") }],
    ["a word in small letters", { auto_pad: text("same_upper") }],
    ["dilations", { dilations: ints(2, 3) }],
    ["too few strides", { strides: ints(2) }],
    ["a stride of 0", { strides: ints(0, 1) }],
    ["too few pads", { pads: ints(1, 1) }],
    ["negative pads", { pads: ints(-1, 0, 0, 0) }],
    ["strides of another kind", { strides: int(2) }],
    ["an auto_pad of another kind", { auto_pad: int(1) }],
    ["a ceil_mode that changes nothing", { ceil_mode: int(1), strides: ints(2, 2) }],
  ])("%s", async (_, attributes) => {
    const expected = await onRuntime(attributes);
    expect({
      explainer: byExplainer(attributes),
      exactify: byExactify(attributes),
      prover: byProver(attributes),
    }).toEqual({ explainer: expected, exactify: expected, prover: expected });
  });

  // Runtimes may differ in the window beyond the edge, for which the prover refuses both.
  it.each<[string, Attributes]>([
    ["ceil_mode 1", { ceil_mode: int(1), strides: ints(3, 5) }],
    ["ceil_mode 1, with pads", { ceil_mode: int(1), strides: ints(5, 4), pads: ints(0, 1, 1, 1) }],
    ["ceil_mode 2, which is not 1", { ceil_mode: int(2), strides: ints(3, 5) }],
  ])("%s", async (_, attributes) => {
    const expected = await onRuntime(attributes);
    expect({ explainer: byExplainer(attributes), exactify: byExactify(attributes) }).toEqual({
      explainer: expected,
      exactify: expected,
    });
    expect(byProver(attributes)).toBe("refused");
  });

  it("a dilated window whose pads auto_pad chooses is refused: ONNX Runtime's Conv does so, and its pools ignore dilations", () => {
    const attributes = { auto_pad: text("SAME_UPPER"), dilations: ints(2, 2) };
    expect([byExplainer(attributes), byExactify(attributes), byProver(attributes)]).toEqual([
      "refused",
      "refused",
      "refused",
    ]);
  });
});
