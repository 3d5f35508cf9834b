import type { BackendId } from "../backends.ts";
import type { Compared, PairTotal } from "./verdict.ts";
import { addDrift, type Drift, driftsFurther, noDrift } from "./drift.ts";
import { type Measured, metricsOf, NOTHING_COMPARED, ulpOf, verdictOf } from "./logit-drift.ts";
import type { SoftmaxPart } from "./softmax-rounding.ts";

export interface PlacedDrift {
  readonly place: number;
  readonly drift: Drift;
}

/** One pair over many inputs, added up in constant memory. */
export class RunningPair {
  readonly reference: BackendId;
  readonly other: string;
  readonly #sum = noDrift();
  #rows = 0;
  #compared = 0;
  #identical = 0;
  #labelMismatches = 0;
  #least: Compared = NOTHING_COMPARED;
  #softmax: SoftmaxPart | null = null;
  #worst: (PlacedDrift & { readonly image: string }) | null = null;

  constructor(reference: BackendId, other: string) {
    this.reference = reference;
    this.other = other;
  }

  /** @param measured null: an answer is missing, which makes the total INCOMPLETE */
  add(image: string, place: number, measured: Measured | null): void {
    this.#rows++;
    if (measured === null) return;
    const { drift, shown } = measured;
    this.#compared++;
    if (shown.verdict === "IDENTICAL") this.#identical++;
    if (shown.labelsMatch === false) this.#labelMismatches++;
    // A peer may answer some inputs in bits and others as text; the total then counts as text.
    if (this.#least.precision === null || (this.#least.precision === "BITS" && shown.precision === "DECIMAL"))
      this.#least = { quantity: shown.quantity, precision: shown.precision };
    if (shown.softmax) this.#softmax = addSoftmax(this.#softmax, shown.softmax);
    addDrift(this.#sum, drift);
    const found = { image, place, drift };
    if (drift.differing > 0 && (this.#worst === null || isWorse(found, this.#worst))) this.#worst = found;
  }

  /** Over everything added so far; INCOMPLETE if that is nothing. */
  total(): PairTotal {
    const whole = this.#compared === this.#rows && this.#rows > 0;
    return {
      ...this.#least,
      reference: this.reference,
      other: this.other,
      verdict: whole ? verdictOf(this.#sum, this.#least) : "INCOMPLETE",
      compared: this.#compared,
      identical: this.#identical,
      labelMismatches: this.#labelMismatches,
      ...metricsOf(this.#sum),
      maxUlp: ulpOf(this.#sum, this.#least),
      worstImage: this.#worst?.image ?? null,
      ...(this.#softmax && { softmax: this.#softmax }),
    };
  }
}

function addSoftmax(total: SoftmaxPart | null, row: SoftmaxPart): SoftmaxPart {
  if (total === null) return row;
  return { bound: Math.max(total.bound, row.bound), explained: total.explained + row.explained };
}

/** Ties go to the first input, independent of the order of answers. */
export function isWorse(left: PlacedDrift, right: PlacedDrift): boolean {
  if (driftsFurther(left.drift, right.drift)) return true;
  return !driftsFurther(right.drift, left.drift) && left.place < right.place;
}
