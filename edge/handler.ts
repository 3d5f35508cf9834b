import type { Call } from "#core/call.ts";
import type { Host } from "#core/host.ts";
import { OpenCalls } from "#schema/admission/open-calls.ts";
import { createGate } from "#schema/gate.ts";
import { requireMethod } from "#schema/http-rules.ts";
import { prefersPage } from "#schema/rest/accept.ts";
import { createRestFace, type RestFace } from "#schema/rest/face.ts";
import { metricsTo } from "#schema/metrics/answer.ts";
import { type Face, SideMetrics } from "#schema/metrics/side-metrics.ts";
import { routeAt } from "#schema/rest/routes.ts";
import { createLinkHandler } from "#schema/link/answer.ts";
import { LINK_PATH } from "#schema/link/path.ts";
import { mayCompress } from "#schema/representation.ts";
import { createGraphqlHandler } from "#schema/server.ts";
import { type AssetsService, createAssets } from "./assets.ts";
import { type EdgeEnvironment, parseEnvironment } from "./environment.ts";
import { lazily } from "./lazy.ts";
import { SCHEMA_PATH } from "./static-index.ts";
import { createStaticFiles } from "./static-files.ts";
import { createHost } from "./host.ts";
import { discardUnreadBody } from "./unread-body.ts";

/** The Worker's bindings: the variables of environment.ts, and the assets. */
export interface EdgeBindings extends Readonly<Record<string, unknown>> {
  readonly ASSETS: AssetsService;
}

type Handler = (request: Request) => Promise<Response>;

/**
 * The edge as one web-standard handler: /graphql, the origin's questions, the REST routes, and files for every other path.
 * Nothing is loaded before the first request needs it.
 * @throws Error for a bad variable, with a sentence that names it
 */
export function createHandler(
  bindings: EdgeBindings,
): (request: Request, keep: (work: Promise<unknown>) => void) => Promise<Response> {
  const environment = parseEnvironment(bindings);
  const { ORIGIN_TOKEN: token, CORS_ORIGINS: corsOrigins } = environment;
  const assets = createAssets(bindings.ASSETS);
  const { PRODUCTION, GRAPHIQL = !PRODUCTION, INTROSPECTION = !PRODUCTION } = environment;
  const staticFiles = createStaticFiles(assets, INTROSPECTION ? [] : [SCHEMA_PATH]);
  const page: Handler = async (request) => {
    const response = await staticFiles(request);
    response.headers.append("vary", "accept");
    return response;
  };
  const metrics = new SideMetrics();
  const host = lazily(() => createHost(assets, environment, metrics));
  const graphql = lazily(async () =>
    createGraphqlHandler({
      host: await host(),
      token,
      anonymous: true,
      corsOrigins,
      graphiql: GRAPHIQL,
      introspection: INTROSPECTION,
      logInternal,
      graphiqlPage: page,
    }),
  );
  const link = lazily(async () => createLinkHandler({ host: await host(), token, logInternal }));
  const rest = createRest(host, environment);
  const calls = new OpenCalls(metrics, () => performance.now());
  const gate = createGate({ hosts: environment.HOSTS, logInternal });
  const answer = async (request: Request, { pathname }: URL, call: Call): Promise<Response> => {
    if (pathname === "/metrics") return metricsTo(request, token, metrics);
    if (pathname === "/health/live") return live(request);
    if (pathname === "/graphql") return (await graphql())(request, call);
    if (pathname.startsWith(LINK_PATH)) return (await link())(request, call);
    // At `/` a browser gets the web client, other callers Paragon's greeting.
    if (pathname === "/" && prefersPage(request.headers.get("accept"))) return page(request);
    return rest.serves(pathname) ? rest.answer(request, call) : staticFiles(request);
  };
  return async (request, keep) => {
    const response = await gate(request, (url) =>
      calls.answer(request, { caller: callerOf(request), face: faceOf(url), keep }, (call) =>
        answer(request, url, call),
      ),
    );
    await discardUnreadBody(request);
    return compressed(request, response);
  };
}

function faceOf({ pathname }: URL): Face {
  if (pathname === "/graphql") return "graphql";
  if (pathname.startsWith(LINK_PATH)) return "link";
  return routeAt(pathname) ? "rest" : "other";
}

/** @throws IsobitError BAD_INPUT */
function live(request: Request): Response {
  requireMethod(request, ["GET", "HEAD"]);
  return new Response("live\n");
}

/** Cloudflare names the caller's address; without it, all callers share their turns. */
function callerOf({ headers }: Request): string {
  return headers.get("cf-connecting-ip") ?? "unknown";
}

/** The runtime compresses a body as its header says. */
function compressed(request: Request, response: Response): Response {
  if (!mayCompress(request, response)) return response;
  response.headers.set("content-encoding", "gzip");
  response.headers.delete("content-length");
  return response;
}

function createRest(host: () => Promise<Host>, environment: EdgeEnvironment): RestFace {
  const { ORIGIN_TOKEN: token, PARAGON_GPU: standIn } = environment;
  return createRestFace({ host, token, anonymous: true, standIn, logInternal });
}

function logInternal(id: string, error: unknown): void {
  console.error(`INTERNAL ${id}`, error);
}
