import { formatCount, formatDelta, plural } from "../format.ts";
import type { SketchComparison } from "./compare.ts";

const LIST = new Intl.ListFormat("en", { type: "conjunction" });

/** A sketch's verdict as a sentence that a newcomer can repeat. */
export function sketchSentence(comparison: SketchComparison): string {
  const { rows, verdict } = comparison;
  const answered = rows.filter(({ row }) => row.ok).map(({ row }) => row.source);
  const missing = rows.filter(({ row }) => !row.ok).map(({ row }) => row.source);
  if (verdict === "INCOMPLETE") {
    if (missing.length > 0) return `Nothing is claimed: ${LIST.format(missing)} gave no answer.`;
    return "Only one backend answered, and one alone has nothing to agree with.";
  }
  if (verdict === "IDENTICAL") {
    return `${LIST.format(answered)} gave the same bits: all ${plural(logitsIn(comparison), "logit")} are equal.`;
  }
  return driftSentence(comparison);
}

function driftSentence({ rows, reference }: SketchComparison): string {
  const drifts = rows.flatMap(({ row, drift }) =>
    drift && drift.verdict !== "IDENTICAL" ? [{ source: row.source, drift }] : [],
  );
  const parts = drifts.map(({ source, drift }) => {
    const reach =
      drift.maxAbs === null || drift.maxUlp === null
        ? ""
        : ` by at most ${formatDelta(drift.maxAbs)} (${formatCount(drift.maxUlp)} ULP)`;
    return `${source} differs from ${reference} in ${plural(drift.differingElements, "logit")}${reach}`;
  });
  const changed = drifts.filter(({ drift }) => drift.labelsMatch === false).length;
  return `${parts.join("; ")}. ${changed === 0 ? "The label still agrees." : "The label changed."}`;
}

function logitsIn({ rows }: SketchComparison): number {
  const [row] = rows.flatMap((each) => (each.row.ok ? [each.row] : []));
  return row?.logits.length ?? 0;
}
