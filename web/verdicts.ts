import type { Verdict } from "#core/verdicts/verdict.ts";
import { formatCount, formatDelta, plural } from "./format.ts";
import type { PairSummary, Report } from "./queries.ts";

interface VerdictFace {
  /** A sign beside the word, so that colour is never the only difference. */
  readonly sign: string;
  readonly word: string;
}

export const VERDICT_FACES: Readonly<Record<Verdict, VerdictFace>> = {
  IDENTICAL: { sign: "=", word: "IDENTICAL" },
  WITHIN_TOLERANCE: { sign: "≈", word: "WITHIN TOLERANCE" },
  DRIFT: { sign: "≠", word: "DRIFT" },
  INCOMPLETE: { sign: "?", word: "INCOMPLETE" },
};

/** The verdict as a sentence that a newcomer can repeat. */
export function sentenceFor(report: Report): string {
  switch (report.verdict) {
    case "IDENTICAL":
      return `${sourcesOf(report)} gave the same bits: all ${plural(logitsOf(report), "logit")} of ${plural(report.total, "image")} are equal.`;
    case "WITHIN_TOLERANCE":
      return `${extentOf(report)} Each difference is within the tolerance asked for.`;
    case "DRIFT":
      return extentOf(report);
    case "INCOMPLETE":
      return `Nothing is claimed. ${missingFrom(report)}`;
  }
}

/** The model's own, over all images: what one backend gives. */
function logitsOf({ total, model }: Report): number {
  return total * model.labels.length;
}

/** Logits that were held against each other; a logit counts once for each pair that it is part of. */
export function comparedLogits({ pairs, model }: Report): number {
  return sum(pairs, (pair) => pair.compared) * model.labels.length;
}

export function differingLogits({ pairs }: Report): number {
  return sum(pairs, (pair) => pair.differingElements);
}

/** The largest of a metric over all pairs; null where no pair has it. */
export function largest({ pairs }: Report, metric: "maxAbs" | "maxUlp"): number | null {
  const known = pairs.map((pair) => pair[metric]).filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

export function labelMismatches({ pairs }: Report): number {
  return sum(pairs, (pair) => pair.labelMismatches);
}

function extentOf(report: Report): string {
  const share = shareOf(report);
  const delta = largest(report, "maxAbs");
  const ulp = largest(report, "maxUlp");
  const reach = delta === null || ulp === null ? "" : `, by at most ${formatDelta(delta)} (${formatCount(ulp)} ULP)`;
  const wrong = labelMismatches(report);
  const labels = wrong === 0 ? "Every label still agrees." : `${plural(wrong, "label")} changed.`;
  return `${share} differ in their bits${reach}. ${labels}`;
}

/** "62 of 100 logits"; over several pairs each logit is compared once a pair, which must not read as more logits. */
function shareOf(report: Report): string {
  const differing = formatCount(differingLogits(report));
  const compared = comparedLogits(report);
  return report.pairs.length < 2
    ? `${differing} of ${plural(compared, "logit")}`
    : `Over ${report.pairs.length} pairs of backends, ${differing} of ${plural(compared, "compared logit")}`;
}

function missingFrom({ rows, pairs, total }: Report): string {
  if (pairs.length === 0) return "Only one backend took part, and one alone has nothing to agree with.";
  const failed = new Map<string, number>();
  for (const { source } of rows.flatMap((row) => row.outputs.filter(({ error }) => error !== null))) {
    failed.set(source, (failed.get(source) ?? 0) + 1);
  }
  const missing = [...failed].map(
    ([source, count]) => `${source} gave no answer for ${count} of ${plural(total, "image")}`,
  );
  return missing.length === 0 ? "Answers are missing." : `${missing.join("; ")}.`;
}

function sourcesOf({ reference, pairs }: Report): string {
  const names = [reference, ...pairs.map((pair) => pair.other)];
  return new Intl.ListFormat("en", { type: "conjunction" }).format(names);
}

function sum(pairs: readonly PairSummary[], count: (pair: PairSummary) => number): number {
  return pairs.reduce((total, pair) => total + count(pair), 0);
}
