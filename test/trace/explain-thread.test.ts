import { afterAll, describe, expect, it } from "vitest";
import { explainNode } from "#core/explain/explain.ts";
import type { NodeRequest } from "#core/explain/request.ts";
import { Explainer } from "#origin/explainer.ts";
import { explainedSource } from "../explain/explained-side.ts";
import { floats, modelOf } from "./graphs.ts";

const explainer = new Explainer();
afterAll(() => explainer.close());

const request: NodeRequest = {
  node: modelOf({ nodes: [{ name: "sum", op: "Add", inputs: ["a", "b"], outputs: ["y"] }], outputs: ["y"] }).graph
    .nodes[0]!,
  opset: 17,
  inputs: [floats([2], [1, 2]), floats([2], [1, 2])],
  reference: explainedSource("CPU", [floats([2], [2, 4])]),
  other: explainedSource("WASM", [floats([2], [2, 5])]),
};

describe("the thread that explains nodes", () => {
  it("gives what the explainer gives, several requests at once", async () => {
    const expected = explainNode(request);
    expect(expected?.cause).toBe("WRONG_RESULT");
    const answers = await Promise.all([request, request, request].map((each) => explainer.explain(each)));
    expect(answers).toEqual([expected, expected, expected]);
  });

  it("passes on why a request cannot be answered", async () => {
    const broken = { ...request, inputs: undefined } as unknown as NodeRequest;
    await expect(explainer.explain(broken)).rejects.toThrow();
    expect(await explainer.explain(request)).toEqual(explainNode(request));
  });

  it("is started again after it is gone", async () => {
    await explainer.close();
    expect(await explainer.explain(request)).toEqual(explainNode(request));
  });
});
