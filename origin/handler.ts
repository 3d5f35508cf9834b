import { LINK_PATH } from "#schema/link/answer.ts";
import type { RestFace } from "#schema/rest/face.ts";
import { toWire } from "#schema/wire-errors.ts";
import { compressText } from "./text-file.ts";

export interface OriginHandlerParts {
  /** Answers /graphql. */
  graphql(request: Request): Promise<Response>;
  /** Answers /schema.graphql. */
  sdl(request: Request): Promise<Response>;
  /** Answers the edge's questions. */
  link(request: Request): Promise<Response>;
  /** Answers Paragon's and MathSketch's paths. */
  readonly rest: RestFace;
  /** Answers /v2 and the paths under it: the Open Inference Protocol. */
  oip(request: Request): Promise<Response>;
  /** True while new work should be sent here: the CPU backend has answered and nothing is being stopped. */
  isReady(): boolean;
  /** Called with the id that a masked error shows. */
  logInternal(id: string, error: unknown): void;
}

type Handler = (request: Request) => Promise<Response>;

/** The origin as one web-standard function, for any server. */
export function createOriginHandler(parts: OriginHandlerParts): Handler {
  const { graphql, sdl, link, rest, oip, isReady, logInternal } = parts;
  const routes: Readonly<Record<string, Handler>> = {
    "/graphql": graphql,
    "/schema.graphql": sdl,
    "/health/live": async () => text(200, "live\n"),
    "/health/ready": async () => (isReady() ? text(200, "ready\n") : text(503, "not ready\n")),
  };
  const answer: Handler = async (request) => {
    const pathname = URL.parse(request.url)?.pathname;
    // A server makes the URL from the caller's Host header, which may hold anything.
    if (pathname === undefined) return text(400, "The Host header and the path are not a valid URL.\n");
    if (rest.serves(pathname)) return rest.answer(request);
    if (pathname.startsWith(LINK_PATH)) return link(request);
    if (/^\/v2(\/|$)/.test(pathname)) return oip(request);
    const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
    if (!route) return text(404, `Nothing is served at ${pathname}. Try /graphql; /docs lists the other paths.\n`);
    try {
      return await route(request);
    } catch (error) {
      const { message, extensions } = toWire(error, logInternal);
      return Response.json({ errors: [{ message, extensions }] }, { status: 500 });
    }
  };
  return async (request) => compressText(request, await answer(request));
}

function text(status: number, body: string): Response {
  return new Response(body, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" },
  });
}
