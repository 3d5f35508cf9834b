import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import process from "node:process";
import type { BackendId } from "#core/backends.ts";
import type { Backend } from "#core/backends/backend.ts";
import type { ServedModel } from "#core/model/catalogue.ts";
import { modelLevels } from "#core/model/model-levels.ts";
import { IsobitError } from "#core/errors.ts";
import type { Host } from "#core/host.ts";
import { HOST_MESSAGE_IMAGES, MAX_ROWS_PER_RUN } from "#core/limits.ts";
import { admitting } from "#schema/admission/admitting.ts";
import { OpenCalls } from "#schema/admission/open-calls.ts";
import { metricsTo } from "#schema/metrics/answer.ts";
import { Gauge } from "#schema/metrics/prometheus.ts";
import { SideMetrics } from "#schema/metrics/side-metrics.ts";
import { createLinkHandler } from "#schema/link/answer.ts";
import { createLink } from "#schema/link/link.ts";
import { createPeers } from "#schema/peer-clients/create-peers.ts";
import { createRestFace } from "#schema/rest/face.ts";
import { createGraphqlHandler } from "#schema/server.ts";
import manifest from "../package.json" with { type: "json" };
import { loadServedModels } from "../models/load.ts";
import { openCpuBackend } from "./cpu-backend.ts";
import { CpuHost, type StartHost } from "./cpu-host.ts";
import { decodeImages } from "./decode.ts";
import type { Environment, OriginSettings } from "./environment.ts";
import { Explainer } from "./explainer.ts";
import { createOriginHandler } from "./handler.ts";
import { log } from "./log.ts";
import { createOipHandler } from "./oip/handler.ts";
import { loadImages, type Images } from "./images.ts";
import { textFile } from "./text-file.ts";

/** Backends other than the CPU's, and how to end them; what a runtime cannot hold it explains in their status. */
export interface FurtherBackends {
  readonly backends: readonly Backend[];
  close(): Promise<void>;
}

type OpenFurther = (models: readonly ServedModel[], onRestart: (backend: BackendId) => void) => FurtherBackends;

export interface Origin {
  /** @param caller the address that the request comes from */
  handle(request: Request, caller: string): Promise<Response>;
  /** From now on /health/ready says no. */
  drain(): void;
  /** Answers the requests in flight with an error that says that the origin stops. */
  endRequests(): void;
  close(): Promise<void>;
}

/**
 * Everything of the origin but its server: models, backends, schema.
 * The CPU backend has answered with every model when this returns; the further ones are still being tried.
 * @param environment holds the models' variables
 * @throws StartError or ModelRejected, each a sentence on what stops the start
 */
export async function openOrigin(
  settings: OriginSettings,
  environment: Environment,
  startCpuHost: StartHost,
  openFurther: OpenFurther,
): Promise<Origin> {
  const metrics = new SideMetrics();
  metrics.watch(new Gauge("process_resident_memory_bytes", "Resident memory of the origin's own process.", memory));
  // Its process starts while the models are read.
  const cpuHost = new CpuHost(startCpuHost, () => metrics.restarted("CPU"));
  try {
    return await openWith(cpuHost, metrics, settings, environment, openFurther);
  } catch (error) {
    await cpuHost.close();
    throw error;
  }
}

async function openWith(
  cpuHost: CpuHost,
  metrics: SideMetrics,
  settings: OriginSettings,
  environment: Environment,
  openFurther: OpenFurther,
): Promise<Origin> {
  const [models, images] = await Promise.all([loadServedModels(environment), loadImages()]);
  const own = environment["MODEL"]?.trim() || environment["MODEL_JSON"]?.trim();
  const cpu = await openCpuBackend(models, cpuHost, (model) => (own && model === models[0] ? own : model.info.id));
  const further = openFurther(models, (backend) => metrics.restarted(backend));
  const explainer = new Explainer();
  const {
    EDGE_URL: url,
    ORIGIN_TOKEN: token,
    PARAGON_GPU: standIn,
    CORS_ORIGINS: corsOrigins,
    PEERS,
    anonymous,
  } = settings;
  const link = createLink({ url, token, holds: "EDGE", fetch, now });
  const peers = createPeers(PEERS, { fetch, now });
  const maxWaitMs = settings.MAX_WAIT_SECONDS * 1000;
  const local = [
    admitting(cpu, { mostRows: MAX_ROWS_PER_RUN, maxWaitMs, metrics, now }),
    ...further.backends.map((backend) =>
      admitting(backend, { mostRows: HOST_MESSAGE_IMAGES, maxWaitMs, metrics, now }),
    ),
  ];
  const host = surround(models, images, [...link.backends, ...local], peers, explainer, metrics);
  const calls = new OpenCalls(metrics, now);
  let ready = true;
  const isReady = (): boolean => ready;
  const { PRODUCTION, GRAPHIQL = !PRODUCTION, INTROSPECTION = !PRODUCTION } = settings;
  const handle = createOriginHandler({
    graphql: createGraphqlHandler({
      host,
      token,
      anonymous,
      corsOrigins,
      logInternal,
      graphiql: GRAPHIQL,
      introspection: INTROSPECTION,
      graphiqlPage: textFile("text/html", async () => {
        const { html, policy } = (await import("#schema/graphiql-page.ts")).graphiqlPage();
        return { text: html, headers: { "content-security-policy": policy } };
      }),
    }),
    sdl: INTROSPECTION
      ? textFile("text/plain", async () => ({
          text: await readFile(new URL("../schema/schema.graphql", import.meta.url), "utf8"),
        }))
      : undefined,
    link: createLinkHandler({ host, token, logInternal }),
    rest: createRestFace({ host: async () => host, token, anonymous, standIn, logInternal }),
    oip: createOipHandler({ host, token, anonymous, isReady, logInternal }),
    isReady,
    calls,
    metrics: (request) => metricsTo(request, token, metrics),
    token,
    anonymous,
    hosts: [...settings.HOSTS, settings.ORIGIN_HOST.toLowerCase()],
    logInternal,
  });
  return { handle, drain: () => (ready = false), endRequests: () => calls.endAll(stopped()), close };

  async function close(): Promise<void> {
    await Promise.all([cpuHost.close(), further.close(), explainer.close()]);
  }
}

function memory(): [[Record<string, string>, number]] {
  return [[{}, process.memoryUsage.rss()]];
}

function stopped(): IsobitError {
  return new IsobitError("BACKEND_UNAVAILABLE", "The origin is stopping. Send the request again in a moment.");
}

function now(): number {
  return performance.now();
}

function logInternal(id: string, error: unknown): void {
  if (error instanceof Error && "code" in error && error.code === "ECONNRESET") return log(`a caller hung up (${id})`);
  log(`internal error ${id}: ${error instanceof Error ? error.stack : String(error)}`);
}

function executedBytes(models: readonly ServedModel[], sha256: string): Uint8Array {
  const model = models.find(({ info }) => info.executedSha256 === sha256);
  if (!model) throw new Error(`no model with the executed bytes ${sha256} is served`);
  return model.executed;
}

function surround(
  models: readonly ServedModel[],
  images: Images,
  backends: readonly Backend[],
  peers: Host["peers"],
  explainer: Explainer,
  metrics: SideMetrics,
): Host {
  return {
    side: "ORIGIN",
    version: manifest.version,
    catalogue: { models: models.map(({ info }) => info) },
    readModel: async ({ executedSha256 }) => executedBytes(models, executedSha256),
    explain: (request) => explainer.explain(request),
    images: images.entries,
    readImage: (entry) => images.read(entry),
    sha256: (bytes) => hash("sha256", bytes),
    decodeOther: (files, model) => decodeImages(files, (image) => modelLevels(image, model)),
    backends: new Map(backends.map((backend) => [backend.id, backend])),
    peers,
    alarm: log,
    pause: () => setImmediate(),
    compared: (verdict, violations) => metrics.compared(verdict, violations),
    now,
    timestamp: () => new Date().toISOString(),
  };
}
