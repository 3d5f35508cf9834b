import { BACKEND_IDS } from "#core/backends.ts";
import type { Backend } from "#core/backends/backend.ts";
import { explainNode } from "#core/explain/explain.ts";
import type { ImageEntry } from "#core/image/image.ts";
import { MAX_ROWS_PER_RUN } from "#core/limits.ts";
import type { ModelInfo } from "#core/model/model.ts";
import type { Host } from "#core/host.ts";
import { admitting } from "#schema/admission/admitting.ts";
import { createLink } from "#schema/link/link.ts";
import type { SideMetrics } from "#schema/metrics/side-metrics.ts";
import { createPeers } from "#schema/peer-clients/create-peers.ts";
import packageJson from "../package.json" with { type: "json" };
import { type Assets, keeping } from "./assets.ts";
import type { EdgeEnvironment } from "./environment.ts";
import { CATALOGUE_FILE, imageFile, IMAGES_FILE, modelFile } from "./static-index.ts";
import { createWasmBackend } from "./wasm-backend.ts";

/** What the main path needs, as the edge has it: WASM held here, everything else through the link to the origin. */
export async function createHost(assets: Assets, environment: EdgeEnvironment, metrics: SideMetrics): Promise<Host> {
  const [models, images] = await Promise.all([
    assets.json<readonly ModelInfo[]>(CATALOGUE_FILE),
    assets.json<readonly ImageEntry[]>(IMAGES_FILE),
  ]);
  const catalogue = { models };
  const readModel = ({ executedSha256 }: ModelInfo): Promise<Uint8Array> =>
    assets.verified(modelFile(executedSha256), executedSha256);
  const readImage = keeping(assets.verified);
  const link = createLink({
    url: environment.ORIGIN_URL,
    token: environment.ORIGIN_TOKEN,
    holds: "ORIGIN",
    fetch: (request) => fetch(request),
    now,
  });
  return {
    side: "EDGE",
    version: packageJson.version,
    catalogue,
    images,
    readModel,
    // A Worker has no second thread; between two nodes other requests get their turn.
    explain: async (request) => explainNode(request),
    readImage: ({ file, sha256 }) => readImage(imageFile(file), sha256),
    decodeOther: (files, model) => link.decode(files, model),
    peers: createPeers(environment.PEERS, { fetch: (request) => fetch(request), now }),
    backends: inOrder([
      admitting(createWasmBackend({ catalogue, readModel, now }), {
        mostRows: MAX_ROWS_PER_RUN,
        maxWaitMs: environment.MAX_WAIT_SECONDS * 1000,
        meanLatency: true,
        metrics,
        now,
      }),
      ...link.backends,
    ]),
    pause: () => scheduler.wait(0),
    compared: (verdict, violations) => metrics.compared(verdict, violations),
    alarm: (line) => console.error(line),
    now,
    timestamp: () => new Date().toISOString(),
  };
}

function now(): number {
  return performance.now();
}

function inOrder(backends: readonly Backend[]): Host["backends"] {
  const sorted = backends.toSorted((a, b) => BACKEND_IDS.indexOf(a.id) - BACKEND_IDS.indexOf(b.id));
  return new Map(sorted.map((backend) => [backend.id, backend]));
}
