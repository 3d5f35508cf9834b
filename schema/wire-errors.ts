import { GraphQLError } from "graphql";
import { httpStatus, IsobitError, isErrorCode } from "#core/errors.ts";

const MAX_MESSAGE_LENGTH = 2_000;

/**
 * A failure as the wire shows it: an IsobitError with its code, a refused query as BAD_INPUT, anything else masked as
 * INTERNAL under an id that the log repeats.
 */
export function toWire(error: unknown, logInternal: (id: string, error: unknown) => void): GraphQLError {
  const known = findIsobitError(error);
  if (known) return regraph(error, known.message, { code: known.code, ...known.details });
  if (isRefusedQuery(error)) return asBadInput(error);
  const id = globalThis.crypto.randomUUID();
  logInternal(id, error instanceof GraphQLError ? (error.originalError ?? error) : error);
  return regraph(error, `Something broke here. The log has it under ${id}.`, { code: "INTERNAL", id });
}

/** A query that never ran: its syntax, its names, a variable or the HTTP body has the wrong form. */
export function asBadInput(error: GraphQLError): GraphQLError {
  const known = findIsobitError(error);
  if (known) return regraph(error, known.message, { code: known.code, ...known.details });
  const { code, http } = error.extensions;
  return regraph(error, cut(error.message), {
    code: isErrorCode(code) ? code : "BAD_INPUT",
    ...(http === undefined ? {} : { http: error.source === undefined ? withStatus(http) : http }),
  });
}

/** graphql-js shows the value that it refuses, however large that is. */
function cut(message: string): string {
  return message.length <= MAX_MESSAGE_LENGTH ? message : `${message.slice(0, MAX_MESSAGE_LENGTH)}…`;
}

/**
 * Yoga's status for a body that is no query, also for callers that accept plain application/json (its `spec` flag lifts it
 * there). An error inside a query's text keeps the flag: GraphQL over HTTP asks for 200 then, since such callers look at
 * the body.
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
  const body = { errors: [{ message: error.message, extensions: { code: error.code, ...error.details } }] };
  return Response.json(body, { status: httpStatus(error.code) });
}

/** Yoga's 406 has no body; this one says what may be asked for, in JSON, whatever the caller takes. */
export function notAcceptable({ headers }: Response): Response {
  const message =
    "Nothing here is of a type that `accept` allows. Send `accept: application/json` or application/graphql-response+json for a query, and text/event-stream for the subscription `sweep`.";
  const body = { errors: [{ message, extensions: { code: "BAD_INPUT" } }] };
  return Response.json(body, { status: 406, headers: { accept: headers.get("accept") ?? "application/json" } });
}
