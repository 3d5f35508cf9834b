import { addDrift, driftsFurther, noDrift, type Drift, type Tolerance } from "#core/verdicts/drift.ts";
import { argmax } from "#core/tensors/softmax.ts";
import { collectStatistics, type StatisticsCollector } from "#core/statistics/collect.ts";
import { isAlike } from "#core/tensors/read-elements.ts";
import { counterpartNames } from "#core/trace/match.ts";
import { measureTensorDrift } from "#core/verdicts/tensor-drift.ts";
import { float32Of, type NamedTensors, type TensorValue } from "#core/tensors/tensor-value.ts";
import { INCOMPLETE_DRIFT, reportedDrift } from "../report/drift.ts";
import type { ReportedPair, ReportedRow, ReportedSettings } from "../report/run-report.ts";
import type { InputRow } from "../inputs/input-set.ts";
import type { Answer } from "./answers.ts";
import type { SourcePair } from "./sources.ts";

export interface TallyOptions {
  readonly pair: SourcePair;
  readonly settings: Pick<ReportedSettings, "tolerance" | "outputTolerances">;
  /** Of a classifier; null for other models. */
  readonly classes: number | null;
  /** The reference's outputs in order, each with the name that the other source has for it. */
  readonly outputs: readonly OutputPair[];
  /** Only the outputs that the other source gives are compared: a data set may hold only some of them. */
  readonly partial: boolean;
}

export interface OutputPair {
  readonly reference: string;
  readonly other: string;
}

interface OutputTally {
  readonly drift: Drift;
  readonly statistics: StatisticsCollector;
}

/** The differences between two sources over all inputs, added up one by one: memory does not grow with their number. */
export class PairTally {
  readonly pair: SourcePair;
  readonly #options: TallyOptions;
  readonly #outputs = new Map<string, OutputTally>();
  readonly #total = noDrift();
  #rows = 0;
  #compared = 0;
  #identical = 0;
  #labelMismatches = 0;
  #worst: { readonly row: InputRow; readonly drift: Drift } | null = null;
  #first: InputRow | null = null;

  constructor(options: TallyOptions) {
    this.pair = options.pair;
    this.#options = options;
  }

  /** The input that drifts furthest, with its tensors; null where no bit differs. */
  get worst(): InputRow | null {
    return this.#worst?.row ?? null;
  }

  /** The first input that both answered; null where there is none. */
  get first(): InputRow | null {
    return this.#first;
  }

  /** @param proved bits are proved to be equal here: no tolerance lets a difference pass */
  add(
    row: InputRow,
    reference: Answer | undefined,
    other: Answer | undefined,
    proved: boolean,
  ): ReportedRow["pairs"][number] {
    this.#rows++;
    const missing = { ...this.pair, ...INCOMPLETE_DRIFT, labelsMatch: null };
    if (!reference?.ok || !other?.ok) return missing;
    const matched = this.#match(reference.outputs, other.outputs);
    if (matched === null) return missing;
    const drift = noDrift();
    for (const { name, left, right } of matched) addDrift(drift, this.#addOutput(row.id, name, left, right, proved));
    const labelsMatch = this.#compareLabels(matched);
    this.#first ??= row;
    this.#compared++;
    if (drift.differing === 0) this.#identical++;
    if (labelsMatch === false) this.#labelMismatches++;
    if (drift.differing > 0 && (this.#worst === null || driftsFurther(drift, this.#worst.drift)))
      this.#worst = { row, drift };
    addDrift(this.#total, drift);
    const shown = reportedDrift(drift);
    return { ...this.pair, ...shown, maxUlp: drift.nonFinite > 0 ? null : shown.maxUlp, labelsMatch };
  }

  result(): ReportedPair {
    const shown = reportedDrift(this.#total);
    return {
      ...this.pair,
      ...shown,
      verdict: this.#compared < this.#rows || this.#compared === 0 ? "INCOMPLETE" : shown.verdict,
      compared: this.#compared,
      identical: this.#identical,
      labelMismatches: this.#options.classes === null ? null : this.#labelMismatches,
      worstInput: this.#worst?.row.id ?? null,
      outputs: [...this.#outputs].map(([output, { drift, statistics }]) => ({
        output,
        ...reportedDrift(drift),
        statistics: statistics.result(),
      })),
    };
  }

  /** Null where an output of one side is missing on the other, which is never a match. */
  #match(left: NamedTensors, right: NamedTensors): readonly MatchedOutput[] | null {
    const matched = this.#options.outputs.flatMap(({ reference, other }): (MatchedOutput | null)[] => {
      const tensors = { left: left.get(reference), right: right.get(other) };
      if (tensors.left && tensors.right) return [{ name: reference, left: tensors.left, right: tensors.right }];
      return this.#options.partial ? [] : [null];
    });
    const whole = matched.filter((each) => each !== null);
    return whole.length === matched.length && whole.length > 0 ? whole : null;
  }

  #addOutput(input: string, name: string, left: TensorValue, right: TensorValue, proved: boolean): Drift {
    const { settings, classes } = this.#options;
    const tally = this.#outputs.get(name) ?? { drift: noDrift(), statistics: collectStatistics({ classes }) };
    this.#outputs.set(name, tally);
    const tolerance: Tolerance | null = proved ? null : (settings.outputTolerances[name] ?? settings.tolerance);
    const drift = measureTensorDrift(left, right, tolerance);
    addDrift(tally.drift, drift);
    if (isAlike(left, right)) tally.statistics.add(input, left, right);
    return drift;
  }

  #compareLabels([first]: readonly MatchedOutput[]): boolean | null {
    const { classes } = this.#options;
    if (classes === null || first?.left.type !== "float32" || first.right.type !== "float32") return null;
    // Where the graph insists on a batch, the input is its first row.
    const [left, right] = [first.left, first.right].map((tensor) => argmax(float32Of(tensor).subarray(0, classes)));
    return left === right;
  }
}

interface MatchedOutput {
  readonly name: string;
  readonly left: TensorValue;
  readonly right: TensorValue;
}

/** The reference's outputs with their names in the other model; one without a counterpart keeps its own name. */
export function matchOutputs(reference: readonly string[], other: readonly string[]): readonly OutputPair[] {
  const names = counterpartNames(reference, other);
  return reference.map((name, place) => ({ reference: name, other: names[place] ?? name }));
}
