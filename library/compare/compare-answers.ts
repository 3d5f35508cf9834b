import { IsobitError, isErrorCode } from "#core/errors.ts";
import type { NamedTensors } from "#core/tensors/tensor-value.ts";
import type { Answer } from "./answers.ts";
import { matchOutputs, PairTally } from "./pair-tally.ts";
import { valueOf } from "../report/tensor.ts";
import type { InputRow } from "../inputs/input-set.ts";
import type { ReportedAnswer, ReportedPair, ReportedRow, ReportedSettings } from "../report/run-report.ts";

/** One input's answers of the two sources of a pair; null where that source has none. */
export interface AnsweredInput {
  readonly input: string;
  readonly reference: ReportedAnswer | null;
  readonly other: ReportedAnswer | null;
}

export interface ComparedPair {
  readonly pair: ReportedPair;
  /** One per input, in order. */
  readonly rows: ReportedRow["pairs"];
}

/**
 * Compares what two sources answered, from the bits that reports hold, as `compare` does with what runs.
 * @param options.labels null for a model that is not a classifier
 * @throws RangeError where an answer's bits are not in the report, or are not as long as its type and dims say
 */
export function compareAnswers(
  pair: { readonly reference: string; readonly other: string },
  inputs: readonly AnsweredInput[],
  { settings, labels }: { readonly settings: ReportedSettings; readonly labels: readonly string[] | null },
): ComparedPair {
  const names = inputs.flatMap(({ reference }) => reference?.tensors.map(({ name }) => name) ?? []);
  const outputs = matchOutputs([...new Set(names)], names);
  const tally = new PairTally({ pair, settings, classes: labels?.length ?? null, outputs, partial: false });
  const rows = inputs.map(({ input, reference, other }) =>
    tally.add(rowOf(input), answerOf(reference), answerOf(other), false),
  );
  return { pair: tally.result(), rows };
}

/** Reports do not contain the input tensors; only the input's name is needed here. */
function rowOf(id: string): InputRow {
  return { id, feeds: new Map(), expected: null, expectedOutputs: null };
}

function answerOf(answer: ReportedAnswer | null): Answer | undefined {
  if (answer === null) return undefined;
  const { error, latencyMs, tensors } = answer;
  if (error) {
    const code = isErrorCode(error.code) ? error.code : "BACKEND_FAILED";
    return { ok: false, error: new IsobitError(code, error.message) };
  }
  const outputs: NamedTensors = new Map(tensors.map((tensor) => [tensor.name, valueOf(tensor)]));
  return { ok: true, outputs, latencyMs };
}
