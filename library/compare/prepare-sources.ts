import { basename } from "node:path";
import { BACKEND_IDS, type BackendId } from "#core/backends.ts";
import type { AllowedOnCpu } from "#core/backends/placement.ts";
import { IsobitError } from "#core/errors.ts";
import type { NamedTensors } from "#core/tensors/tensor-value.ts";
import type { InputSet } from "../inputs/input-set.ts";
import { bareSource } from "../report/bare-source.ts";
import type { RunReport } from "../report/run-report.ts";
import { type AnsweringSource, asFeeds } from "./answers.ts";
import { batchObstacle } from "./batches.ts";
import type { ComparedModel } from "./compared-model.ts";
import { type OpenedSessions, openSources, type Runners } from "./open-sources.ts";
import { type CompareOptions, isSwept, sweepsOf } from "./options.ts";
import { environmentOf } from "./run.ts";
import type { PlacementTrial } from "./placed-session.ts";
import type { Runner } from "./runner.ts";
import { planSources, runnerKey, sessionKey, type SourcePlan, type Sweeps } from "./sources.ts";
import { type Absent, isAbsent } from "./start-runner.ts";

/** Of two models, or of a backend against itself, one backend is enough; versions exist of both local runtimes. */
export function wantedBackends(options: CompareOptions, models: number): readonly BackendId[] {
  if (options.backends !== undefined) return [...new Set(options.backends)];
  if (options.versions !== undefined || options.stable === true) return ["CPU", "WASM"];
  return models > 1 || isSwept(sweepsOf(options)) ? ["CPU"] : BACKEND_IDS;
}

export interface PreparedSources {
  readonly plan: SourcePlan;
  readonly sources: readonly AnsweringSource[];
  /** Backends that were tried by default and cannot run this model. */
  readonly tried: RunReport["environment"];
}

interface Preparation {
  readonly models: readonly ComparedModel[];
  readonly runners: Runners;
  readonly wanted: readonly BackendId[];
  readonly inputs: InputSet;
}

/** Backends that were not asked for by name are compared only if they can run the model. */
export async function prepareSources(
  names: readonly string[],
  options: CompareOptions,
  { models, runners, wanted, inputs }: Preparation,
): Promise<PreparedSources> {
  const { sweeps, notes } = possibleSweeps(sweepsOf(options), models);
  const request = {
    models: labels(names, models),
    sweeps,
    expected: inputs.hasExpectedOutputs,
    ...(options.reference !== undefined && { reference: options.reference }),
  };
  if (models.length > 1 && isSwept(request.sweeps))
    throw new IsobitError(
      "BAD_OPTION",
      "Levels, threads, batches, repeats, sessions and memory are varied on one model. Give one.",
    );
  const optional = (backend: BackendId): boolean =>
    options.backends === undefined && backend !== "WASM" && backend !== "CPU";
  const versions = sweeps.versions ? { versions: sweeps.versions } : {};
  const first = (backend: BackendId) => runners.get(runnerKey({ backend, version: sweeps.versions?.[0] ?? null }))!;
  const there = wanted.filter((backend) => !optional(backend) || !isAbsent(first(backend)));
  const bases = planSources({
    backends: there,
    models: request.models,
    sweeps: { ...versions, product: false },
    expected: false,
  });
  const sessions: OpenedSessions = new Map();
  const trial = await placementTrial(inputs, models, sweeps, options.allowCpu ?? []);
  const opened = await Promise.all(
    (await openSources(bases.sources, runners, models, trial, sessions)).map(async (each) =>
      optional(each.source.backend) ? await tried(each, trial) : each,
    ),
  );
  refuseUnrunnable(opened);
  const failed = new Set(
    opened.flatMap(({ source: { backend }, runner }) =>
      optional(backend) && runner instanceof IsobitError ? [backend] : [],
    ),
  );
  const plan = planSources({ ...request, backends: there.filter((backend) => !failed.has(backend)) });
  const sources = await openSources(plan.sources, runners, models, trial, sessions);
  const unasked = wanted
    .filter((backend) => !there.includes(backend))
    .map((backend) => absentSource(backend, first(backend)));
  const unfit = opened.filter(({ source }) => failed.has(source.backend));
  return {
    plan: { ...plan, notes: [...plan.notes, ...notes] },
    sources,
    tried: [...unasked, ...environmentOf(unfit, runners, false)],
  };
}

/** Rows that are looked at for their shapes. */
const MOST_ROWS = 64;

/** The first input that could be read, and whether those after it have its shapes; a batch would have others. */
async function placementTrial(
  inputs: InputSet,
  models: readonly ComparedModel[],
  { batch = [] }: Sweeps,
  allowed: AllowedOnCpu,
): Promise<PlacementTrial> {
  let feeds: readonly (NamedTensors | null)[] = models.map(() => null);
  const shapes = new Set<string>();
  let rows = 0;
  for await (const row of inputs) {
    if (++rows > MOST_ROWS) break;
    if (row.feeds instanceof IsobitError || row.secondFeeds instanceof IsobitError) continue;
    if (shapes.size === 0) feeds = models.map((model) => asFeeds(row, model, models[0]));
    shapes.add([...row.feeds.values()].map(({ dims }) => dims.join()).join(" "));
  }
  return { allowed, feeds, sameShapes: shapes.size === 1 && batch.every((size) => size === 1) };
}

/** A GPU may open a session and still not run it, e.g. where its adapter lacks a type. */
async function tried(each: AnsweringSource, { feeds }: PlacementTrial): Promise<AnsweringSource> {
  const fed = feeds[each.source.model] ?? null;
  if (each.runner instanceof IsobitError || each.placed || fed === null) return each;
  try {
    await each.runner.run(sessionKey(each.source), fed);
    return each;
  } catch (error) {
    if (error instanceof IsobitError) return { source: each.source, runner: error };
    throw error;
  }
}

/** Where no backend takes the model, the model is to blame. */
function refuseUnrunnable(opened: readonly AnsweringSource[]): void {
  const refusals = opened.flatMap(({ source, runner }) =>
    runner instanceof IsobitError ? [{ backend: source.backend, runner }] : [],
  );
  if (refusals.length < opened.length) return;
  const told = refusals.find(({ backend }) => backend === "CPU") ?? refusals[0];
  if (told) throw new IsobitError("INCOMPLETE", `Nothing ran. ${told.runner.message}`, { cause: told.runner });
}

/** `stable` leaves out batches that the model does not take. */
function possibleSweeps(sweeps: Sweeps, [model]: readonly ComparedModel[]): { sweeps: Sweeps; notes: string[] } {
  const obstacle = sweeps.stable && model !== undefined ? batchObstacle(model.onnx) : null;
  if (obstacle === null) return { sweeps, notes: [] };
  const { batch: _, ...rest } = sweeps;
  return { sweeps: rest, notes: [`The batch is not varied. ${obstacle}`] };
}

function absentSource(backend: BackendId, runner: Runner | Absent): RunReport["environment"][number] {
  const reason = isAbsent(runner) ? runner.reason : null;
  return bareSource(backend, { available: false, reason, backend });
}

/** Each model's name: the first of its id, its file's name and its path that distinguishes the models. */
function labels(names: readonly string[], models: readonly ComparedModel[]): readonly string[] {
  const candidates = [models.map(({ id }) => id), names.map((name) => basename(name)), names];
  const distinct = candidates.find((some) => new Set(some).size === some.length);
  return distinct ?? names.map((name, index) => `${name} (${index + 1})`);
}
