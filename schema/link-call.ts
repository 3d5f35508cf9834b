import { IsobitError, isErrorCode, messageOf } from "#core/errors.ts";
import type { Side } from "#core/backends.ts";
import { RAW_BODY_TYPE } from "./raw-body.ts";
import type { TypedQuery } from "./typed-query.ts";

export interface LinkOptions {
  /** The other side's root, e.g. http://127.0.0.1:4000. */
  readonly url: string;
  /** ORIGIN_TOKEN; without it the other side answers nothing, and that is what its backends then say. */
  readonly token: string | undefined;
  /** The side that is reached. */
  readonly holds: Side;
  fetch(request: Request): Promise<Response>;
}

/** A variable of type Bytes that crosses as it is, not as base64. */
interface RawVariable<Name extends string = string> {
  readonly name: Name;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** @returns what the other side holds under the query's names @throws IsobitError */
export type Call = <Held, Variables extends object, Raw extends string = never>(
  query: TypedQuery<{ readonly held: Held }, Variables>,
  variables: Omit<Variables, Raw>,
  timeoutMs: number,
  bytes?: RawVariable<Raw>,
) => Promise<Held>;

/** One POST to the other side's /graphql, every failure of it as an IsobitError that says what to do. */
export function caller({ url, token, holds, fetch }: LinkOptions): Call {
  const side = holds.toLowerCase();
  const endpoint = new URL("graphql", url.endsWith("/") ? url : `${url}/`);
  return async <Held>(
    query: TypedQuery<{ readonly held: Held }, unknown>,
    variables: object,
    timeoutMs: number,
    bytes?: RawVariable,
  ) => {
    if (token === undefined) {
      throw new IsobitError(
        "UNAUTHENTICATED",
        `No ORIGIN_TOKEN is set, so the ${side} is not asked. Start both sides with the same one, as isobit start does.`,
      );
    }
    const { type, ...asked } = bytes
      ? rawBody(endpoint, query, variables, bytes)
      : jsonBody(endpoint, query, variables);
    const request = new Request(asked.url, {
      method: "POST",
      headers: { "content-type": type, accept: "application/json", authorization: `Bearer ${token}` },
      body: asked.body,
      signal: AbortSignal.timeout(timeoutMs),
    });
    const response = await reach(request, fetch, side, url, timeoutMs);
    return heldOf<Held>(await readJson(response, side, url), side);
  };
}

interface Posted {
  readonly url: URL;
  readonly type: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

function jsonBody(url: URL, query: string, variables: object): Posted {
  return { url, type: "application/json", body: JSON.stringify({ query, variables }) };
}

/** As raw-body.ts reads it. */
function rawBody(endpoint: URL, query: string, variables: object, { name, bytes }: RawVariable): Posted {
  const url = new URL(endpoint);
  url.search = new URLSearchParams({ query, variables: JSON.stringify(variables), body: name }).toString();
  return { url, type: RAW_BODY_TYPE, body: bytes };
}

async function reach(
  request: Request,
  fetch: LinkOptions["fetch"],
  side: string,
  url: string,
  timeoutMs: number,
): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    if (error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError")) {
      throw new IsobitError("TIMEOUT", `The ${side} at ${url} did not answer within ${timeoutMs / 1000} s.`, {
        cause: error,
      });
    }
    throw unreachable(side, url, messageOf(error instanceof Error && error.cause ? error.cause : error), error);
  }
}

async function readJson(response: Response, side: string, url: string): Promise<unknown> {
  const text = await response.text().catch((error: unknown) => {
    throw unreachable(side, url, `its answer broke off (${messageOf(error)})`, error);
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreachable(side, url, `what answers there is no isobit (HTTP ${response.status}, not JSON)`, error);
  }
}

/** ORIGIN_UNREACHABLE in the edge's eyes; the origin says the same of the edge, which has no code of its own. */
function unreachable(side: string, url: string, why: string, cause: unknown): IsobitError {
  const code = side === "origin" ? "ORIGIN_UNREACHABLE" : "BACKEND_UNAVAILABLE";
  return new IsobitError(
    code,
    `The ${side} at ${url} cannot be reached: ${why.replace(/\.$/, "")}. If \`isobit start\` is still running, the ${side} recovers by itself. Otherwise start it again.`,
    { cause },
  );
}

function heldOf<Held>(body: unknown, side: string): Held {
  const { data, errors } = (body ?? {}) as {
    data?: { held?: Held } | null;
    errors?: { message?: string; extensions?: { code?: unknown } }[];
  };
  if (data?.held) return data.held;
  const first = errors?.[0];
  const code = first?.extensions?.code;
  throw new IsobitError(
    isErrorCode(code) ? code : "BACKEND_FAILED",
    `The ${side} says: ${first?.message ?? "nothing"}`,
  );
}
