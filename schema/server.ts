import type { GraphQLError } from "graphql";
import { createYoga, type Plugin } from "graphql-yoga";
import { IsobitError } from "#core/errors.ts";
import type { Host } from "#core/host.ts";
import { boundBody } from "./body-limit.ts";
import { callerOf } from "./caller.ts";
import type { Context } from "./context.ts";
import { schema } from "./index.ts";
import { longVariables } from "./long-variables.ts";
import { queryCaches } from "./query-cache.ts";
import { queryLimits } from "./query-limits.ts";
import { rawBodies } from "./raw-body.ts";
import { asBadInput, notAcceptable, refusal, toWire } from "./wire-errors.ts";

export interface GraphqlHandlerOptions {
  readonly host: Host;
  /** ORIGIN_TOKEN; without it the fields for the other side are refused. */
  readonly token: string | undefined;
  /** Whether requests without a token are answered. A wrong token never is. */
  readonly anonymous: boolean;
  /** Called with the id that the masked error shows. */
  logInternal(id: string, error: unknown): void;
  /** The GraphiQL page for a browser; absent: a browser gets no page. */
  graphiqlPage?(): Promise<string>;
}

/** One web-standard handler for /graphql: refuse strangers and oversized bodies, then Yoga. */
export function createGraphqlHandler(options: GraphqlHandlerOptions): (request: Request) => Promise<Response> {
  const { host, token, anonymous, logInternal } = options;
  const started = host.now();
  const yoga = createYoga<Pick<Context, "fromOtherSide">, Context>({
    schema,
    landingPage: false,
    logging: false,
    // The caller's own limit is applied before Yoga sees the request; Yoga would pipe each body through a stream to count it.
    maxRequestBodySize: false,
    parserAndValidationCache: queryCaches(),
    cors: false,
    batching: false,
    graphiql: options.graphiqlPage !== undefined,
    ...(options.graphiqlPage === undefined ? {} : { renderGraphiQL: options.graphiqlPage }),
    maskedErrors: { maskError: (error) => toWire(error, logInternal) },
    plugins: [rawBodies, ...queryLimits(), longVariables, refusedQueriesAreBadInput],
    context: ({ fromOtherSide }) => ({
      host,
      fromOtherSide,
      tokenConfigured: token !== undefined,
      uptimeSeconds: () => (host.now() - started) / 1000,
    }),
  });

  return async (request) => {
    try {
      const caller = callerOf(request, { token, anonymous });
      const bounded = await boundBody(request, caller);
      const response = await yoga.handleRequest(bounded, { fromOtherSide: caller === "other side" });
      return response.status === 406 ? notAcceptable(response) : response;
    } catch (error) {
      if (error instanceof IsobitError) return refusal(error);
      throw error;
    }
  };
}

/** GraphQL's own rules speak in codes of their own; callers of isobit know one. */
const refusedQueriesAreBadInput: Plugin = {
  onValidate:
    () =>
    ({ result, setResult }) =>
      setResult(result.map((error) => asBadInput(error as GraphQLError))),
};
