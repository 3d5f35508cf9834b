import { ModelRejected, quoted } from "#core/onnx/rejected.ts";
import { IsobitError } from "#core/errors.ts";
import type { InputSet } from "../inputs/input-set.ts";
import { isTestData } from "../inputs/onnx-data-set.ts";
import { showProgress } from "#cli/progress.ts";
import { weightiest } from "#core/verdicts/verdict.ts";
import { outcomeOf } from "../report/outcome.ts";
import { ownVersion } from "../report/own-version.ts";
import type { ReportedSettings, RunReport } from "../report/run-report.ts";
import { type ComparedModel, readComparedModel } from "./compared-model.ts";
import { openInputsOf } from "./open-inputs.ts";
import { endRunners, startRunners } from "./open-sources.ts";
import { type CompareOptions, preprocessVariables, sweepsOf, toleranceOf } from "#cli/compare/options.ts";
import { matchOutputs } from "./pair-tally.ts";
import { prepareSources, wantedBackends } from "./prepare-sources.ts";
import { environmentOf, runComparison } from "./run.ts";
import { traceWorst, type TraceChoice } from "./traces.ts";
import { withImages } from "./worst-images.ts";

export interface ComparisonOutcome {
  readonly report: RunReport;
  /** What was assumed, left out or found on the way, in sentences. */
  readonly notes: readonly string[];
}

/**
 * The whole of `isobit compare`: read the models, start the runners, open the inputs, plan what runs, run it, trace what
 * drifts, report.
 * @param names paths of one or two .onnx files, or ids of shipped models
 * @param stop ends the runners, and with them the comparison
 * @throws IsobitError
 */
export async function compareModels(
  names: readonly string[],
  options: CompareOptions,
  stop: AbortSignal,
): Promise<ComparisonOutcome> {
  const startedAt = new Date().toISOString();
  const started = performance.now();
  const models = await readModels(names, options);
  const wanted = wantedBackends(options, models.length);
  const runners = await startRunners(wanted);
  const end = (): void => void endRunners(runners);
  stop.addEventListener("abort", end);
  let inputs: InputSet | undefined;
  try {
    refuseStopped(stop);
    inputs = await openInputsOf({ ...options, ...(options.dim && { dims: options.dim }) }, models);
    const { plan, sources, tried } = await prepareSources(names, options, { models, runners, wanted, inputs });
    const settings = { tolerance: toleranceOf(options), outputTolerances: outputTolerances(options, models) };
    const progress = showProgress(inputs.count);
    const run = await runComparison(inputs, plan, sources, models, {
      settings,
      keepBits: options.save !== undefined || options.against !== undefined,
      progress: (done) => {
        refuseStopped(stop);
        progress.at(done, "inputs");
      },
    }).finally(() => progress.stop());
    const bySource = new Map(sources.map((each) => [each.source.name, each]));
    // Against a golden, today's sources are not compared with each other.
    const choice = options.against !== undefined && options.trace !== true ? "none" : traceChoice(options);
    const traced = await traceWorst(run.tallies, bySource, models, choice, sayOnTerminal);
    sayOnTerminal("");
    refuseStopped(stop);
    const pairs = run.tallies.map((tally) => tally.result());
    const verdict = weightiest(pairs.map((pair) => pair.verdict));
    const found = { verdict, certificateViolations: run.violations, traces: traced.traces };
    const report: RunReport = {
      version: 1,
      kind: "compare",
      isobit: ownVersion(),
      startedAt,
      elapsedMs: performance.now() - started,
      outcome: outcomeOf(found),
      ...found,
      models: models.map(({ id, sha256, executedSha256, classifier }) => ({
        id,
        sha256,
        executedSha256,
        labels: classifier?.labels ?? null,
      })),
      settings: { ...settings, options: reportedOptions(options, inputs) },
      environment: [...environmentOf(sources, runners, inputs.hasExpectedOutputs), ...tried],
      reference: plan.reference,
      total: inputs.count,
      pairs,
      rows: withImages(run.rows, run.tallies, models[0]!.classifier),
    };
    const notes = [
      ...models.flatMap((model) => model.notes),
      ...inputs.notes,
      ...plan.notes,
      ...unmatchedOutputs(models),
      ...traced.notes,
    ];
    return { report, notes: [...new Set(notes)] };
  } catch (error) {
    // Whatever failed because the runners were ended is not told as a failure of theirs.
    refuseStopped(stop);
    throw error;
  } finally {
    stop.removeEventListener("abort", end);
    await Promise.all([inputs?.close(), endRunners(runners)]);
  }
}

function refuseStopped(stop: AbortSignal): void {
  if (stop.aborted) throw new IsobitError("ABORTED", "Stopped before there was an answer.");
}

async function readModels(names: readonly string[], options: CompareOptions): Promise<readonly ComparedModel[]> {
  // What ONNX's test data expects is the whole model's answer, so nothing is cut off.
  const data = await Promise.all((options.inputs ?? []).map(isTestData));
  const asIs = options.asIs === true || data.includes(true);
  try {
    const preprocess = preprocessVariables(options);
    const models: ComparedModel[] = [];
    for (const name of names) models.push(await readComparedModel(name, { asIs, preprocess }));
    return models;
  } catch (error) {
    if (error instanceof ModelRejected) throw new IsobitError("INCOMPLETE", error.message, { cause: error });
    throw error;
  }
}

/** @throws IsobitError for a tolerance of an output that the model does not have */
function outputTolerances(
  { tolerance = {} }: CompareOptions,
  [model]: readonly ComparedModel[],
): ReportedSettings["outputTolerances"] {
  const outputs = model?.onnx.graph.outputs.map(({ name }) => name) ?? [];
  const unknown = Object.keys(tolerance).find((name) => !outputs.includes(name));
  if (unknown === undefined) return tolerance;
  throw new IsobitError(
    "BAD_OPTION",
    `--tolerance names the output ${quoted(unknown)}, which the model does not have. Its outputs: ${outputs.join(", ")}.`,
  );
}

/** What keeps a comparison of two models from being whole. */
function unmatchedOutputs([first, second]: readonly ComparedModel[]): readonly string[] {
  if (first === undefined || second === undefined) return [];
  const [names, others] = [first, second].map(({ onnx }) => onnx.graph.outputs.map(({ name }) => name)) as [
    string[],
    string[],
  ];
  const alone = matchOutputs(names, others).filter(({ other }) => !others.includes(other));
  return alone.map(
    ({ reference }) => `The output ${quoted(reference)} of ${first.id} has no counterpart in ${second.id}.`,
  );
}

function traceChoice({ trace }: CompareOptions): TraceChoice {
  return trace === undefined ? "auto" : trace ? "all" : "none";
}

function reportedOptions(options: CompareOptions, inputs: InputSet): ReportedSettings["options"] {
  const { levels, threads, batch, repeats, sessions, product } = sweepsOf(options);
  return {
    inputs: inputs.description,
    ...(options.backends && { backends: options.backends }),
    ...(levels && { levels }),
    ...(threads && { threads }),
    ...(batch && { batch }),
    ...(repeats && { repeats }),
    ...(sessions && { sessions }),
    ...(product && { product }),
    ...(options.seed !== undefined && { seed: options.seed }),
    ...(options.dim && { dim: Object.entries(options.dim).map(([name, size]) => `${name}=${size}`) }),
    ...(options.range && { range: options.range }),
    ...(options.limit !== undefined && { limit: options.limit }),
    trace: traceChoice(options),
  };
}

/** One line that rewrites itself, on a terminal alone. */
function sayOnTerminal(sentence: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${sentence}`);
}
