import type { Outcome } from "../../explain/false-causes.ts";

type Group = readonly [title: string, belongs: (outcome: Outcome) => boolean];

const GROUPS: readonly Group[] = [
  ["all", () => true],
  ["matrix products", ({ family }) => family === "product"],
  ["reductions", ({ family }) => family === "reduction"],
  ["K = 1", ({ terms }) => terms === 1],
  ["K = 2 to 4", ({ terms }) => terms >= 2 && terms <= 4],
  ["K = 8 to 27", ({ terms }) => terms >= 8 && terms <= 27],
  ["K = 64 to 300", ({ terms }) => terms >= 64 && terms <= 300],
  ["K = 576 to 4,096", ({ terms }) => terms >= 576],
  ["1 to 10 elements", ({ elements }) => elements <= 10],
  ["20 to 100 elements", ({ elements }) => elements >= 20 && elements <= 100],
  ["200 to 1,000 elements", ({ elements }) => elements >= 200 && elements <= 1000],
  ["3,000 to 100,000 elements", ({ elements }) => elements >= 3000],
  ["a side adds in a way that is not tried", ({ untried }) => untried],
  ["a compensated sum (Kahan)", ({ ways }) => ways.some(({ sums }) => sums === "compensated")],
];

const CAUSES = ["FUSED_MULTIPLY_ADD", "SUMMATION_ORDER", "TF32", "WIDER_ACCUMULATION"];
const SIZES: readonly Group[] = [
  ["1 to 20", ({ elements }) => elements <= 20],
  ["50 to 100", ({ elements }) => elements >= 50 && elements <= 100],
  ["200 to 1,000", ({ elements }) => elements >= 200 && elements <= 1000],
  ["3,000 and more", ({ elements }) => elements >= 3000],
];

/** Markdown: false causes by group, then how often the true cause is named. */
export function tables(outcomes: readonly Outcome[]): string {
  const differing = outcomes.filter((outcome) => outcome.differing > 0);
  const lines = [
    `${outcomes.length} trials; in ${differing.length} of them some bits differ.`,
    "",
    "| trials whose bits differ | number | a cause is named | false | false, at most (95 %) | UNDETERMINED | UNEXPLAINED | WRONG_RESULT |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...GROUPS.map(([title, belongs]) => groupRow(title, differing.filter(belongs))),
    "",
    "| the one true cause, K >= 25 | elements | trials | it is named | another is named | UNDETERMINED | UNEXPLAINED |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...CAUSES.flatMap((cause) => SIZES.map(([title, belongs]) => powerRow(cause, title, differing.filter(belongs)))),
  ];
  return `${lines.join("\n")}\n`;
}

function groupRow(title: string, group: readonly Outcome[]): string {
  const named = group.filter((outcome) => outcome.named.length > 0);
  const wrong = named.filter(({ isFalse }) => isFalse).length;
  const most = named.length === 0 ? "-" : `${(100 * upperLimit(wrong, named.length)).toFixed(3)} %`;
  const headed = (cause: string): number => group.filter((outcome) => outcome.cause === cause).length;
  const open = ["UNDETERMINED", "UNEXPLAINED", "WRONG_RESULT"].map(headed);
  return `| ${[title, group.length, named.length, wrong, most, ...open].join(" | ")} |`;
}

function powerRow(cause: string, title: string, all: readonly Outcome[]): string {
  const group = all.filter(({ truth, terms, untried }) => truth.join() === cause && terms >= 25 && !untried);
  const named = group.filter((outcome) => outcome.named.includes(cause)).length;
  const others = group.filter(({ isFalse }) => isFalse).length;
  const headed = (open: string): number => group.filter((outcome) => outcome.cause === open).length;
  const share = group.length === 0 ? "-" : `${named} (${((100 * named) / group.length).toFixed(0)} %)`;
  return `| ${[cause, title, group.length, share, others, headed("UNDETERMINED"), headed("UNEXPLAINED")].join(" | ")} |`;
}

/**
 * The one-sided 95 % limit of a rate of which `found` of `count` were seen: Clopper and Pearson, "The use of confidence or
 * fiducial limits illustrated in the case of the binomial", Biometrika 26, 1934. By bisection.
 */
export function upperLimit(found: number, count: number): number {
  let [low, high] = [found / count, 1];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (atMost(found, count, middle) > 0.05) low = middle;
    else high = middle;
  }
  return high;
}

/** The chance of at most `found` of `count` at a rate. */
function atMost(found: number, count: number, rate: number): number {
  let [logarithm, total] = [count * Math.log1p(-rate), 0];
  for (let at = 0; at <= found; at++) {
    total += Math.exp(logarithm);
    logarithm += Math.log(((count - at) / (at + 1)) * (rate / (1 - rate)));
  }
  return total;
}
