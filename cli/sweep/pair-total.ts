import type { Verdict } from "#core/compare.ts";
import { bytesOf } from "#core/bits.ts";
import { addDrift, type Drift, driftsFurther, noDrift, type Tolerance } from "#core/drift.ts";
import type { Precision, Quantity } from "#core/peers/peer.ts";
import { collectStatistics } from "#core/statistics/collect.ts";
import type { OutputStatistics } from "#core/statistics/result.ts";
import type { TensorValue } from "#core/tensor-value.ts";
import { reportedDrift } from "../report/drift.ts";
import { comparePair } from "./compare-pair.ts";
import { WORST_ROWS } from "./limits.ts";
import type { SweptPair, SweptRow } from "./swept-row.ts";

/** GraphQL's PairSummary. */
export interface PairSummary extends Omit<SweptPair, "labelsMatch" | "inCertifiedDomain"> {
  readonly quantity: Quantity | null;
  readonly precision: Precision | null;
  readonly compared: number;
  readonly identical: number;
  readonly labelMismatches: number;
  readonly worstImage: string | null;
  readonly statistics: OutputStatistics | null;
}

interface Worst {
  readonly row: SweptRow;
  readonly drift: Drift;
}

const BY_WEIGHT: readonly Verdict[] = ["IDENTICAL", "WITHIN_TOLERANCE", "DRIFT", "INCOMPLETE"];

/** One pair over all pictures, added up one by one: memory does not grow with their number. */
export class PairTotal {
  readonly #names: { readonly reference: string; readonly other: string };
  readonly #tolerance: Tolerance | null;
  readonly #statistics;
  readonly #sum = noDrift();
  #verdict = 0;
  #rows = 0;
  #compared = 0;
  #identical = 0;
  #labelMismatches = 0;
  #comparison: { readonly quantity: Quantity; readonly precision: Precision } | null = null;
  readonly #worst: Worst[] = [];

  constructor(
    names: { readonly reference: string; readonly other: string },
    { tolerance, classes }: { readonly tolerance: Tolerance | null; readonly classes: number },
  ) {
    this.#names = names;
    this.#tolerance = tolerance;
    this.#statistics = collectStatistics({ classes });
  }

  add(row: SweptRow): void {
    const pair = row.pairs.find(({ other }) => other === this.#names.other);
    this.#rows++;
    const certified = pair?.inCertifiedDomain === true;
    const { shown, measured } = comparePair(row.outputs, this.#names, certified ? null : this.#tolerance);
    this.#verdict = Math.max(this.#verdict, BY_WEIGHT.indexOf(shown.verdict));
    if (measured === null) return;
    const { drift, quantity, precision, logits } = measured;
    this.#compared++;
    if (shown.verdict === "IDENTICAL") this.#identical++;
    if (shown.labelsMatch === false) this.#labelMismatches++;
    // What is said of all holds for the least of them: text, where some came as text.
    if (this.#comparison?.precision !== "DECIMAL") this.#comparison = { quantity, precision };
    addDrift(this.#sum, drift);
    this.#keepIfWorst({ row, drift });
    if (logits) this.#statistics.add(row.id, asTensor(logits.reference), asTensor(logits.other));
  }

  /** The rows that drift furthest, the worst first; none where no bit differs. */
  worst(): readonly SweptRow[] {
    return this.#worst.map(({ row }) => row);
  }

  result(): PairSummary {
    const shown = reportedDrift(this.#sum);
    return {
      ...this.#names,
      ...shown,
      verdict: this.#rows === 0 ? "INCOMPLETE" : BY_WEIGHT[this.#verdict]!,
      quantity: this.#comparison?.quantity ?? null,
      precision: this.#comparison?.precision ?? null,
      compared: this.#compared,
      identical: this.#identical,
      labelMismatches: this.#labelMismatches,
      maxUlp: this.#comparison?.precision === "BITS" ? shown.maxUlp : null,
      worstImage: this.#worst[0]?.row.id ?? null,
      statistics: this.#statistics.result(),
    };
  }

  /** Of equal ones the first stays in front, whenever each of them was answered. */
  #keepIfWorst(found: Worst): void {
    if (found.drift.differing === 0) return;
    const place = this.#worst.findIndex((kept) => isWorse(found, kept));
    if (place === -1 && this.#worst.length >= WORST_ROWS) return;
    this.#worst.splice(place === -1 ? this.#worst.length : place, 0, found);
    this.#worst.length = Math.min(this.#worst.length, WORST_ROWS);
  }
}

function isWorse(left: Worst, right: Worst): boolean {
  if (driftsFurther(left.drift, right.drift)) return true;
  return !driftsFurther(right.drift, left.drift) && left.row.index < right.row.index;
}

function asTensor(logits: Float32Array): TensorValue {
  return { type: "float32", dims: [logits.length], bytes: bytesOf(logits) };
}
