import { isGpuBackend } from "#core/backends.ts";
import type { Backend, Inference } from "#core/backends/backend.ts";
import type { Call } from "#core/call.ts";
import { MAX_IMAGES_PER_QUERY, SOFTWARE_GPU_SHARE, TURN_MS } from "#core/limits.ts";
import type { SideMetrics } from "../metrics/side-metrics.ts";
import { FairTurns, type Place } from "./fair-turns.ts";

/**
 * A local backend whose requests take turns. A large request is run in shares of about TURN_MS; a request without a call
 * (the side's own probes) does not wait.
 * @param options.mostRows in one share
 * @param options.maxWaitMs for a request's last share; a fraction of it on a software GPU
 * @param options.now milliseconds
 */
export function admitting(
  backend: Backend,
  options: {
    readonly mostRows: number;
    readonly maxWaitMs: number;
    /** Its latencies are means over the rows of a call, so those of a request become means over its rows. */
    readonly meanLatency?: boolean;
    readonly metrics: SideMetrics;
    now(): number;
  },
): Backend {
  const { mostRows, maxWaitMs, meanLatency = false, metrics, now } = options;
  let software = false;
  const turns = new FairTurns(
    backend.id,
    {
      // One share is computed while the next is on its way.
      rowsAtOnce: 2 * mostRows,
      maxRows: 2 * MAX_IMAGES_PER_QUERY,
      maxWaitMs: () => (software ? maxWaitMs / SOFTWARE_GPU_SHARE : maxWaitMs),
    },
    now,
  );
  metrics.watchQueue(backend.id, () => turns.depth);
  const admit = (call: Call, rows: number, perTurn: number): Place => {
    try {
      return turns.admit(call, rows, perTurn);
    } catch (error) {
      metrics.refused(backend.id);
      throw error;
    }
  };
  const share = (): number => turns.rowsIn(TURN_MS, mostRows);
  /** A part of a model counts as a whole share: it may hold the backend for as long. */
  const alone = async <Result>(call: Call | undefined, work: () => Promise<Result>): Promise<Result> => {
    if (!call) return await work();
    const rows = share();
    const place = admit(call, rows, rows);
    return await place.turn(rows, work).finally(() => place.leave());
  };
  return {
    id: backend.id,
    async status() {
      const status = await backend.status();
      software = isGpuBackend(backend.id) && status.available && !status.hardwareGpu;
      return status;
    },
    async infer(model, tensors, call) {
      if (!call) return await backend.infer(model, tensors);
      const rows = share();
      const place = admit(call, tensors.length, rows);
      try {
        const inferences: Inference[] = [];
        const run = async (some: readonly Float32Array[]): Promise<Inference[]> => {
          const ran = await backend.infer(model, some);
          const failed = ran.filter((each) => !each.ok).length;
          metrics.inferred(backend.id, ran.length - failed, failed);
          return ran;
        };
        for (let at = 0; at < tensors.length; at += rows) {
          const some = tensors.length <= rows ? tensors : tensors.slice(at, at + rows);
          inferences.push(...(await place.turn(some.length, () => run(some))));
        }
        return meanLatency ? withMeanLatency(inferences) : inferences;
      } finally {
        place.leave();
      }
    },
    evaluate: (model, part, feeds, call) => alone(call, () => backend.evaluate(model, part, feeds)),
    fusedNodes: (model, part, call) => alone(call, () => backend.fusedNodes(model, part)),
  };
}

function withMeanLatency(inferences: readonly Inference[]): Inference[] {
  const ran = inferences.filter((each) => each.ok);
  const total = ran.reduce((sum, { latencyMs }) => sum + (latencyMs ?? 0), 0);
  const latencyMs = total > 0 ? total / ran.length : null;
  return inferences.map((each) => (each.ok ? { ...each, latencyMs } : each));
}
