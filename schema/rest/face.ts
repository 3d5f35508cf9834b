import { Response } from "@whatwg-node/fetch";
import type { BackendId } from "#core/backends.ts";
import type { Call } from "#core/call.ts";
import { IsobitError } from "#core/errors.ts";
import type { Host } from "#core/host.ts";
import { hostFor } from "../admission/host-for.ts";
import { boundBody } from "../body-limit.ts";
import { checkToken } from "../caller.ts";
import { answerPreflight, isPreflight, share } from "../cors.ts";
import { toWire } from "../wire-errors.ts";
import { withoutBodyForHead } from "./head-response.ts";
import { asRefusal, methodNotAllowed, RestRefusal } from "./refusal.ts";
import { type Asked, methodsOf, type Route, routeAt } from "./routes.ts";

export interface RestFaceOptions {
  host(): Promise<Host>;
  /** As for /graphql: ORIGIN_TOKEN, and whether requests without it are answered. */
  readonly token: string | undefined;
  readonly anonymous: boolean;
  /** PARAGON_GPU. */
  readonly standIn: BackendId | undefined;
  /** Called with the id that a masked error shows. */
  logInternal(id: string, error: unknown): void;
}

/** Paragon's and MathSketch's routes, as one web-standard handler over the main path. */
export interface RestFace {
  /** True for the paths that are this face's. */
  serves(pathname: string): boolean;
  /** Answers a request for such a path; a failure becomes a response. */
  answer(request: Request, call: Call): Promise<Response>;
}

/** Paragon allows every site, so these routes do too. */
const EVERY_SITE = ["*"];

export function createRestFace(options: RestFaceOptions): RestFace {
  return {
    serves: (pathname) => routeAt(pathname) !== undefined,
    async answer(request, call) {
      const url = new URL(request.url);
      const route = routeAt(url.pathname);
      if (!route) throw new Error(`${url.pathname} is none of this face's paths`);
      if (isPreflight(request)) return answerPreflight(request, EVERY_SITE, methodsOf(route));
      const response = await answerOrRefuse(request, url, route, call, options);
      return withoutBodyForHead(request, share(request, response, EVERY_SITE));
    },
  };
}

async function answerOrRefuse(
  request: Request,
  url: URL,
  route: Route,
  call: Call,
  options: RestFaceOptions,
): Promise<Response> {
  try {
    checkToken(request, options);
    const answering = route[request.method === "HEAD" ? "GET" : request.method];
    if (!answering) throw methodNotAllowed(methodsOf(route));
    const asked: Asked = {
      request: await boundBody(request),
      url,
      host: hostFor(await options.host(), call),
      standIn: options.standIn,
    };
    return await answering(asked);
  } catch (error) {
    return refusalResponse(error, options);
  }
}

function refusalResponse(error: unknown, { logInternal }: RestFaceOptions): Response {
  const { status, detail, headers } = knownRefusal(error) ?? new RestRefusal(500, toWire(error, logInternal).message);
  return Response.json({ detail }, { status, headers });
}

function knownRefusal(error: unknown): RestRefusal | null {
  if (error instanceof RestRefusal) return error;
  return error instanceof IsobitError ? asRefusal(error) : null;
}
