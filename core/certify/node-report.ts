import type { GraphNode } from "#core/onnx/graph.ts";
import type { CertifiedNode } from "./certificate.ts";
import { nameOf } from "./graph-values.ts";
import { EXACT_UNITS } from "./limits.ts";
import type { Bound, Outcome } from "./outcome.ts";
import { highest, lowest } from "./range.ts";
import { wholeRange } from "./value.ts";

export function exactNode(node: GraphNode, { outputs, rule, bound }: Outcome): CertifiedNode {
  const [output] = outputs;
  const whole = output?.kind === "float" ? wholeRange(output) : null;
  const mayBeNegativeZero = output?.kind === "float" && output.negativeZero !== null;
  const sentence = `${rule[0]!.toUpperCase()}${rule.slice(1)}.`;
  return {
    name: nameOf(node),
    op: node.op,
    exact: true,
    reason: [
      sentence,
      bound && boundSentence(bound),
      mayBeNegativeZero ? "A zero may come out as -0; what follows must settle its sign." : null,
    ]
      .filter((part) => part !== null)
      .join(" "),
    grid: whole?.exponent ?? null,
    interval: whole && [lowest(whole), highest(whole)],
    bound,
    mayBeNegativeZero,
  };
}

export function boundSentence({ units, exponent, channel }: Bound): string {
  const share = ((100 * units) / EXACT_UNITS).toFixed(1);
  const where = channel === null ? "" : ` in channel ${channel}`;
  return `At most ${units.toLocaleString("en-US")} units of 2^${exponent}${where}, ${share} % of 2^24.`;
}

export function failedNode(node: GraphNode, reason: string): CertifiedNode {
  const unknown = { grid: null, interval: null, bound: null, mayBeNegativeZero: false };
  return { name: nameOf(node), op: node.op, exact: false, reason, ...unknown };
}
