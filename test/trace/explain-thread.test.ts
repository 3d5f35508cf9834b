import { afterAll, describe, expect, it } from "vitest";
import { explainNode } from "#core/explain/explain.ts";
import type { NodeQuestion } from "#core/explain/question.ts";
import { Explainer } from "#origin/explainer.ts";
import { explainedSide } from "../explain/explained-side.ts";
import { floats, modelOf } from "./graphs.ts";

const explainer = new Explainer();
afterAll(() => explainer.close());

const question: NodeQuestion = {
  node: modelOf({ nodes: [{ name: "sum", op: "Add", inputs: ["a", "b"], outputs: ["y"] }], outputs: ["y"] }).graph
    .nodes[0]!,
  opset: 17,
  inputs: [floats([2], [1, 2]), floats([2], [1, 2])],
  reference: explainedSide("CPU", [floats([2], [2, 4])]),
  other: explainedSide("WASM", [floats([2], [2, 5])]),
};

describe("the thread that explains nodes", () => {
  it("gives what the explainer gives, several questions at once", async () => {
    const expected = explainNode(question);
    expect(expected?.cause).toBe("WRONG_RESULT");
    const answers = await Promise.all([question, question, question].map((each) => explainer.explain(each)));
    expect(answers).toEqual([expected, expected, expected]);
  });

  it("passes on why a question cannot be answered", async () => {
    const broken = { ...question, inputs: undefined } as unknown as NodeQuestion;
    await expect(explainer.explain(broken)).rejects.toThrow();
    expect(await explainer.explain(question)).toEqual(explainNode(question));
  });

  it("is started again after it is gone", async () => {
    await explainer.close();
    expect(await explainer.explain(question)).toEqual(explainNode(question));
  });
});
