import { isGpuBackend } from "#core/backends.ts";
import { IsobitError } from "#core/errors.ts";
import type { AnsweringSource } from "./answers.ts";
import { batchObstacle } from "./batches.ts";
import type { ComparedModel } from "./compared-model.ts";
import { leavesNodesToCpu, openPlaced, type PlacedSession, type PlacementTrial } from "./placed-session.ts";
import type { Runner } from "./runner.ts";
import { runnerKey, sessionKey, sessionSettings, type Source } from "./sources.ts";
import { type Absent, isAbsent, type RunnerStart, startRunner } from "./start-runner.ts";

/** By runnerKey. */
export type Runners = ReadonlyMap<string, Runner | Absent>;

/** Starts the processes; those that cannot run say why. */
export async function startRunners(starts: readonly RunnerStart[]): Promise<Runners> {
  return new Map(await Promise.all(starts.map(async (start) => [runnerKey(start), await startRunner(start)] as const)));
}

export async function endRunners(runners: Runners): Promise<void> {
  await Promise.all([...runners.values()].map((runner) => (isAbsent(runner) ? undefined : runner.end())));
}

/** Sessions that were opened, by backend and settings: why one did not open, or null for one on its backend alone. */
export type OpenedSessions = Map<string, Promise<IsobitError | PlacedSession | null>>;

/**
 * Opens every session that the sources need, once; a source whose session does not open keeps the reason.
 * @param trial for GPUs that leave nodes to the CPU
 * @param opened what is open already; added to
 */
export async function openSources(
  sources: readonly Source[],
  runners: Runners,
  models: readonly ComparedModel[],
  trial: PlacementTrial,
  opened: OpenedSessions,
): Promise<readonly AnsweringSource[]> {
  return await Promise.all(
    sources.map(async (source): Promise<AnsweringSource> => {
      const runner = runners.get(runnerKey(source));
      const model = models[source.model];
      if (runner === undefined || model === undefined) throw new Error(`${source.name} was not planned`);
      if (isAbsent(runner)) return { source, runner: absence(runner) };
      const obstacle = source.batch > 1 ? batchObstacle(model.onnx) : null;
      if (obstacle !== null) return { source, runner: new IsobitError("BAD_INPUT", obstacle) };
      const key = `${runnerKey(source)}/${sessionKey(source)}`;
      const opening = opened.get(key) ?? open(runner, source, model, trial);
      opened.set(key, opening);
      const session = await opening;
      return session instanceof IsobitError ? { source, runner: session } : { source, runner, placed: session };
    }),
  );
}

function absence({ backend, reason }: Absent): IsobitError {
  return new IsobitError("BACKEND_UNAVAILABLE", `${backend} is not available: ${reason}`);
}

async function open(
  runner: Runner,
  source: Source,
  model: ComparedModel,
  trial: PlacementTrial,
): Promise<IsobitError | PlacedSession | null> {
  try {
    await runner.open(sessionKey(source), model.executed, sessionSettings(source));
    return null;
  } catch (error) {
    if (!(error instanceof IsobitError)) throw error;
    if (!isGpuBackend(source.backend) || !leavesNodesToCpu(error)) return error;
    try {
      return (await openPlaced(runner, source, model, trial)) ?? error;
    } catch (refused) {
      if (refused instanceof IsobitError) return refused;
      throw refused;
    }
  }
}
