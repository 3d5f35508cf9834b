import { toWire } from "#schema/wire-errors.ts";

export interface OriginHandlerParts {
  /** Answers /graphql. */
  graphql(request: Request): Promise<Response>;
  /** True while new work should be sent here: the CPU backend has answered and nothing is being stopped. */
  isReady(): boolean;
  /** Called with the id that a masked error shows. */
  logInternal(id: string, error: unknown): void;
}

type Handler = (request: Request) => Promise<Response>;

const WELCOME = `isobit's origin: native ONNX Runtime on CPU, CUDA and WebGPU.
Ask at /graphql (GraphiQL in a browser). /health/live and /health/ready tell how it is.
`;

/** The origin as one web-standard function, whatever server calls it. */
export function createOriginHandler({ graphql, isReady, logInternal }: OriginHandlerParts): Handler {
  const routes: Readonly<Record<string, Handler>> = {
    "/": async () => text(200, WELCOME),
    "/graphql": graphql,
    "/health/live": async () => text(200, "live\n"),
    "/health/ready": async () => (isReady() ? text(200, "ready\n") : text(503, "not ready\n")),
  };
  return async (request) => {
    const pathname = URL.parse(request.url)?.pathname;
    // A server makes the URL from the caller's Host header, which may hold anything.
    if (pathname === undefined) return text(400, "The Host header and the path make no URL.\n");
    const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
    if (!route) return text(404, `Nothing is served at ${pathname}. Ask at /graphql.\n`);
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
