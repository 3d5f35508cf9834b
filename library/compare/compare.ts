import { asLibraryError, quoted } from "#core/onnx/rejected.ts";
import { IsobitError } from "#core/errors.ts";
import type { InputSet } from "../inputs/input-set.ts";
import { expectedNames } from "../inputs/expected-outputs.ts";
import { isTestData } from "../inputs/onnx-data-set.ts";
import { weightiest } from "#core/verdicts/verdict.ts";
import { outcomeOf } from "../report/outcome.ts";
import { ownVersion } from "../report/own-version.ts";
import type { ReportedSettings, RunReport } from "../report/run-report.ts";
import { type ComparedModel, readGivenModel } from "./compared-model.ts";
import { openInputsOf } from "./open-inputs.ts";
import { checkOptions } from "./check-options.ts";
import { endRunners, startRunners } from "./open-sources.ts";
import { type CompareOptions, preprocessVariables, sweepsOf } from "./options.ts";
import { matchOutputs } from "./pair-tally.ts";
import { startsOf, withVersions } from "./runner-starts.ts";
import { prepareSources, wantedBackends } from "./prepare-sources.ts";
import { environmentOf, runComparison } from "./run.ts";
import { type TraceChoice, traceWorst } from "./traces.ts";
import { withImages } from "./worst-images.ts";

export interface CompareResult {
  readonly report: RunReport;
  /** What was assumed, left out or found on the way, in sentences. */
  readonly notes: readonly string[];
}

/**
 * Compares any ONNX model across backends, a backend with itself, or two models, bit by bit: reads the models, starts a
 * process per backend, opens the inputs, runs them, traces what differs to its first node, reports.
 * @param models path of an .onnx file, id of a shipped model, or the bytes of a file that holds its own weights; with two,
 *   the second is compared with the first
 * @throws LibraryError BAD_OPTION for options that cannot be used and files that cannot be read; BAD_INPUT for a tensor that
 *   contradicts itself; INCOMPLETE where a model or the inputs are not valid, or do not fit each other; ABORTED by `signal`. A backend that fails is
 *   an error of its own in the report instead, and makes the verdict INCOMPLETE.
 * @example
 * const { report } = await compare("model.onnx", { backends: ["CPU", "WASM"], random: 20, tolerance: { ulp: 4 } });
 * console.log(report.outcome, report.pairs[0]?.maxUlp, report.traces[0]?.firstDrift?.name);
 */
export async function compare(
  models: string | Uint8Array | readonly (string | Uint8Array)[],
  options: CompareOptions = {},
): Promise<CompareResult> {
  const given = Array.isArray(models) ? models : [models];
  if (!given.every((model) => typeof model === "string" || model instanceof Uint8Array))
    throw new IsobitError("BAD_OPTION", "A model is a path, an id or a Uint8Array. Give one, or an array of two.");
  if (given.length === 0 || given.length > 2)
    throw new IsobitError("BAD_OPTION", `Give one model or two, not ${given.length}.`);
  checkOptions(options);
  const stop = options.signal ?? new AbortController().signal;
  const startedAt = new Date().toISOString();
  const started = performance.now();
  refuseStopped(stop);
  const read = await readModels(given, options);
  const wanted = wantedBackends(options, read.length);
  const tell = (sentence: string): void => options.onEvent?.(sentence);
  const asked = await withVersions(options, wanted);
  const runners = await startRunners(await startsOf(wanted, asked.versions, { signal: options.signal, say: tell }));
  const end = (): void => void endRunners(runners);
  stop.addEventListener("abort", end);
  let inputs: InputSet | undefined;
  try {
    refuseStopped(stop);
    inputs = await openInputsOf(options, read);
    const names = given.map((model, index) => (typeof model === "string" ? model : read[index]!.id));
    const { plan, sources, tried } = await prepareSources(names, asked, { models: read, runners, wanted, inputs });
    const settings = { tolerance: options.tolerance ?? null, outputTolerances: outputTolerances(options, read) };
    const total = inputs.count;
    const run = await runComparison(inputs, plan, sources, read, {
      settings,
      keepBits: options.keepBits === true,
      progress: (done) => {
        refuseStopped(stop);
        options.onProgress?.({ done, total });
      },
    });
    const bySource = new Map(sources.map((each) => [each.source.name, each]));
    const traced = await traceWorst(run.tallies, bySource, read, inputs, tracedPairs(options), tell);
    tell("");
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
      models: read.map(({ id, sha256, executedSha256, classifier }) => ({
        id,
        sha256,
        executedSha256,
        labels: classifier?.labels ?? null,
      })),
      settings: { ...settings, options: reportedOptions(asked, inputs) },
      environment: [...environmentOf(sources, runners, inputs.hasExpectedOutputs), ...tried],
      reference: plan.reference,
      total: inputs.count,
      pairs,
      rows: withImages(run.rows, run.tallies, read[0]!.classifier),
    };
    const notes = [
      ...read.flatMap((model) => model.notes),
      ...(inputs.ofImages === true ? read.flatMap(({ preprocessNote }) => preprocessNote ?? []) : []),
      ...inputs.notes,
      ...plan.notes,
      ...unmatchedOutputs(read),
      ...traced.notes,
    ];
    return { report, notes: [...new Set(notes)] };
  } catch (error) {
    // A failure caused by ending the runners is reported as the abort.
    refuseStopped(stop);
    throw error;
  } finally {
    stop.removeEventListener("abort", end);
    await Promise.all([inputs?.close(), endRunners(runners)]);
  }
}

/** A probe asks for the nodes of every setting that changes the bits. */
function tracedPairs({ trace = "auto", stable = false }: CompareOptions): TraceChoice {
  return stable && trace === "auto" ? "all" : trace;
}

function refuseStopped(stop: AbortSignal): void {
  if (stop.aborted) throw new IsobitError("ABORTED", "Stopped before a result was available.");
}

async function readModels(
  given: readonly (string | Uint8Array)[],
  options: CompareOptions,
): Promise<readonly ComparedModel[]> {
  const preprocess = preprocessVariables(options.preprocess);
  const readAll = async (asIs: boolean): Promise<readonly ComparedModel[]> => {
    const models: ComparedModel[] = [];
    for (const model of given) models.push(await readGivenModel(model, { asIs, preprocess }));
    return models;
  };
  try {
    // ONNX's test data expects the complete model's output, so no layer is cut off.
    const data = await Promise.all((options.inputs ?? []).map(isTestData));
    const models = await readAll(options.asIs === true || data.includes(true));
    const expected = await expectedNames(options);
    if (expected === null || models.every(({ classifier }) => classifier === null)) return models;
    const whole = await readAll(true);
    if (!isOfWholeModel(expected, options, outputNames(models[0]), outputNames(whole[0]))) return models;
    return whole.map((model) => ({ ...model, notes: [...model.notes, KEPT_WHOLE] }));
  } catch (error) {
    throw asLibraryError(error);
  }
}

const KEPT_WHOLE =
  "The model runs unchanged, its final Softmax included, because its own outputs are expected. Its inputs are fed as tensors.";

/** Whether what is expected was saved from the file as it is, rather than from the logits that a classifier runs up to. */
function isOfWholeModel(
  expected: readonly string[],
  options: CompareOptions,
  logits: readonly string[],
  whole: readonly string[],
): boolean {
  if (whole.every((name) => logits.includes(name))) return false;
  if (expected.some((name) => whole.includes(name))) return true;
  // An array without a name is what the file gives.
  return options.expected !== undefined && !expected.some((name) => logits.includes(name));
}

function outputNames(model: ComparedModel | undefined): readonly string[] {
  return model?.onnx.graph.outputs.map(({ name }) => name) ?? [];
}

/** @throws IsobitError for a tolerance of an output that the model does not have */
function outputTolerances(
  { outputTolerances: wanted = {} }: CompareOptions,
  [model]: readonly ComparedModel[],
): ReportedSettings["outputTolerances"] {
  const outputs = outputNames(model);
  const unknown = Object.keys(wanted).find((name) => !outputs.includes(name));
  if (unknown === undefined) return wanted;
  throw new IsobitError(
    "BAD_OPTION",
    `A tolerance names the output ${quoted(unknown)}, which the model does not have. Its outputs: ${outputs.join(", ")}.`,
  );
}

/** What keeps a comparison of two models from being whole. */
function unmatchedOutputs([first, second]: readonly ComparedModel[]): readonly string[] {
  if (first === undefined || second === undefined) return [];
  const [names, others] = [outputNames(first), outputNames(second)];
  const alone = matchOutputs(names, others).filter(({ other }) => !others.includes(other));
  return alone.map(
    ({ reference }) => `The output ${quoted(reference)} of ${first.id} has no counterpart in ${second.id}.`,
  );
}

function reportedOptions(options: CompareOptions, inputs: InputSet): ReportedSettings["options"] {
  const { versions, levels, threads, batch, repeats, sessions, memory, product, stable } = sweepsOf(options);
  return {
    inputs: inputs.description,
    ...(options.expected && { expected: options.expected }),
    ...(options.backends && { backends: options.backends }),
    ...(options.allowCpu && { allowCpu: options.allowCpu }),
    ...(versions && { ort: versions }),
    ...(levels && { levels }),
    ...(threads && { threads }),
    ...(batch && { batch }),
    ...(repeats && { repeats }),
    ...(sessions && { sessions }),
    ...(memory && { memory }),
    ...(product && { product }),
    ...(stable && { stable }),
    ...(options.seed !== undefined && { seed: options.seed }),
    ...(options.dims && { dim: Object.entries(options.dims).map(([name, size]) => `${name}=${size}`) }),
    ...(options.range && { range: options.range }),
    ...(options.limit !== undefined && { limit: options.limit }),
    trace: options.trace ?? "auto",
  };
}
