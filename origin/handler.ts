import type { Call } from "#core/call.ts";
import type { OpenCalls } from "#schema/admission/open-calls.ts";
import { LINK_PATH } from "#schema/link/answer.ts";
import type { Face } from "#schema/metrics/side-metrics.ts";
import type { RestFace } from "#schema/rest/face.ts";
import { toWire } from "#schema/wire-errors.ts";
import { compressText } from "./text-file.ts";

export interface OriginHandlerParts {
  /** Answers /graphql. */
  graphql(request: Request, call: Call): Promise<Response>;
  /** Answers /schema.graphql. */
  sdl(request: Request): Promise<Response>;
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
  /** Called with the id that a masked error shows. */
  logInternal(id: string, error: unknown): void;
}

const IS_OIP = /^\/v2(\/|$)/;

type Handler = (request: Request, call: Call) => Promise<Response>;

/** The origin as one web-standard function of a request and its caller's address, for any server. */
export function createOriginHandler(
  parts: OriginHandlerParts,
): (request: Request, caller: string) => Promise<Response> {
  const { graphql, sdl, link, rest, oip, isReady, calls, metrics, logInternal } = parts;
  const routes: Readonly<Record<string, Handler>> = {
    "/graphql": graphql,
    "/schema.graphql": sdl,
    "/metrics": async (request) => metrics(request),
    "/health/live": async () => text(200, "live\n"),
    "/health/ready": async () => (isReady() ? text(200, "ready\n") : text(503, "not ready\n")),
  };
  const answer: Handler = async (request, call) => {
    const pathname = URL.parse(request.url)?.pathname;
    // A server makes the URL from the caller's Host header, which may hold anything.
    if (pathname === undefined) return text(400, "The Host header and the path are not a valid URL.\n");
    if (rest.serves(pathname)) return rest.answer(request, call);
    if (pathname.startsWith(LINK_PATH)) return link(request, call);
    if (IS_OIP.test(pathname)) return oip(request, call);
    const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
    if (!route) return text(404, `Nothing is served at ${pathname}. Try /graphql; /docs lists the other paths.\n`);
    try {
      return await route(request, call);
    } catch (error) {
      const { message, extensions } = toWire(error, logInternal);
      return Response.json({ errors: [{ message, extensions }] }, { status: 500 });
    }
  };
  return async (request, caller) =>
    compressText(
      request,
      await calls.answer(request, { caller, face: faceOf(request, rest) }, (call) => answer(request, call)),
    );
}

function faceOf({ url }: Request, rest: RestFace): Face {
  const pathname = URL.parse(url)?.pathname ?? "";
  if (pathname === "/graphql") return "graphql";
  if (pathname.startsWith(LINK_PATH)) return "link";
  if (IS_OIP.test(pathname)) return "oip";
  return rest.serves(pathname) ? "rest" : "other";
}

function text(status: number, body: string): Response {
  return new Response(body, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" },
  });
}
