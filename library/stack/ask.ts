import { messageOf, IsobitError, type LibraryError } from "#core/errors.ts";
import type { TypedQuery } from "#schema/typed-query.ts";
import { ANSWER_TIMEOUT_MS } from "./limits.ts";

/** Errors that another request would not have. */
const BAD_REQUEST_CODES = new Set<unknown>([
  "BAD_INPUT",
  "IMAGE_NOT_FOUND",
  "MODEL_NOT_FOUND",
  "INPUT_TOO_LARGE",
  "UNSUPPORTED_IMAGE",
]);

export interface GraphqlRequest<Data, Variables> {
  readonly query: TypedQuery<Data, Variables>;
  readonly variables: NoInfer<Variables>;
}

export interface WireError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: { readonly code?: string };
}

/** A GraphQL response as it came. */
export interface GraphqlResponse<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly WireError[];
}

/**
 * Sends a query whose one field is needed.
 * @param url a side's root, such as http://localhost:8787
 * @throws IsobitError: BAD_OPTION if the side refuses the request, INCOMPLETE if there is no response
 */
export async function askFor<Data, Variables, Field extends keyof Data & string>(
  url: string,
  field: Field,
  request: GraphqlRequest<Data, Variables>,
  stop: AbortSignal,
): Promise<NonNullable<Data[Field]>> {
  const { data, errors } = await ask(url, request, stop);
  const value = data?.[field];
  if (value !== undefined && value !== null) return value;
  throw refusal(url, errors?.[0]);
}

/** Sends a query of which some fields may fail. @throws IsobitError INCOMPLETE if there is no response */
export async function ask<Data, Variables>(
  url: string,
  request: GraphqlRequest<Data, Variables>,
  stop: AbortSignal,
): Promise<GraphqlResponse<Data>> {
  const response = await post(url, request, stop);
  const body = await readBody<Data>(url, response);
  if (body.data || body.errors?.[0]) return body;
  throw new IsobitError("INCOMPLETE", notIsobit(url, `HTTP ${response.status} without data`));
}

/** The error of a request that a side refused. */
export function refusal(url: string, error: WireError | undefined): LibraryError {
  if (error === undefined)
    return new IsobitError("INCOMPLETE", notIsobit(url, "a response without the requested field"));
  const { message, path, extensions } = error;
  // Only an error with a path comes from the request; one without says that the query itself was not understood.
  const asked = path !== undefined && BAD_REQUEST_CODES.has(extensions?.code);
  const code = extensions?.code === undefined ? "" : ` (${extensions.code})`;
  return new IsobitError(asked ? "BAD_OPTION" : "INCOMPLETE", `${url} refused the request${code}: ${message}`);
}

async function post(url: string, body: unknown, stop: AbortSignal): Promise<Response> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
  try {
    return await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify(body),
      signal,
    });
  } catch (error) {
    throw noAnswer(url, error);
  }
}

async function readBody<Data>(url: string, response: Response): Promise<GraphqlResponse<Data>> {
  const text = await response.text().catch((error: unknown) => {
    throw noAnswer(url, error);
  });
  try {
    return (JSON.parse(text) ?? {}) as GraphqlResponse<Data>;
  } catch (error) {
    throw new IsobitError("INCOMPLETE", notIsobit(url, `HTTP ${response.status}, not JSON`), { cause: error });
  }
}

function noAnswer(url: string, error: unknown): LibraryError {
  if (error instanceof Error && error.name === "TimeoutError") {
    return new IsobitError("INCOMPLETE", `${url} did not respond within ${ANSWER_TIMEOUT_MS / 1000} s.`, {
      cause: error,
    });
  }
  const why = messageOf(error instanceof Error && error.cause ? error.cause : error) || "no connection";
  return new IsobitError(
    "INCOMPLETE",
    `${url} cannot be reached (${why}). Start a stack with \`isobit start\`, or check the address.`,
    { cause: error },
  );
}

function notIsobit(url: string, what: string): string {
  return `The server at ${url} is not isobit (${what}). Check the address.`;
}
