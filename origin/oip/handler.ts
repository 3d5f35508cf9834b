import type { Call } from "#core/call.ts";
import { headersOf, IsobitError, httpStatus } from "#core/errors.ts";
import type { Host } from "#core/host.ts";
import { hostFor } from "#schema/admission/host-for.ts";
import { checkToken } from "#schema/caller.ts";
import { refuseSimpleType, requireMethod } from "#schema/http-rules.ts";
import { withoutBodyForHead } from "#schema/rest/head-response.ts";
import { cut, toWire } from "#schema/wire-errors.ts";
import { infer } from "./infer.ts";
import { modelMetadata, serverMetadata } from "./metadata.ts";
import { readInferRequest } from "./read-request.ts";
import { type OipRoute, routeOf, servedModel } from "./routes.ts";
import { writeInferResponse } from "./write-response.ts";

export interface OipHandlerOptions {
  readonly host: Host;
  /** ORIGIN_TOKEN, and whether requests without it are answered: the rules of /graphql. Only health is open to all. */
  readonly token: string | undefined;
  readonly anonymous: boolean;
  isReady(): boolean;
  /** Called with the id that the masked error shows. */
  logInternal(id: string, error: unknown): void;
}

/** The Open Inference Protocol, version 2, over HTTP, with the binary tensor extension: /v2 and what lies under it. */
export function createOipHandler(options: OipHandlerOptions): (request: Request, call: Call) => Promise<Response> {
  return async (request, call) => {
    try {
      const route = routeOf(new URL(request.url).pathname);
      requireMethod(request, route.kind === "infer" ? ["POST"] : ["GET", "HEAD"]);
      return withoutBodyForHead(request, await answerRoute(route, request, call, options));
    } catch (error) {
      return errorResponse(error, options);
    }
  };
}

async function answerRoute(
  route: OipRoute,
  request: Request,
  call: Call,
  options: OipHandlerOptions,
): Promise<Response> {
  const { host, token, anonymous, isReady } = options;
  if (route.kind === "live") return Response.json({ live: true });
  if (route.kind === "ready") return Response.json({ ready: isReady() }, { status: isReady() ? 200 : 503 });
  checkToken(request, { token, anonymous });
  if (route.kind === "server") return Response.json(serverMetadata(host));
  const model = servedModel(route, host.catalogue);
  switch (route.kind) {
    case "model":
      return Response.json(modelMetadata(model));
    case "modelReady":
      return Response.json({ name: model.id, ready: isReady() }, { status: isReady() ? 200 : 503 });
    case "infer": {
      refuseSimpleType(request, "application/json");
      const asked = await readInferRequest(request, model);
      return writeInferResponse(asked, await infer(asked, hostFor(host, call)));
    }
  }
}

/** The protocol's form of a failure: a status and `{"error"}`. */
function errorResponse(error: unknown, { logInternal }: OipHandlerOptions): Response {
  if (error instanceof IsobitError) return refusal(httpStatus(error), cut(error.message), headersOf(error));
  return refusal(500, toWire(error, logInternal).message);
}

function refusal(status: number, error: string, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json({ error }, { status, headers });
}
