import type { BackendId } from "../backends.ts";
import type { PairTotal } from "../verdicts/verdict.ts";
import type { Tolerance } from "../verdicts/drift.ts";
import { type Measured, measureAnswer, measureLogits } from "../verdicts/logit-drift.ts";
import { RunningPair } from "../verdicts/pair-total.ts";
import type { OutputAnswer, RowAnswer } from "../respond.ts";
import { collectStatistics } from "../statistics/collect.ts";
import { addRow } from "./of-pair.ts";
import type { OutputStatistics } from "../statistics/result.ts";
import type { Plan } from "../validate.ts";

/** One pair of a sweep: its total and statistics, row by row, in constant memory. */
export class SweepPair {
  readonly #running: RunningPair;
  readonly #statistics;
  readonly #tolerance: Tolerance | null;
  readonly #reference: BackendId;
  readonly #other: string;

  constructor({ reference, tolerance, model }: Plan, other: string) {
    this.#reference = reference;
    this.#other = other;
    this.#tolerance = tolerance;
    this.#running = new RunningPair(reference, other);
    this.#statistics = collectStatistics({ classes: model.labels.length });
  }

  /** @param place index among all rows */
  add(row: RowAnswer, place: number): void {
    this.#running.add(row.image, place, this.#measure(row));
    addRow(this.#statistics, row, { reference: this.#reference, other: this.#other });
  }

  total(): PairTotal {
    return this.#running.total();
  }

  statistics(): OutputStatistics | null {
    return this.#statistics.result();
  }

  /** Measured again, because a row shows means and roots, which do not add up exactly as sums do. */
  #measure({ outputs, pairs }: RowAnswer): Measured | null {
    const find = (source: string): OutputAnswer | undefined => outputs.find((each) => each.source === source);
    const reference = find(this.#reference)?.prediction?.logits.logits;
    const answered = find(this.#other);
    if (reference === undefined || answered === undefined) return null;
    if (answered.peer) return measureAnswer(reference, answered.peer.given, this.#tolerance);
    if (answered.prediction === null) return null;
    const certified = pairs.find(({ other }) => other === this.#other)?.inCertifiedDomain === true;
    return measureLogits(reference, answered.prediction.logits.logits, certified ? null : this.#tolerance);
  }
}
