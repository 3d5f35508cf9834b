import type { Verdict } from "#core/verdicts/verdict.ts";
import { ABSOLUTE_DELTA, conjunction, formatCount, formatDelta, NO_NUMBER, plural } from "./format.ts";
import type { PairSummary, Report } from "./queries.ts";

interface VerdictFace {
  /** Shown with the word, so that colour is never the only difference. */
  readonly sign: string;
  readonly word: string;
}

export const VERDICT_FACES: Readonly<Record<Verdict, VerdictFace>> = {
  IDENTICAL: { sign: "=", word: "IDENTICAL" },
  WITHIN_TOLERANCE: { sign: "≈", word: "WITHIN TOLERANCE" },
  DRIFT: { sign: "≠", word: "DRIFT" },
  INCOMPLETE: { sign: "?", word: "INCOMPLETE" },
};

export const ONE_BACKEND = "Only one backend ran, so there is nothing to compare.";

/** The verdict as a sentence for a newcomer. */
export function sentenceFor(report: Report): string {
  switch (report.verdict) {
    case "IDENTICAL":
      return `${sourcesOf(report)} gave the same bits: all ${plural(logitsOf(report), "logit")} of ${plural(report.total, "image")} are equal.`;
    case "WITHIN_TOLERANCE":
      return `${extentOf(report)} Every difference is within the tolerance.`;
    case "DRIFT":
      return extentOf(report);
    case "INCOMPLETE":
      return missingFrom(report);
  }
}

/** Number of logits that one backend computes over all images. */
function logitsOf({ total, model }: Report): number {
  return total * model.labels.length;
}

/** Number of logits compared; a logit counts once per pair. */
function comparedLogits({ pairs, model }: Report): number {
  return sum(pairs, (pair) => pair.compared) * model.labels.length;
}

/** What was measured over all pairs, by name; a dash where nothing was compared. */
export function driftFigures(report: Report | undefined): (readonly [name: string, value: string])[] {
  const compared = report ? comparedLogits(report) : 0;
  const measured = (text: (known: Report) => string) => (report && compared > 0 ? text(report) : NO_NUMBER);
  return [
    [
      report && report.pairs.length > 1 ? `Differing, ${report.pairs.length} pairs` : "Differing logits",
      measured((known) => `${formatCount(differingLogits(known))} of ${formatCount(compared)}`),
    ],
    ["Max ULP", measured((known) => formatCount(largest(known, "maxUlp")))],
    [`Max ${ABSOLUTE_DELTA}`, measured((known) => formatDelta(largest(known, "maxAbs")))],
    ["Labels changed", measured((known) => formatCount(labelMismatches(known)))],
  ];
}

function differingLogits({ pairs }: Report): number {
  return sum(pairs, (pair) => pair.differingElements);
}

/** The largest of a metric over all pairs; null where no pair has it. */
function largest({ pairs }: Report, metric: "maxAbs" | "maxUlp"): number | null {
  const known = pairs.map((pair) => pair[metric]).filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function labelMismatches({ pairs }: Report): number {
  return sum(pairs, (pair) => pair.labelMismatches);
}

function extentOf(report: Report): string {
  const delta = largest(report, "maxAbs");
  const ulp = largest(report, "maxUlp");
  const reach = delta === null || ulp === null ? "" : `, by at most ${formatDelta(delta)} (${formatCount(ulp)} ULP)`;
  const wrong = labelMismatches(report);
  const labels = wrong === 0 ? "All labels agree." : `${plural(wrong, "label")} changed.`;
  return `${shareOf(report)} differ${reach}. ${labels}`;
}

/** "62 of 100 logits". With several pairs, a logit is compared once per pair; the text says so. */
function shareOf(report: Report): string {
  const differing = formatCount(differingLogits(report));
  const compared = comparedLogits(report);
  return report.pairs.length < 2
    ? `${differing} of ${plural(compared, "logit")}`
    : `Over ${report.pairs.length} pairs of backends, ${differing} of ${plural(compared, "compared logit")}`;
}

function missingFrom({ rows, pairs, total }: Report): string {
  if (pairs.length === 0) return ONE_BACKEND;
  const failed = new Map<string, number>();
  for (const { source } of rows.flatMap((row) => row.outputs.filter(({ error }) => error !== null))) {
    failed.set(source, (failed.get(source) ?? 0) + 1);
  }
  const missing = [...failed].map(([source, count]) => failedText(source, count, total));
  return `No verdict: ${missing.length === 0 ? "results are missing" : missing.join("; ")}.`;
}

/** "CPU failed for 1 of 2 images" */
export function failedText(source: string, failed: number, total: number): string {
  return `${source} failed for ${formatCount(failed)} of ${plural(total, "image")}`;
}

function sourcesOf({ reference, pairs }: Report): string {
  return conjunction([reference, ...pairs.map((pair) => pair.other)]);
}

function sum(pairs: readonly PairSummary[], count: (pair: PairSummary) => number): number {
  return pairs.reduce((total, pair) => total + count(pair), 0);
}
