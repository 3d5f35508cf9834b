import { GraphQLError } from "graphql";
import { headersOf, httpStatus, IsobitError, isErrorCode } from "#core/errors.ts";

const MAX_MESSAGE_LENGTH = 2_000;

/**
 * A failure as callers see it: an IsobitError with its code, a refused query as BAD_INPUT, anything else masked as
 * INTERNAL under an id that the log repeats.
 */
export function toWire(error: unknown, logInternal: (id: string, error: unknown) => void): GraphQLError {
  const known = findIsobitError(error);
  if (known) return regraph(error, known.message, extensionsOf(known));
  if (isRefusedQuery(error)) return asBadInput(error);
  const id = globalThis.crypto.randomUUID();
  logInternal(id, error instanceof GraphQLError ? (error.originalError ?? error) : error);
  return regraph(error, `This is a defect of isobit. The server's log has the details under ${id}.`, {
    code: "INTERNAL",
    id,
  });
}

/** An overloaded side says so in the status too, so that clients and proxies that know no GraphQL retry. */
function extensionsOf(error: IsobitError): Record<string, unknown> {
  const { code, details } = error;
  if (code !== "OVERLOADED") return { code, ...details };
  return { code, ...details, http: { status: httpStatus(error), headers: headersOf(error) } };
}

/** A query that did not run: its syntax, a name, a variable or the HTTP body is malformed. */
export function asBadInput(error: GraphQLError): GraphQLError {
  const known = findIsobitError(error);
  if (known) return regraph(error, known.message, { code: known.code, ...known.details });
  const { code, http } = error.extensions;
  return regraph(error, cut(error.message), {
    code: isErrorCode(code) ? code : "BAD_INPUT",
    ...(http === undefined ? {} : { http: error.source === undefined ? withStatus(http) : http }),
  });
}

/** graphql-js prints the value that it refuses, however large it is. */
export function cut(message: string): string {
  return message.length <= MAX_MESSAGE_LENGTH ? message : `${message.slice(0, MAX_MESSAGE_LENGTH)}…`;
}

/**
 * Yoga's status for a body that is not a query, also for callers that accept application/json (its `spec` flag makes that
 * 200). An error in the query's text keeps the flag: GraphQL over HTTP requires 200 for such callers.
 */
function withStatus(http: object): object {
  return { ...http, spec: false };
}

function isRefusedQuery(error: unknown): error is GraphQLError {
  if (!(error instanceof GraphQLError)) return false;
  return error.originalError == null || isRefusedQuery(error.originalError);
}

/** A resolver's error comes wrapped; a scalar's comes wrapped twice. */
function findIsobitError(error: unknown): IsobitError | undefined {
  let current = error;
  for (let depth = 0; depth < 4; depth += 1) {
    if (current instanceof IsobitError) return current;
    if (!(current instanceof GraphQLError)) return undefined;
    current = current.originalError;
  }
  return undefined;
}

function regraph(error: unknown, message: string, extensions: Record<string, unknown>): GraphQLError {
  if (!(error instanceof GraphQLError)) return new GraphQLError(message, { extensions });
  const { nodes, source, positions, path } = error;
  return new GraphQLError(message, { nodes, source, positions, path, extensions });
}

/** A refusal before GraphQL runs, in GraphQL's own envelope. */
export function refusal(error: IsobitError): Response {
  const { code, message, details } = error;
  const errors = [{ message: cut(message), extensions: { code, ...details } }];
  return Response.json({ errors }, { status: httpStatus(error), headers: headersOf(error) });
}

/** Yoga's 406 does not have a body; this one says in JSON what to accept. */
export function notAcceptable({ headers }: Response): Response {
  const message =
    "None of the types in `accept` is available. Send `accept: application/json` or application/graphql-response+json for a query, and text/event-stream for the subscription `sweep`.";
  const accept = headers.get("accept") ?? "application/json";
  return refusal(new IsobitError("BAD_INPUT", message, { http: { status: 406, headers: { accept } } }));
}
