import { resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { parseArgs } from "node:util";
import { messageOf } from "#core/errors.ts";
import { DEATHS_TO_STOP, restartPolicy } from "#node/restart-policy.ts";
import { requireFree } from "#node/ports.ts";
import { parseEnvironment } from "./environment.ts";
import { buildAssets } from "./node/build-assets.ts";
import { buildWorker, markUsed } from "./node/build-worker.ts";
import { ASSETS } from "./node/folders.ts";
import { warmUp } from "./node/warm-up.ts";
import { startWorkerd, type Workerd } from "./node/workerd.ts";

/*
 * npm run edge: build the Worker and its assets, serve them on workerd as in production, and say so once the default
 * model has really run. `--assets <folder>` lays the assets elsewhere, so that several edges can run side by side.
 */

/** More often than bundles without recent use are removed. */
const MARK_USED_EVERY_MS = 60_000;
const LIVENESS_POLL_MS = 10_000;
const HUNG_AFTER_MS = 60_000;

const { values } = parseArgs({ options: { assets: { type: "string" } } });
const assetsFolder = resolve(values.assets ?? ASSETS);

let workerd: Workerd | undefined;
let stopping = false;
let ready = false;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    stopping = true;
    if (workerd) void workerd.stop();
    else process.exit(0);
  });
}

/** Serves until it is told to stop. @throws Error where workerd cannot start, or crashes again and again */
async function serve(): Promise<void> {
  const { EDGE_PORT: port, ORIGIN_URL } = parseEnvironment(process.env);
  // The Worker does not see ORIGIN_PORT, from which the address may come.
  const variables = { ...process.env, ORIGIN_URL };
  await requireFree([{ variable: "EDGE_PORT", port }]);
  const [models, worker] = await Promise.all([buildAssets(assetsFolder, variables), buildWorker()]);
  const options = { workerFolder: worker.folder, assetsFolder, port, variables };
  workerd = await startWorkerd(options);
  const url = `http://localhost:${workerd.port}`;
  const [model] = models;
  if (model) await warmUp(url, model);
  console.log(`edge ready at ${url}`);
  ready = true;
  setInterval(() => markUsed(worker), MARK_USED_EVERY_MS).unref();
  await keepServing({ ...options, port: workerd.port });
}

/** Starts workerd again when it ends or hangs: with the same bundle, assets and port, and without building anything. */
async function keepServing(options: Parameters<typeof startWorkerd>[0]): Promise<void> {
  const mayRestart = restartPolicy();
  while (workerd) {
    const stopWatching = killIfHung(workerd);
    const end = await workerd.ended;
    stopWatching();
    // Ctrl-C reaches workerd and this process alike; let this one hear of it first.
    await setImmediate();
    if (stopping) return;
    if (!mayRestart(performance.now())) throw new Error(`workerd ${end}, ${DEATHS_TO_STOP} times within a minute.`);
    console.error(`workerd ${end}. Starting it again.`);
    workerd = await startWorkerd(options);
    console.error("The edge answers again.");
  }
}

/** A Worker computes on the thread that responds, so it may be silent for as long as its longest inference. */
function killIfHung({ port, kill }: Workerd): () => void {
  const timer = setInterval(async () => {
    const live = fetch(`http://127.0.0.1:${port}/health/live`, { signal: AbortSignal.timeout(HUNG_AFTER_MS) });
    await live
      .then((response) => response.arrayBuffer())
      .catch((error: unknown) => {
        if (!(error instanceof Error) || error.name !== "TimeoutError" || stopping) return;
        console.error(`workerd has not responded for ${HUNG_AFTER_MS / 1000} s.`);
        kill();
      });
  }, LIVENESS_POLL_MS);
  return () => clearInterval(timer);
}

try {
  await serve();
} catch (error) {
  if (!stopping) console.error(`The edge ${ready ? "stopped" : "could not start"}: ${messageOf(error)}`);
  await workerd?.stop();
}
process.exit(stopping ? 0 : 1);
