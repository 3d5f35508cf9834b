import { conjunction, formatCount, formatDelta, plural } from "../format.ts";
import { ONE_BACKEND } from "../verdicts.ts";
import type { SketchComparison } from "./compare.ts";

/** A sketch's verdict as a sentence for a newcomer. */
export function sketchSentence(comparison: SketchComparison): string {
  const { rows, verdict } = comparison;
  const answered = rows.flatMap(({ row }) => (row.ok ? [row] : []));
  const missing = rows.filter(({ row }) => !row.ok).map(({ row }) => row.source);
  if (verdict === "INCOMPLETE") {
    return missing.length > 0 ? `No verdict: ${conjunction(missing)} failed.` : ONE_BACKEND;
  }
  if (verdict === "DRIFT") return driftSentence(comparison);
  const logits = plural(answered[0]?.logits.length ?? 0, "logit");
  return `${conjunction(answered.map(({ source }) => source))} gave the same bits: all ${logits} are equal.`;
}

function driftSentence({ rows, reference }: SketchComparison): string {
  const drifts = rows.flatMap(({ row, drift }) =>
    drift && drift.verdict !== "IDENTICAL" ? [{ source: row.source, drift }] : [],
  );
  const parts = drifts.map(({ source, drift: { maxAbs, maxUlp, differingElements } }) => {
    const reach =
      maxAbs === null || maxUlp === null ? "" : ` by at most ${formatDelta(maxAbs)} (${formatCount(maxUlp)} ULP)`;
    return `${source} differs from ${reference} in ${plural(differingElements, "logit")}${reach}`;
  });
  const changed = drifts.some(({ drift }) => drift.labelsMatch === false);
  return `${parts.join("; ")}. ${changed ? "The label changed." : "The label agrees."}`;
}
