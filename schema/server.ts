import type { GraphQLError } from "graphql";
import { createYoga, type Plugin } from "graphql-yoga";
import type { Call } from "#core/call.ts";
import { IsobitError } from "#core/errors.ts";
import type { Host } from "#core/host.ts";
import { hostFor } from "./admission/host-for.ts";
import { boundBody } from "./body-limit.ts";
import { checkToken } from "./caller.ts";
import type { Context } from "./context.ts";
import { type AllowedOrigins, answerPreflight, isPreflight, share } from "./cors.ts";
import { requireMethod } from "./http-rules.ts";
import { schema } from "./index.ts";
import { longVariables } from "./long-variables.ts";
import { queryCaches } from "./query-cache.ts";
import { queryLimits } from "./query-limits.ts";
import { prefersPage } from "./rest/accept.ts";
import { asBadInput, notAcceptable, refusal, toWire } from "./wire-errors.ts";

export interface GraphqlHandlerOptions {
  readonly host: Host;
  /** ORIGIN_TOKEN. */
  readonly token: string | undefined;
  /** Whether requests without a token are answered. A wrong token is always refused. */
  readonly anonymous: boolean;
  /** CORS_ORIGINS. */
  readonly corsOrigins: AllowedOrigins;
  /** Called with the id that the masked error shows. */
  logInternal(id: string, error: unknown): void;
  /** Answers a browser that opens /graphql. */
  graphiqlPage(request: Request): Promise<Response>;
}

/** One web-standard handler for /graphql: check the token, the kind of the body and its size, then run Yoga. */
export function createGraphqlHandler(
  options: GraphqlHandlerOptions,
): (request: Request, call: Call) => Promise<Response> {
  const { host, token, anonymous, corsOrigins, logInternal, graphiqlPage } = options;
  const started = host.now();
  const yoga = createYoga<{ readonly call: Call }, Context>({
    schema,
    landingPage: false,
    logging: false,
    // The limit is applied before Yoga sees the request; Yoga would pipe each body through a stream to count it.
    maxRequestBodySize: false,
    parserAndValidationCache: queryCaches(),
    cors: false,
    batching: false,
    graphiql: false,
    maskedErrors: { maskError: (error) => toWire(error, logInternal) },
    plugins: [...queryLimits(), longVariables, refusedQueriesAreBadInput],
    context: ({ call }) => ({ call, host: hostFor(host, call), uptimeSeconds: () => (host.now() - started) / 1000 }),
  });
  const answer = async (request: Request, call: Call): Promise<Response> => {
    try {
      checkToken(request, { token, anonymous });
      if (request.method === "GET" && prefersPage(request.headers.get("accept"))) return await graphiqlPage(request);
      requireMethod(request, ["GET", "POST"]);
      if (request.method === "GET") refuseUnparsable(request.url);
      const otherType = request.method === "POST" ? otherThanJson(request) : null;
      if (otherType !== null) throw notJson(otherType);
      const response = await yoga.handleRequest(await boundBody(request), { call });
      return response.status === 406 ? notAcceptable(response) : response;
    } catch (error) {
      if (error instanceof IsobitError) return refusal(error);
      throw error;
    }
  };
  return async (request, call) =>
    isPreflight(request)
      ? answerPreflight(request, corsOrigins, ["GET", "POST"])
      : share(request, await answer(request, call), corsOrigins);
}

/** Yoga parses these two and takes what `JSON.parse` throws for a failure of its own. @throws IsobitError BAD_INPUT */
function refuseUnparsable(url: string): void {
  const { searchParams } = new URL(url);
  for (const name of ["variables", "extensions"]) {
    const text = searchParams.get(name);
    if (text === null || text === "") continue;
    try {
      JSON.parse(text);
    } catch (error) {
      throw new IsobitError("BAD_INPUT", `\`${name}\` in the URL is not valid JSON. Send a JSON object.`, {
        cause: error,
      });
    }
  }
}

/** The content type of a body that is not JSON; null for JSON. Pages of other sites can send those without a preflight. */
function otherThanJson({ headers }: Request): string | null {
  const type = headers.get("content-type") ?? "";
  const [essence = ""] = type.split(";");
  return /^application\/(graphql\+)?json$/.test(essence.trim()) ? null : type;
}

function notJson(type: string): IsobitError {
  const given = type === "" ? "no `content-type` header" : `\`content-type: ${type.slice(0, 100)}\``;
  return new IsobitError(
    "BAD_INPUT",
    `The request has ${given}. Send the query as JSON with \`content-type: application/json\`.`,
    { http: { status: 415 } },
  );
}

/** GraphQL's own rules have other codes; isobit's callers know one. */
const refusedQueriesAreBadInput: Plugin = {
  onValidate:
    () =>
    ({ result, setResult }) =>
      setResult(result.map((error) => asBadInput(error as GraphQLError))),
};
