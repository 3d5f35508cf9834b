import type { CheckedRow } from "./checked-row.ts";
import { FAILED_ROWS, KEPT_VIOLATIONS } from "./limits.ts";
import { PairTotal } from "./pair-total.ts";
import type { Subject } from "./subject.ts";
import { isError, type SweptRow, type SweptViolation } from "./swept-row.ts";

/** How often a source's label equals the data set's. */
export interface SourceAccuracy {
  readonly source: string;
  /** Images with an expected class that the source answered. */
  readonly labelled: number;
  readonly correct: number;
  /** 0 to 1; null where there are none. */
  readonly accuracy: number | null;
}

export interface KeptViolation extends SweptViolation {
  readonly image: string;
}

/** A sweep's totals, added up row by row. */
export class SweepTotals {
  readonly pairs: readonly PairTotal[];
  readonly #accuracies: Map<string, { labelled: number; correct: number }>;
  readonly #answered = new Set<string>();
  readonly #done: Uint8Array;
  readonly #failed: SweptRow[] = [];
  readonly #violations: KeptViolation[] = [];
  #count = 0;
  #failures = 0;
  #broken = 0;

  constructor({ reference, backends, peers, model }: Subject, images: number) {
    const sources = [...backends, ...peers];
    const others = sources.filter((source) => source !== reference);
    this.pairs = others.map((other) => new PairTotal({ reference, other }, model.labels.length));
    this.#accuracies = new Map(sources.map((source) => [source, { labelled: 0, correct: 0 }]));
    this.#done = new Uint8Array(images);
  }

  add({ row, measured }: CheckedRow): void {
    if (this.isDone(row.index)) return;
    this.#done[row.index] = 1;
    this.#count++;
    this.pairs.forEach((pair, place) => pair.add(row, measured[place] ?? null));
    this.#addAccuracy(row);
    for (const [source, output] of Object.entries(row.outputs)) if (!isError(output)) this.#answered.add(source);
    if (Object.values(row.outputs).some(isError)) {
      this.#failures++;
      if (this.#failed.length < FAILED_ROWS) this.#failed.push(row);
    }
    for (const violation of row.certificateViolations ?? []) {
      this.#broken++;
      if (this.#violations.length < KEPT_VIOLATIONS) this.#violations.push({ ...violation, image: row.id });
    }
  }

  isDone(index: number): boolean {
    return this.#done[index] === 1;
  }

  /** Whether a source answered for some image. */
  hasAnswered(source: string): boolean {
    return this.#answered.has(source);
  }

  /** Images done. */
  get count(): number {
    return this.#count;
  }

  /** Images that some source did not answer, and the first of them. */
  get failures(): { readonly count: number; readonly rows: readonly SweptRow[] } {
    return { count: this.#failures, rows: this.#failed };
  }

  /** Broken certificates, and the first of them with their bits. */
  get violations(): { readonly count: number; readonly kept: readonly KeptViolation[] } {
    return { count: this.#broken, kept: this.#violations };
  }

  /** Empty where the data set says no classes. */
  accuracies(): readonly SourceAccuracy[] {
    const all = [...this.#accuracies].map(([source, { labelled, correct }]) => {
      return { source, labelled, correct, accuracy: labelled > 0 ? correct / labelled : null };
    });
    return all.some(({ labelled }) => labelled > 0) ? all : [];
  }

  #addAccuracy({ expected, outputs }: SweptRow): void {
    if (expected === null) return;
    for (const [source, tally] of this.#accuracies) {
      const output = outputs[source];
      if (output === undefined || isError(output)) continue;
      tally.labelled++;
      if (output.classIndex === expected) tally.correct++;
    }
  }
}
