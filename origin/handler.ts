import type { Call } from "#core/call.ts";
import type { OpenCalls } from "#schema/admission/open-calls.ts";
import { checkToken } from "#schema/caller.ts";
import { createGate } from "#schema/gate.ts";
import { requireMethod } from "#schema/http-rules.ts";
import { LINK_PATH } from "#schema/link/path.ts";
import type { Face } from "#schema/metrics/side-metrics.ts";
import type { RestFace } from "#schema/rest/face.ts";
import { withoutBodyForHead } from "#schema/rest/head-response.ts";
import { compressText } from "./text-file.ts";

export interface OriginHandlerParts {
  /** Answers /graphql. */
  graphql(request: Request, call: Call): Promise<Response>;
  /** Answers /schema.graphql, where the schema may be read. */
  readonly sdl: ((request: Request) => Promise<Response>) | undefined;
  /** Answers the edge's questions. */
  link(request: Request, call: Call): Promise<Response>;
  /** Answers Paragon's and MathSketch's paths. */
  readonly rest: RestFace;
  /** Answers /v2 and the paths under it: the Open Inference Protocol. */
  oip(request: Request, call: Call): Promise<Response>;
  /** True while new work should be sent here: the CPU backend has answered and nothing is being stopped. */
  isReady(): boolean;
  readonly calls: OpenCalls;
  /** Answers /metrics. */
  metrics(request: Request): Response;
  /** ORIGIN_TOKEN, and whether requests without it are answered. Only health is open to all. */
  readonly token: string | undefined;
  readonly anonymous: boolean;
  /** The names that the origin answers to, in addition to loopback's. */
  readonly hosts: readonly string[];
  /** Called with the id that a masked error shows. */
  logInternal(id: string, error: unknown): void;
}

const IS_OIP = /^\/v2(\/|$)/;

type Handler = (request: Request, call: Call) => Promise<Response>;

/** The origin as one web-standard function of a request and its caller's address, for any server. */
export function createOriginHandler(
  parts: OriginHandlerParts,
): (request: Request, caller: string) => Promise<Response> {
  const { graphql, sdl, link, rest, oip, isReady, calls, metrics, token, anonymous, hosts, logInternal } = parts;
  const routes: Readonly<Record<string, Handler>> = {
    "/graphql": graphql,
    ...(sdl && { "/schema.graphql": readOnly(sdl) }),
    "/metrics": readOnly(async (request) => metrics(request)),
    "/health/live": readOnly(async () => text(200, "live\n")),
    "/health/ready": readOnly(async () => (isReady() ? text(200, "ready\n") : text(503, "not ready\n"))),
  };
  const answer = async (request: Request, { pathname }: URL, call: Call): Promise<Response> => {
    if (rest.serves(pathname)) return rest.answer(request, call);
    if (pathname.startsWith(LINK_PATH)) return link(request, call);
    if (IS_OIP.test(pathname)) return oip(request, call);
    // The faces above have their own forms of this refusal.
    if (!pathname.startsWith("/health/") && pathname !== "/graphql") checkToken(request, { token, anonymous });
    const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
    if (!route) return text(404, `Nothing is served at ${pathname}. Try /graphql; /docs lists the other paths.\n`);
    return await route(request, call);
  };
  const gate = createGate({ hosts, logInternal });
  return async (request, caller) => {
    const response = await gate(request, (url) =>
      calls.answer(request, { caller, face: faceOf(url, rest) }, (call) => answer(request, url, call)),
    );
    return await compressText(request, response);
  };
}

/** A document or a state, without a body where only the head was asked for. */
function readOnly(read: (request: Request) => Promise<Response>): Handler {
  return async (request) => {
    requireMethod(request, ["GET", "HEAD"]);
    return withoutBodyForHead(request, await read(request));
  };
}

function faceOf({ pathname }: URL, rest: RestFace): Face {
  if (pathname === "/graphql") return "graphql";
  if (pathname.startsWith(LINK_PATH)) return "link";
  if (IS_OIP.test(pathname)) return "oip";
  return rest.serves(pathname) ? "rest" : "other";
}

function text(status: number, body: string): Response {
  return new Response(body, { status, headers: { "content-type": "text/plain; charset=utf-8" } });
}
