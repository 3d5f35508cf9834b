import type { RestFace } from "#schema/rest/face.ts";
import { toWire } from "#schema/wire-errors.ts";

export interface OriginHandlerParts {
  /** Answers /graphql. */
  graphql(request: Request): Promise<Response>;
  /** Answers Paragon's and MathSketch's paths. */
  readonly rest: RestFace;
  /** Answers /v2 and what lies under it: the Open Inference Protocol. */
  oip(request: Request): Promise<Response>;
  /** True while new work should be sent here: the CPU backend has answered and nothing is being stopped. */
  isReady(): boolean;
  /** Called with the id that a masked error shows. */
  logInternal(id: string, error: unknown): void;
}

type Handler = (request: Request) => Promise<Response>;

/** The origin as one web-standard function, whatever server calls it. */
export function createOriginHandler({ graphql, rest, oip, isReady, logInternal }: OriginHandlerParts): Handler {
  const routes: Readonly<Record<string, Handler>> = {
    "/graphql": graphql,
    "/health/live": async () => text(200, "live\n"),
    "/health/ready": async () => (isReady() ? text(200, "ready\n") : text(503, "not ready\n")),
  };
  return async (request) => {
    const pathname = URL.parse(request.url)?.pathname;
    // A server makes the URL from the caller's Host header, which may hold anything.
    if (pathname === undefined) return text(400, "The Host header and the path make no URL.\n");
    if (rest.serves(pathname)) return rest.answer(request);
    if (/^\/v2(\/|$)/.test(pathname)) return oip(request);
    const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
    if (!route) return text(404, `Nothing is served at ${pathname}. Ask at /graphql; /docs has the other paths.\n`);
    try {
      return await route(request);
    } catch (error) {
      const { message, extensions } = toWire(error, logInternal);
      return Response.json({ errors: [{ message, extensions }] }, { status: 500 });
    }
  };
}

function text(status: number, body: string): Response {
  return new Response(body, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" },
  });
}
