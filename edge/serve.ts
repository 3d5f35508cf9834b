import { resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { parseArgs } from "node:util";
import { messageOf } from "#core/errors.ts";
import { requireFree } from "#node/ports.ts";
import { parseEnvironment } from "./environment.ts";
import { buildAssets } from "./node/build-assets.ts";
import { buildWorker } from "./node/build-worker.ts";
import { ASSETS } from "./node/folders.ts";
import { warmUp } from "./node/warm-up.ts";
import { startWorkerd, type Workerd } from "./node/workerd.ts";

/*
 * npm run edge: build the Worker and its assets, serve them on workerd as in production, and say so once the default
 * model has really run. `--assets <folder>` lays the assets elsewhere, so that several edges can run side by side.
 */

const { values } = parseArgs({ options: { assets: { type: "string" } } });
const assetsFolder = resolve(values.assets ?? ASSETS);

let workerd: Workerd | undefined;
let stopping = false;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    stopping = true;
    if (workerd) void workerd.stop();
    else process.exit(0);
  });
}

async function start(): Promise<Workerd> {
  const { EDGE_PORT: port, ORIGIN_URL } = parseEnvironment(process.env);
  // The Worker does not see ORIGIN_PORT, from which the address may come.
  const variables = { ...process.env, ORIGIN_URL };
  await requireFree([{ variable: "EDGE_PORT", port }]);
  const [models, worker] = await Promise.all([buildAssets(assetsFolder, variables), buildWorker()]);
  const started = await startWorkerd({ workerFolder: worker.folder, assetsFolder, port, variables });
  workerd = started;
  const url = `http://localhost:${started.port}`;
  const [model] = models;
  if (model) await warmUp(url, model);
  console.log(`edge ready at ${url}`);
  return started;
}

try {
  const end = await (await start()).ended;
  // Ctrl-C reaches workerd and this process alike; let this one hear of it first.
  await setImmediate();
  if (!stopping) console.error(`The edge stopped: workerd ${end}.`);
} catch (error) {
  if (!stopping) console.error(`The edge could not start: ${messageOf(error)}`);
  await workerd?.stop();
}
process.exit(stopping ? 0 : 1);
