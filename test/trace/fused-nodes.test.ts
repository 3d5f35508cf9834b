import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { fusedNodesOfLog } from "#edge/fused-nodes.ts";
import { cutPart, partSource } from "#core/trace/cut.ts";
import { fusedNodes } from "#origin/parts.ts";

describe("what the optimiser leaves", () => {
  it("is read from onnxruntime-node's optimised model", async () => {
    const source = partSource(await readFile("models/digits.onnx"));
    const served = await fusedNodes("cpu", cutPart(source, { kind: "served" }, new Map()));
    expect(served).toContain("com.microsoft.FusedConv -> conv1.relu");
    const marked = await fusedNodes("cpu", cutPart(source, { kind: "marked", outputs: ["conv1"] }, new Map()));
    expect(marked).toContain("Conv -> conv1");
    expect(marked).toContain("com.microsoft.FusedConv -> conv2.relu");
  });

  it("is unknown if no model results", async () => {
    expect(await fusedNodes("cpu", Uint8Array.of(1, 2, 3))).toBeNull();
  });

  it("is read from onnxruntime-web's log, of which most lines say nothing", () => {
    const log = [
      "[I:onnxruntime:, graph_transformer.cc:15 Apply] GraphTransformer ConstantFolding modified: 0 with status: OK",
      "[V:onnxruntime:, selector_action_transformer.cc:126 MatchAndProcess] Matched Conv",
      "[I:onnxruntime:, graph_transformer.cc:15 Apply] GraphTransformer ConvActivationFusion modified: 1 with status: OK",
      "[V:onnxruntime:, session_state.cc:1380 Verify]  All nodes placed on [CPUExecutionProvider]. Number of nodes: 6",
    ];
    expect(fusedNodesOfLog(log)).toEqual(["Conv", "ConvActivationFusion", "6 nodes"]);
    expect(fusedNodesOfLog(log.slice(0, 3))).toBeNull();
  });
});
