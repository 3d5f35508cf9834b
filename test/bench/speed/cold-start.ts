import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAssets } from "#edge/node/build-assets.ts";
import { buildWorker } from "#edge/node/build-worker.ts";
import { buildBareWasm, serveBareWasm } from "./bare-wasm.ts";
import { Connection } from "./connection.ts";
import type { Extent } from "./extent.ts";
import { spreadText } from "./figures.ts";
import type { Finding } from "./finding.ts";
import { inTurns } from "./in-turns.ts";
import { startIsolateHost } from "./isolate-host.ts";
import { type Digit, readDigits } from "./images.ts";
import { overGraphql } from "./services.ts";
import { spreadOf } from "./spread.ts";
import { EXACT } from "./subjects.ts";
import type { Workbench } from "./workbench.ts";
import { startWorkerdOn } from "./workerd-process.ts";

const NEW_ISOLATE = "new isolate from the bundle's bytes -> first prediction";

/** From nothing to the first prediction: of a new process, and of a new isolate in a process that runs. */
export async function measureColdStart(_bench: Workbench, { coldStarts }: Extent): Promise<Finding> {
  const assets = await mkdtemp(join(tmpdir(), "isobit-bench-"));
  await buildAssets(join(assets, "served"), {});
  const { folder } = await buildWorker();
  const host = await startIsolateHost(folder, join(assets, "served"));
  const [bareWorker, digits] = await Promise.all([buildBareWasm(), readDigits()]);
  const hosted = `http://127.0.0.1:${host.ports.get("http")}`;
  const process: ProcessStart = { listens: [], firstPrediction: [], secondPrediction: [] };
  const start = (into: ProcessStart): Promise<number> => startProcess(folder, join(assets, "served"), digits, into);
  try {
    // Once unmeasured, so that every file lies in the system's cache.
    await start({ listens: [], firstPrediction: [], secondPrediction: [] });
    const taken = await inTurns(coldStarts, {
      "process start -> first prediction": () => start(process),
      "the same of a bare Worker: runtime, session, one run": () => startBareProcess(bareWorker),
      [NEW_ISOLATE]: () => predict(hosted, digits, {}),
      "new isolate, WebAssembly compiled before -> first prediction": () =>
        predict(hosted, digits, { "x-wasm": "compiled" }),
    });
    const rows = {
      "process start -> workerd listens, its isolate made": process.listens,
      "first prediction of that isolate": process.firstPrediction,
      "second prediction": process.secondPrediction,
      ...taken,
    };
    return {
      tables: [
        {
          title: "From nothing to a prediction on WASM, digits-exact, ms",
          columns: ["what", "ms"],
          rows: Object.entries(rows).map(([name, each]) => [name, spreadText(spreadOf(each))]),
        },
      ],
      targets: [
        {
          name: "First prediction of a new isolate",
          measured: spreadOf(taken[NEW_ISOLATE] ?? []).median,
          unit: "ms",
          bound: 300,
          wanted: "at most",
        },
      ],
      notes: NOTES,
      samples: { process, taken },
    };
  } finally {
    await host.stop();
    await rm(assets, { recursive: true, force: true });
  }
}

const NOTES = [
  "workerd makes the isolates of its configuration before it listens. A new one in a running process comes from a Worker Loader (workerd --experimental), given the same bundle: from its bytes, which V8 then compiles unless it still holds the same code, or with the WebAssembly that the process has compiled before. Each answers one prediction over GraphQL and is never asked again. Cloudflare's own machines load Workers in ways that cannot be measured here.",
  "All files lie in the system's cache. Building the bundle is not counted, nor the warming request that `npm start` sends before it says that it is ready.",
];

interface ProcessStart {
  readonly listens: number[];
  readonly firstPrediction: number[];
  readonly secondPrediction: number[];
}

/** @returns ms from the process's start to its first prediction */
async function startProcess(folder: string, assets: string, digits: readonly Digit[], into: ProcessStart) {
  const started = performance.now();
  const args = ["--directory-path", `assets=${assets}`];
  const workerd = await startWorkerdOn(join(folder, "isobit.capnp"), { sockets: ["http"], args });
  try {
    const listens = performance.now() - started;
    const url = `http://127.0.0.1:${workerd.ports.get("http")}`;
    const first = await predict(url, digits, {});
    into.listens.push(listens);
    into.firstPrediction.push(first);
    into.secondPrediction.push(await predict(url, digits, {}));
    return listens + first;
  } finally {
    await workerd.stop();
  }
}

/** The same as far as it can be without isobit: workerd, ONNX Runtime, a session, one run. */
async function startBareProcess(configuration: string): Promise<number> {
  const started = performance.now();
  const bare = await serveBareWasm(configuration);
  try {
    await bare.open(EXACT);
    return performance.now() - started;
  } finally {
    await bare.stop();
  }
}

async function predict(url: string, digits: readonly Digit[], headers: Readonly<Record<string, string>>) {
  const { path, bodies } = overGraphql(url, "WASM", EXACT, digits);
  const { body, expected } = bodies[7]!;
  const connection = new Connection(url);
  try {
    const started = performance.now();
    const answer = (await connection.post(path, body, headers)).toString();
    const elapsed = performance.now() - started;
    if (!answer.includes(expected)) throw new Error(`The Worker answered ${answer.slice(0, 300)}`);
    return elapsed;
  } finally {
    connection.close();
  }
}
