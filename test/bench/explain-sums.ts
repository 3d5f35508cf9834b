/**
 * Which Conv, Gemm and MatMul shapes `explain` accounts for to the last element, on real runtimes.
 * usage: node test/bench/explain-sums.ts [--webgpu] [--threads 2] [--random 40] [--only text]
 */
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { explainSum } from "#core/explain/sums/explain-sum.ts";
import type { Explanation } from "#core/explain/explanation.ts";
import { explainedSource } from "../explain/explained-side.ts";
import { type OneNode, runAlone, type Settings } from "../explain/one-node.ts";
import { randomSums, sumCases } from "../explain/sum-cases.ts";

const { values } = parseArgs({
  options: {
    webgpu: { type: "boolean", default: false },
    threads: { type: "string", default: "2" },
    random: { type: "string", default: "40" },
    only: { type: "string", default: "" },
  },
});

const nodes = [...sumCases(), ...randomSums(Number(values.random))].filter(({ label }) => label.includes(values.only));
const other: Settings = values.webgpu ? { provider: "webgpu" } : { provider: "wasm" };
const reference = runAlone(nodes, { provider: "cpu", threads: Number(values.threads) });
const others = runAlone(nodes, other);

console.log(`| node | elements | differing | explained | causes | order | matched | control | worst share | ms |`);
console.log("|---|---|---|---|---|---|---|---|---|---|");
const totals = { nodes: 0, whole: 0, wrong: 0 };
for (const [at, node] of nodes.entries()) {
  const [left, right] = [reference[at]!, others[at]!];
  if (left instanceof Error || right instanceof Error) {
    console.log(`| ${node.label} | ${left instanceof Error ? `CPU: ${left.message}` : right} |`);
    continue;
  }
  const start = performance.now();
  const explanation = explainSum({
    ...node,
    reference: explainedSource("CPU", left),
    other: explainedSource(other.provider.toUpperCase(), right),
  });
  console.log(line(node, left[0]!.bytes.length / 4, explanation, performance.now() - start));
}
console.log(
  `\n${totals.nodes} nodes differ; ${totals.whole} are explained to the last element; ${totals.wrong} hold a wrong result.`,
);

function line({ label }: OneNode, elements: number, explanation: Explanation | null, ms: number): string {
  if (explanation === null) return `| ${label} | ${elements} | 0 | | | | | | | ${ms.toFixed(0)} |`;
  const { causes, explainedElements, hypothesis, bound, wrong } = explanation;
  const differing = causes.reduce((total, each) => total + each.elements, 0);
  totals.nodes++;
  if (explainedElements === differing) totals.whole++;
  if (wrong.length > 0) totals.wrong++;
  const orders = hypothesis && [
    ...new Set([hypothesis.reference, hypothesis.other].map(({ order }) => order.description)),
  ];
  return `| ${[
    label,
    elements,
    differing,
    explainedElements === differing ? "all" : explainedElements,
    causes.map(({ cause, elements: count }) => `${cause} ${count}`).join(", "),
    orders?.join(" AGAINST ").slice(0, 160) ?? "",
    hypothesis?.matchRate.toFixed(4) ?? "",
    hypothesis?.controlMatchRate.toFixed(2) ?? "",
    bound?.worstShare.toPrecision(2) ?? "",
    ms.toFixed(0),
  ].join(" | ")} |`;
}
