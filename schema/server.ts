import { type GraphQLError, NoSchemaIntrospectionCustomRule } from "graphql";
import { createYoga, type Plugin } from "graphql-yoga";
import type { Call } from "#core/call.ts";
import { IsobitError } from "#core/errors.ts";
import type { Host } from "#core/host.ts";
import { hostFor } from "./admission/host-for.ts";
import { boundBody } from "./body-limit.ts";
import { checkToken } from "./caller.ts";
import type { Context } from "./context.ts";
import { type AllowedOrigins, answerPreflight, isPreflight, share } from "./cors.ts";
import { contentType, requireMethod, unsupportedType } from "./http-rules.ts";
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
  readonly graphiql: boolean;
  /** Whether queries may read the schema. */
  readonly introspection: boolean;
  /** Answers a browser that opens /graphql, where GraphiQL is on. */
  graphiqlPage(request: Request): Promise<Response>;
}

/** One web-standard handler for /graphql: check the token, the kind of the body and its size, then run Yoga. */
export function createGraphqlHandler(
  options: GraphqlHandlerOptions,
): (request: Request, call: Call) => Promise<Response> {
  const { host, token, anonymous, corsOrigins, graphiql, introspection, logInternal, graphiqlPage } = options;
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
    plugins: [
      ...queryLimits(),
      longVariables,
      refusedQueriesAreBadInput,
      ...(introspection ? [] : [withoutIntrospection]),
    ],
    context: ({ call }) => ({ call, host: hostFor(host, call), uptimeSeconds: () => (host.now() - started) / 1000 }),
  });
  const answer = async (request: Request, call: Call): Promise<Response> => {
    try {
      checkToken(request, { token, anonymous });
      const isPage = graphiql && request.method === "GET" && prefersPage(request.headers.get("accept"));
      if (isPage) return await graphiqlPage(request);
      requireMethod(request, ["GET", "POST"]);
      if (request.method === "GET") refuseUnparsable(request.url);
      if (request.method === "POST" && !JSON_TYPES.includes(contentType(request.headers)))
        throw unsupportedType(request.headers, "application/json");
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

/** Pages of other sites can send other types without a preflight. */
const JSON_TYPES = ["application/json", "application/graphql+json"];

const withoutIntrospection: Plugin = {
  onValidate: ({ addValidationRule }) => addValidationRule(NoSchemaIntrospectionCustomRule),
};

/** GraphQL's own rules have other codes; isobit's callers know one. */
const refusedQueriesAreBadInput: Plugin = {
  onValidate:
    () =>
    ({ result, setResult }) =>
      setResult(result.map((error) => asBadInput(error as GraphQLError))),
};
