import { beforeAll, describe, expect, it } from "vitest";
import { explainSum } from "#core/explain/sums/explain-sum.ts";
import type { Explanation } from "#core/explain/explanation.ts";
import type { TensorValue } from "#core/tensors/tensor-value.ts";
import { problemOf } from "./emulated.ts";
import { explainedSource } from "./explained-side.ts";
import { digit, sumNodes } from "./model-nodes.ts";
import { skippedFor, webgpuMissing } from "../support/missing.ts";
import { type OneNode, runAlone, type Settings } from "./one-node.ts";
import { conv, gemm, matMul, randomSums, sumCases } from "./sum-cases.ts";

/* ONNX Runtime itself: native CPU against WebAssembly, and against WEBGPU on SwiftShader where it is installed. */

function answers(nodes: readonly OneNode[], settings: Settings): readonly (readonly TensorValue[])[] {
  return runAlone(nodes, settings).map((answer) => {
    if (answer instanceof Error) throw answer;
    return answer;
  });
}

function explanations(nodes: readonly OneNode[], other: Settings, threads: number): readonly (Explanation | null)[] {
  const left = answers(nodes, { provider: "cpu", threads });
  const right = answers(nodes, other);
  return nodes.map((node, at) =>
    explainSum({
      ...node,
      reference: explainedSource("CPU", left[at]!),
      other: explainedSource(other.provider.toUpperCase(), right[at]!),
    }),
  );
}

const elements = (node: OneNode, found: Explanation | null): string =>
  `${node.label}: ${found?.unexplainedElements ?? 0} unexplained, ${found?.wrong.length ?? 0} wrong`;
const whole = (node: OneNode): string => `${node.label}: 0 unexplained, 0 wrong`;

describe("CPU against WASM", () => {
  it.each([1, 2])("every shape is explained to the last element, on %d threads", { timeout: 300_000 }, (threads) => {
    // Fewer elements cannot be told from chance, which another test shows.
    const nodes = [...sumCases(), ...randomSums(30, threads)].filter((node) => problemOf(node).elements >= 6);
    const found = explanations(nodes, { provider: "wasm" }, threads);
    expect(nodes.map((node, at) => elements(node, found[at]!))).toEqual(nodes.map(whole));
  });

  it(
    "the shipped float model, all ten digits: FMA accounts for every differing element",
    { timeout: 120_000 },
    async () => {
      const file = new URL("../../models/digits.onnx", import.meta.url);
      const nodes: OneNode[] = [];
      for (let id = 0; id < 10; id++) {
        const ofDigit = await sumNodes(file, await digit(id, Math.fround(1 / 255)), [1, 1, 28, 28]);
        expect(ofDigit).toHaveLength(5);
        nodes.push(...ofDigit);
      }
      for (const [at, found] of explanations(nodes, { provider: "wasm" }, 2).entries()) {
        if (found === null) continue;
        // The ten logits, of which some agree, do not tell FMA from what was not tried.
        const isFew = problemOf(nodes[at]!).elements === 10;
        expect([nodes[at]!.label, ...found.causes.map(({ cause }) => cause), ...found.consistentWith]).toEqual([
          nodes[at]!.label,
          ...(isFew ? ["UNDETERMINED", "FUSED_MULTIPLY_ADD"] : ["FUSED_MULTIPLY_ADD"]),
        ]);
        expect(found.hypothesis).toMatchObject({ reference: { fused: true }, other: { fused: false }, matchRate: 1 });
        expect(found.hypothesis!.reference.order).toEqual(found.hypothesis!.other.order);
      }
    },
  );

  it("blocks of 256 and the bias first for a packed Gemm, blocks of 128 and bias last for a Conv", () => {
    const nodes = [
      gemm({ m: 1, k: 784, n: 512, transB: true }),
      conv({ channels: 32, size: [20, 20], filters: 8, kernel: [3, 3] }),
    ];
    const [product, window] = explanations(nodes, { provider: "wasm" }, 1);
    expect(product!.hypothesis!.reference.order).toMatchObject({ block: 256, bias: "first" });
    expect(window!.hypothesis!.reference.order).toMatchObject({ block: 128, bias: "last" });
  });
});

const noWebgpu = webgpuMissing();

describe("CPU against WEBGPU", skippedFor(noWebgpu), () => {
  const right = [
    conv({ channels: 8, size: [14, 14], filters: 16, kernel: [5, 5], autoPad: "SAME_UPPER" }),
    conv({ channels: 16, size: [16, 16], filters: 16, kernel: [3, 3], pads: [1, 1, 1, 1], group: 16 }),
    conv({ channels: 64, size: [14, 14], filters: 32, kernel: [1, 1] }),
    conv({ channels: 5, size: [6, 8, 7], filters: 9, kernel: [3, 3, 3] }),
    gemm({ m: 1, k: 784, n: 100, transB: true }),
    gemm({ m: 9, k: 300, n: 18, alpha: 0.3, beta: 1.7 }),
    matMul([17, 300], [300, 33]),
  ];
  const wrong = [
    ["5x5, six channels", conv({ channels: 6, size: [14, 14], filters: 16, kernel: [5, 5], pads: [2, 2, 2, 2] })],
    ["5x5, sixty-three channels", conv({ channels: 63, size: [14, 14], filters: 16, kernel: [5, 5] })],
    [
      "22 filters a group, read four at a time",
      conv({ channels: 2, size: [12, 8], filters: 44, kernel: [3, 3], group: 2, stride: 2 }),
    ],
  ] as const;
  const all = [...right, ...wrong.map(([, node]) => node)];
  /** All in one process: a software adapter takes seconds to start. */
  let found: ReadonlyMap<OneNode, Explanation | null>;
  beforeAll(() => {
    const each = explanations(all, { provider: "webgpu" }, 2);
    found = new Map(all.map((node, at) => [node, each[at]!]));
  }, 240_000);

  it("right results are explained to the last element", () => {
    expect(right.map((node) => elements(node, found.get(node)!))).toEqual(right.map(whole));
  });

  it.each(wrong)("wrong results are called wrong: %s", (_, node) => {
    const explanation = found.get(node);
    expect(explanation).toMatchObject({ cause: "WRONG_RESULT", wrong: [{ side: "other" }] });
    expect(explanation!.bound!.worstShare).toBeGreaterThan(1);
  });
});
