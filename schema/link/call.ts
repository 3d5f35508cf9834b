import type { Side } from "#core/backends.ts";
import { IsobitError, messageOf } from "#core/errors.ts";
import { decodeMessage, encodeMessage, MESSAGE_TYPE, type Message } from "./message.ts";
import { type Answers, type Asked, fromFailure, type Question, type WireFailure } from "./questions.ts";

export interface LinkOptions {
  /** The other side's root, e.g. http://127.0.0.1:4000. */
  readonly url: string;
  /** ORIGIN_TOKEN; without it the other side is not asked, and its backends' statuses say so. */
  readonly token: string | undefined;
  /** The side that is reached. */
  readonly holds: Side;
  fetch(request: Request): Promise<Response>;
}

/** @throws IsobitError */
export type Call = <Name extends Question>(
  name: Name,
  asked: Asked<Name>,
  timeoutMs: number,
  bytes?: Message["bytes"],
) => Promise<{ readonly json: Answers[Name]; readonly bytes: Message["bytes"] }>;

/** One POST to the other side, every failure of it as an IsobitError that says what to do. */
export function caller({ url, token, holds, fetch }: LinkOptions): Call {
  const side = holds.toLowerCase();
  const root = new URL("link/", url.endsWith("/") ? url : `${url}/`);
  /** ORIGIN_UNREACHABLE for the origin; the edge has no code of its own. */
  const unreachable = (why: string, cause: unknown): IsobitError => {
    const code = holds === "ORIGIN" ? "ORIGIN_UNREACHABLE" : "BACKEND_UNAVAILABLE";
    const message = `The ${side} at ${url} cannot be reached: ${why.replace(/\.$/, "")}. If \`isobit start\` is still running, the ${side} recovers by itself. Otherwise start it again.`;
    return new IsobitError(code, message, { cause });
  };
  const exchange = async (request: Request, timeoutMs: number) => {
    try {
      const response = await fetch(request);
      return { ok: response.ok, status: response.status, body: new Uint8Array(await response.arrayBuffer()) };
    } catch (error) {
      const { name, cause } = error instanceof Error ? error : new Error(messageOf(error));
      if (name !== "TimeoutError" && name !== "AbortError") throw unreachable(messageOf(cause ?? error), error);
      const message = `The ${side} at ${url} did not respond within ${timeoutMs / 1000} s.`;
      throw new IsobitError("TIMEOUT", message, { cause: error });
    }
  };
  return async <Name extends Question>(
    name: Name,
    json: Asked<Name>,
    timeoutMs: number,
    bytes: Message["bytes"] = [],
  ) => {
    if (token === undefined) {
      throw new IsobitError(
        "UNAUTHENTICATED",
        `ORIGIN_TOKEN is not set, so the ${side} is not asked. Start both sides with the same one (isobit start does).`,
      );
    }
    const request = new Request(new URL(name, root), {
      method: "POST",
      headers: { "content-type": MESSAGE_TYPE, authorization: `Bearer ${token}` },
      body: encodeMessage({ json, bytes }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const { ok, status, body } = await exchange(request, timeoutMs);
    const failure = ok ? undefined : failureIn(body);
    if (failure) throw fromFailure({ ...failure, message: `The ${side} says: ${failure.message}` });
    try {
      const answer = decodeMessage(body);
      return { json: answer.json as Answers[Name], bytes: answer.bytes };
    } catch (error) {
      throw unreachable(`the server at that address is not isobit of this version (HTTP ${status})`, error);
    }
  };
}

/** The error in a refusal; undefined where the body is none. */
function failureIn(body: Uint8Array): WireFailure | undefined {
  try {
    const { errors } = JSON.parse(new TextDecoder().decode(body)) as {
      readonly errors?: readonly { readonly message: string; readonly extensions: Pick<WireFailure, "code"> }[];
    };
    const [first] = errors ?? [];
    return first && { code: first.extensions.code, message: first.message };
  } catch {
    return undefined;
  }
}
