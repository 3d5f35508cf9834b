import { IsobitError } from "#core/errors.ts";
import { partSource } from "#core/trace/cut.ts";
import { feedsFor } from "#core/trace/match.ts";
import { trace, type TraceSubject } from "#core/trace/trace.ts";
import type { InputRow, InputSet } from "../inputs/input-set.ts";
import type { ReportedTrace } from "../report/run-report.ts";
import { type AnsweringSource, batchOf, largestBatch } from "./answers.ts";
import { batchedEvaluatorOf } from "./batched-evaluator.ts";
import type { ComparedModel } from "./compared-model.ts";
import { evaluatorOf, placedEvaluatorOf } from "./evaluator.ts";
import { TRACE_TIME_MS } from "./limits.ts";
import type { PairTally } from "./pair-tally.ts";
import { type SavedOutputs, traceSaved } from "./saved-outputs.ts";
import { EXPECTED, type SourcePair } from "./sources.ts";

/** "auto": if two models or two backends differ. */
export type TraceChoice = "auto" | "all" | "none";

export interface TraceOutcome {
  readonly traces: readonly ReportedTrace[];
  /** Drifting pairs that were not traced, each with the reason. */
  readonly notes: readonly string[];
}

/**
 * Finds where drift begins, on the worst input of each pair that differs in any bit (a tolerance hides nothing here), and
 * between two models in any case.
 */
export async function traceWorst(
  tallies: readonly PairTally[],
  sources: ReadonlyMap<string, AnsweringSource>,
  models: readonly ComparedModel[],
  inputs: InputSet,
  choice: TraceChoice,
  say: (what: string) => void,
): Promise<TraceOutcome> {
  const traces: ReportedTrace[] = [];
  const notes: string[] = [];
  const chunk = largestBatch([...sources.values()]);
  const parts = models.map(({ executed }) => partSource(executed));
  for (const { pair, worst, first } of tallies) {
    const [reference, other] = [sources.get(pair.reference), sources.get(pair.other)];
    // Two models may give equal outputs and still have other weights, or differ inside.
    const row = worst ?? (isOtherModel(reference, other) ? first : null);
    if (row === null || row.feeds instanceof IsobitError) continue;
    const saved = savedOutputs(pair, row);
    if (!(saved === null ? isTraced(reference, other, choice) : choice !== "none")) continue;
    // Inputs with different preprocessing differ from the start; a note about the inputs says so.
    if (row.secondFeeds !== undefined && isOtherModel(reference, other)) continue;
    const names = `${pair.reference} against ${pair.other}`;
    const [left, right] = await Promise.all(
      [reference, other].map(async (each) => inBatch(subjectOf(each, parts), each, row, { inputs, models, chunk })),
    );
    const computed = left ?? right;
    if (computed == null || (saved === null && (left == null || right == null))) continue;
    say(`tracing ${names} on ${row.id}`);
    try {
      const until = performance.now() + TRACE_TIME_MS;
      const jurors = jurorsFor([reference, other], [...sources.values()], parts);
      const options = { outOfTime: () => performance.now() > until, jurors };
      const feeds = feedsFor(computed.model, models[0]?.onnx ?? computed.model, row.feeds);
      const result = saved
        ? await traceSaved(computed, saved, feeds, options)
        : await trace(left!, right!, feeds, options);
      if (result !== null) traces.push({ ...result, input: row.id });
      else if (choice === "all") notes.push(`${names} is not traced: saved outputs hold no intermediate values.`);
    } catch (error) {
      if (!(error instanceof IsobitError)) throw error;
      notes.push(`${names} could not be traced: ${error.message}`);
    }
  }
  return { traces, notes };
}

/** Null for a pair of two sources that run. */
function savedOutputs({ reference, other }: SourcePair, { expectedOutputs }: InputRow): SavedOutputs | null {
  if (expectedOutputs === null || (reference !== EXPECTED && other !== EXPECTED)) return null;
  return { outputs: expectedOutputs, role: reference === EXPECTED ? "reference" : "other" };
}

function isTraced(
  reference: AnsweringSource | undefined,
  other: AnsweringSource | undefined,
  choice: TraceChoice,
): boolean {
  if (choice !== "auto") return choice === "all";
  if (reference === undefined || other === undefined) return false;
  const [left, right] = [reference.source, other.source];
  return left.backend !== right.backend || left.version !== right.version || isOtherModel(reference, other);
}

function isOtherModel(reference: AnsweringSource | undefined, other: AnsweringSource | undefined): boolean {
  return reference !== undefined && other !== undefined && reference.source.model !== other.source.model;
}

interface BatchMeans {
  readonly inputs: InputSet;
  readonly models: readonly ComparedModel[];
  /** See largestBatch. */
  readonly chunk: number;
}

/** A source that runs several inputs at once answers for this one among those that it ran it with. */
async function inBatch(
  subject: TraceSubject | null,
  answering: AnsweringSource | undefined,
  { id }: InputRow,
  { inputs, models, chunk }: BatchMeans,
): Promise<TraceSubject | null> {
  const size = answering?.source.batch ?? 1;
  if (subject === null || answering === undefined || size === 1) return subject;
  const group = await batchOf(id, answering.source, inputs, models, chunk);
  return group === null ? null : { ...subject, evaluator: batchedEvaluatorOf(subject.evaluator, group) };
}

/** The reference's model on backends other than the two that are traced, one source for each. */
function jurorsFor(
  [reference, other]: readonly (AnsweringSource | undefined)[],
  sources: readonly AnsweringSource[],
  parts: readonly ReturnType<typeof partSource>[],
): readonly TraceSubject[] {
  const model = reference?.source.model;
  const taken = new Set([reference?.source.backend, other?.source.backend]);
  return sources.flatMap((answering) => {
    const { source } = answering;
    if (source.model !== model || source.batch > 1 || taken.has(source.backend)) return [];
    const subject = subjectOf(answering, parts);
    if (subject === null) return [];
    taken.add(source.backend);
    return [subject];
  });
}

/** Null for a source without nodes. */
function subjectOf(
  answering: AnsweringSource | undefined,
  parts: readonly ReturnType<typeof partSource>[],
): TraceSubject | null {
  if (answering === undefined || answering.runner instanceof IsobitError) return null;
  const { source, runner, placed } = answering;
  const part = parts[source.model];
  if (part === undefined) return null;
  return {
    model: part.model,
    evaluator: placed ? placedEvaluatorOf(source, runner, placed) : evaluatorOf(source, runner, part),
    runsOn: source.backend,
    optimizationLevel: source.level,
  };
}
