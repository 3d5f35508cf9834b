import { describe, expect, it } from "vitest";
import { explainArrays } from "./emulated.ts";
import { runAlone } from "./one-node.ts";
import { conv, gemm, generator } from "./sum-cases.ts";

/* Of few elements, some order reproduces any result. */

const SEEDS = 40;

const NODES = [
  ...[3, 4, 5].map((filters) => conv({ channels: 8, size: [3, 3], filters, kernel: [3, 3] })),
  gemm({ m: 1, k: 300, n: 3 }),
];
const right = runAlone(NODES, { provider: "cpu" });

/** Every element one or two units off, up or down at random. */
function moved(numbers: Float32Array, next: () => number): Float32Array {
  const bits = new Uint32Array(numbers.slice().buffer);
  for (let at = 0; at < bits.length; at++)
    bits[at] = bits[at]! + (1 + Math.floor(2 * next())) * (next() < 0.5 ? 1 : -1);
  return new Float32Array(bits.buffer);
}

describe("a few of CPU's elements, changed at random and presented as WebAssembly's", () => {
  it.each(NODES.map((node, at) => [node.label, node, right[at]!] as const))(
    "%s is explained no more than once in a hundred",
    { timeout: 120_000 },
    (_, node, outputs) => {
      if (outputs instanceof Error) throw outputs;
      const numbers = new Float32Array(outputs[0]!.bytes.slice().buffer);
      const explained = Array.from({ length: SEEDS }, (_each, seed) =>
        explainArrays(node, numbers, moved(numbers, generator(seed * 7919 + 1))),
      ).filter((found) => found!.explainedElements > 0);
      expect(explained).toEqual([]);
    },
  );
});
