import { expect, test } from "vitest";
import { checkCertificate } from "#core/check/check.ts";
import { checkFile } from "#core/check/file.ts";
import type { OnnxModel } from "#core/onnx/graph.ts";
import { writeModel } from "#core/onnx/write.ts";
import { sha256Hex } from "#core/tensors/sha256.ts";
import { valueInfo } from "../certify/graphs/sketch.ts";
import { domain, modelWith } from "../certify/reasons.ts";
import { documentOf } from "./documents.ts";

/* A certificate can name any bytes. The checker accepts it for bytes that a runtime reads in one way alone. */

const MODEL = modelWith((sketch) => sketch.node("Relu", [sketch.node("Add", ["x", sketch.scalar(1)])]));
const CERTIFICATE = documentOf(MODEL, domain([1, 4, 4]));
const [ADD, RELU] = MODEL.graph.nodes;
const INSIDE = ADD!.outputs[0]!;
const OUTPUT = RELU!.outputs[0]!;
const [WEIGHT] = MODEL.graph.initializers.values();

const withGraph = (change: Partial<OnnxModel["graph"]>): OnnxModel => ({
  ...MODEL,
  graph: { ...MODEL.graph, ...change },
});

const OTHERS: Readonly<Record<string, OnnxModel>> = {
  "a note of the shape of an inner value": withGraph({ valueInfo: [valueInfo({ name: INSIDE, dims: [1, 1, 4, 4] })] }),
  "a weight that a caller may replace": withGraph({ weightInputs: [valueInfo({ name: WEIGHT!.name, dims: [] })] }),
  "a false note of the output's shape": withGraph({ outputs: [valueInfo({ name: OUTPUT, dims: [1, 1, 4, 4] })] }),
  "a false name of the output's size": withGraph({ outputs: [valueInfo({ name: OUTPUT, dims: ["M", 1, 4, 4] })] }),
  "one name for two axes of its input": withGraph({ inputs: [valueInfo({ name: "x", dims: ["N", 1, "N", 4] })] }),
  "a node that no output needs": withGraph({
    nodes: [...MODEL.graph.nodes, { ...RELU!, name: "more", outputs: ["more"] }],
  }),
  "weights that are inputs by its IR version": { ...MODEL, irVersion: 3 },
};

test("the model itself is accepted", async () => {
  expect(checkCertificate(MODEL, CERTIFICATE)).toEqual({ accepted: true });
  expect(await checkFile(writeModel(MODEL), async () => undefined, named(MODEL))).toEqual({
    accepted: true,
    sourceChecked: true,
  });
});

test.each(Object.entries(OTHERS))(
  "a model with %s is rejected, even by a certificate about its bytes",
  async (_what, model) => {
    const certificate = named(model);
    expect(checkCertificate(model, certificate)).toMatchObject({ accepted: false });
    expect(await checkFile(writeModel(model), async () => undefined, certificate)).toMatchObject({ accepted: false });
  },
);

test.each<[string, OnnxModel]>([
  ["a function of an operator's name", { ...MODEL, functions: [{ domain: "own", name: "Relu" }] }],
  ["a name for two values", withGraph({ nodes: [ADD!, { ...RELU!, outputs: [WEIGHT!.name] }] })],
  ["another order of its nodes", withGraph({ nodes: MODEL.graph.nodes.toReversed() })],
  ["another input", withGraph({ inputs: [{ ...MODEL.graph.inputs[0]!, name: "y" }] })],
  ["a second input", withGraph({ inputs: [...MODEL.graph.inputs, valueInfo({ name: "y", dims: [1] })] })],
  ["another opset", { ...MODEL, opsets: new Map([["", 16]]) }],
  ["an operator of another domain", withGraph({ nodes: [ADD!, { ...RELU!, domain: "com.microsoft" }] })],
  [
    "an attribute that no rule knows",
    withGraph({ nodes: [ADD!, { ...RELU!, attributes: new Map([["alpha", { kind: "float", value: 0 }]]) }] }),
  ],
  [
    "another weight",
    withGraph({ initializers: new Map([[WEIGHT!.name, { ...WEIGHT!, data: Float32Array.of(2) } as never]]) }),
  ],
])("a model with %s is rejected", (_what, model) => {
  expect(checkCertificate(model, CERTIFICATE)).toMatchObject({ accepted: false });
});

const ROWS = domain([4]);

test("a Gemm whose C has a rank of 3 is rejected with the claims of one whose C is a matrix", () => {
  const gemm = (shape: readonly number[]): OnnxModel =>
    modelWith(
      (sketch) => sketch.node("Gemm", ["x", sketch.floats([1, 2, 3, 4], [4, 1]), sketch.floats([3], shape)]),
      [4],
    );
  const certificate = documentOf(gemm([1, 1]), ROWS);
  expect(checkCertificate(gemm([1, 1]), certificate)).toEqual({ accepted: true });
  expect(checkCertificate(gemm([1, 1, 1]), certificate)).toMatchObject({ accepted: false });
});

test("a Reshape to another number of elements is rejected, though the claim says what its target says", () => {
  const reshape = (last: number): OnnxModel =>
    modelWith((sketch) => sketch.node("Reshape", ["x", sketch.integers([0, 2, last])]), [4]);
  const certificate = documentOf(reshape(2), ROWS);
  expect(checkCertificate(reshape(2), certificate)).toEqual({ accepted: true });
  const text = JSON.stringify(certificate).replace('["N",2,2]', '["N",2,9]');
  expect(text).toContain('["N",2,9]');
  expect(checkCertificate(reshape(9), JSON.parse(text))).toMatchObject({
    accepted: false,
    reason: "[N, 4] does not fill [N, 2, 9].",
  });
});

/** The certificate about the bytes of a model, as a forger would write it. */
function named(model: OnnxModel): unknown {
  const { subject, ...rest } = CERTIFICATE as { subject: object };
  const sha256 = sha256Hex(writeModel(model));
  const { irVersion } = model;
  return { ...rest, subject: { ...subject, sha256, executedSha256: sha256, irVersion } };
}
