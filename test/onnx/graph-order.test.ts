import { describe, expect, it } from "vitest";
import { checkFile } from "#core/check/file.ts";
import { certify } from "#core/model/certify-file.ts";
import { certificateDocument, type CertificateSubject } from "#core/model/certificate-document.ts";
import { inGraphOrder } from "#core/onnx/graph-order.ts";
import type { Graph, OnnxModel } from "#core/onnx/graph.ts";
import { readModel } from "#core/onnx/read.ts";
import { writeModel } from "#core/onnx/write.ts";
import { exactCnn } from "../certify/exact-cnn.ts";
import { linear, model, node, value } from "./build.ts";

/* Files may list their nodes in any order: ONNX Runtime runs them all. What isobit calls the order is topological. */

const orderOf = (nodes: Graph["nodes"]): string[] => inGraphOrder(nodes).map(({ outputs }) => outputs.join());

const listedAs = (whole: OnnxModel, order: (nodes: Graph["nodes"]) => Graph["nodes"]): OnnxModel => ({
  ...whole,
  graph: { ...whole.graph, nodes: order(whole.graph.nodes) },
});

const body = (nodes: Graph["nodes"], output: string): Graph => ({
  ...model({ nodes, inputs: [], outputs: [value(output, null, null)] }).graph,
});

describe("the order of nodes", () => {
  it("is topological for a file that lists its output first", () => {
    const sorted = linear(16);
    const read = readModel(writeModel(listedAs(sorted, (nodes) => nodes.toReversed())));
    expect(read.graph.nodes).toEqual(readModel(writeModel(sorted)).graph.nodes);
  });

  it("is the file's where a branch leaves a choice", () => {
    const relu = (from: string, to: string) => node("Relu", [from], [to]);
    const join = node("Sum", ["b2", "a2"], ["y"]);
    expect(orderOf([join, relu("b1", "b2"), relu("a1", "a2"), relu("x", "a1"), relu("x", "b1")])).toEqual([
      "a1",
      "a2",
      "b1",
      "b2",
      "y",
    ]);
  });

  it("is the file's, in the same list, for every file that is sorted", () => {
    const relu = (from: string, to: string) => node("Relu", [from], [to]);
    const nodes = [relu("x", "b"), relu("x", "a"), node("Sum", ["a", "a", "", "b"], ["y"]), relu("x", "unused")];
    expect(inGraphOrder(nodes)).toBe(nodes);
  });

  it("puts a value before the branch and the loop within it that capture it", () => {
    const inner = body([node("Relu", ["late"], ["in_loop"])], "in_loop");
    const then = body(
      [node("Loop", ["", "on"], ["in_branch"], { body: { kind: "graph", value: inner } })],
      "in_branch",
    );
    const branch = node("If", ["on"], ["y"], { then_branch: { kind: "graph", value: then } });
    expect(orderOf([branch, node("Not", ["off"], ["on"]), node("Neg", ["x"], ["late"])])).toEqual(["on", "late", "y"]);
  });

  it("sorts the bodies of branches too", () => {
    const nodes = [node("Relu", ["h"], ["out"]), node("Neg", ["x"], ["h"])];
    const branch = node("If", ["on"], ["y"], { then_branch: { kind: "graph", value: body(nodes, "out") } });
    const whole = model({ nodes: [branch], inputs: [value("x", [1]), value("on", [1], "bool")] });
    const then = readModel(writeModel(whole)).graph.nodes[0]!.attributes.get("then_branch")!;
    expect(then.kind === "graph" && orderOf(then.value.nodes)).toEqual(["h", "out"]);
  });

  it("ends with the nodes of a cycle and their readers, as the file lists them", () => {
    const nodes = [
      node("Relu", ["b"], ["after"]),
      node("Sum", ["x", "b"], ["a"]),
      node("Relu", ["a"], ["b"]),
      node("Relu", ["free"], ["z"]),
      node("Neg", ["x"], ["free"]),
    ];
    expect(orderOf(nodes)).toEqual(["free", "z", "after", "a", "b"]);
  });

  it("takes a long chain that is listed backwards", () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `v${index}`);
    const chain = names.slice(1).map((name, index) => node("Relu", [names[index]!], [name]));
    expect(orderOf(chain.toReversed())).toEqual(names.slice(1));
  });
});

describe("certifying a file that lists its nodes in another order", () => {
  it("proves what it proves for the sorted file, and the checker accepts it", async () => {
    const sorted = exactCnn();
    const bytes = writeModel(listedAs(sorted, (nodes) => nodes.toReversed()));
    const [{ certification, executed, subject }, plain] = await Promise.all([
      certify(bytes),
      certify(writeModel(sorted)),
    ]);
    if (!certification.certified) throw new Error("it is not certified");
    expect(certification).toEqual(plain.certification);
    expect(executed).toEqual(plain.executed);
    const document = certificateDocument(certification, "backwards", subject as CertificateSubject, "0.0.0");
    expect(await checkFile(bytes, async () => undefined, JSON.parse(JSON.stringify(document)))).toEqual({
      accepted: true,
      sourceChecked: true,
    });
  });
});
