import { bytesOf } from "#core/tensors/bits.ts";
import type { BackendId } from "#core/backends.ts";
import type { PairTotal as Total } from "#core/verdicts/verdict.ts";
import { isWorse, type PlacedDrift, RunningPair } from "#core/verdicts/pair-total.ts";
import type { SoftmaxPart } from "#core/verdicts/softmax-rounding.ts";
import { collectStatistics } from "#core/statistics/collect.ts";
import type { OutputStatistics } from "#core/statistics/result.ts";
import type { TensorValue } from "#core/tensors/tensor-value.ts";
import type { MeasuredPair } from "./checked-row.ts";
import { WORST_ROWS } from "./limits.ts";
import type { SweptRow } from "./swept-row.ts";

/** GraphQL's PairSummary, without its part of a peer's softmax. */
export interface PairSummary extends Omit<Total, "softmax"> {
  readonly statistics: OutputStatistics | null;
}

interface WorstRow extends PlacedDrift {
  readonly row: SweptRow;
}

/** One pair over all images: core's running total, and the rows that the report shows. */
export class PairTotal {
  readonly #running: RunningPair;
  readonly #statistics;
  readonly #worst: WorstRow[] = [];

  constructor({ reference, other }: { readonly reference: BackendId; readonly other: string }, classes: number) {
    this.#running = new RunningPair(reference, other);
    this.#statistics = collectStatistics({ classes });
  }

  add(row: SweptRow, measured: MeasuredPair | null): void {
    this.#running.add(row.id, row.index, measured);
    if (measured === null) return;
    const { drift, logits } = measured;
    if (drift.differing > 0) this.#keepIfWorst({ row, place: row.index, drift });
    if (logits) this.#statistics.add(row.id, asTensor(logits.reference), asTensor(logits.other));
  }

  /** The rows that drift furthest, the worst first; none where no bit differs. */
  worst(): readonly SweptRow[] {
    return this.#worst.map(({ row }) => row);
  }

  result(): PairSummary {
    const { softmax: _part, ...total } = this.#running.total();
    return { ...total, statistics: this.#statistics.result() };
  }

  softmax(): SoftmaxPart | null {
    return this.#running.total().softmax ?? null;
  }

  #keepIfWorst(found: WorstRow): void {
    const place = this.#worst.findIndex((kept) => isWorse(found, kept));
    if (place === -1 && this.#worst.length >= WORST_ROWS) return;
    this.#worst.splice(place === -1 ? this.#worst.length : place, 0, found);
    this.#worst.length = Math.min(this.#worst.length, WORST_ROWS);
  }
}

function asTensor(logits: Float32Array): TensorValue {
  return { type: "float32", dims: [logits.length], bytes: bytesOf(logits) };
}
