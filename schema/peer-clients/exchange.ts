import { IsobitError, messageOf } from "#core/errors.ts";
import { MAX_PEER_BODY_BYTES } from "#core/limits.ts";
import { parseKeepingNumbers } from "#core/peers/json-text.ts";
import type { PeerAddress } from "#core/peers/peer.ts";
import { readAtMost } from "../body-limit.ts";

export type Fetch = (request: Request) => Promise<Response>;

export interface PeerRequest {
  readonly url: string;
  readonly timeoutMs: number;
  /** Absent: GET. */
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface PeerReply {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
}

/**
 * One call to a peer. Nothing of it is believed: a redirect is not followed, since the address is the configuration's
 * to name, and a body is read to its bound and no further.
 * @throws IsobitError TIMEOUT, BACKEND_UNAVAILABLE without a response, BACKEND_FAILED for an unusable one
 */
export async function callPeer(peer: PeerAddress, fetch: Fetch, asked: PeerRequest): Promise<PeerReply> {
  const { url, timeoutMs, body, headers = {} } = asked;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const request = new Request(url, {
      method: body === undefined ? "GET" : "POST",
      headers: { accept: "application/json", ...headers },
      redirect: "manual",
      signal,
      ...(body === undefined ? {} : { body }),
    });
    const response = await fetch(request);
    refuseRedirect(peer, response);
    return { status: response.status, headers: response.headers, bytes: await readBounded(peer, response) };
  } catch (error) {
    if (error instanceof IsobitError) throw error;
    if (signal.aborted) {
      throw new IsobitError("TIMEOUT", `The peer ${peer.id} did not respond within ${timeoutMs / 1000} s.`, {
        cause: error,
      });
    }
    const why = messageOf(error instanceof Error && error.cause ? error.cause : error).replace(/\.$/, "");
    throw new IsobitError(
      "BACKEND_UNAVAILABLE",
      `The peer ${peer.id} at ${peer.url} cannot be reached: ${why || "no connection"}. Start it, or correct PEERS.`,
      { cause: error },
    );
  }
}

/**
 * The reply as JSON whose numbers keep their text.
 * @throws IsobitError BACKEND_FAILED for HTML or anything else that is not JSON
 */
export function jsonOf(peer: PeerAddress, { status, bytes }: PeerReply): unknown {
  const text = new TextDecoder().decode(bytes);
  try {
    return parseKeepingNumbers(text);
  } catch {
    const kind = /^\s*</.test(text) ? "HTML" : "no JSON";
    throw broken(peer, `sent ${kind} (HTTP ${status}). Check that PEERS has the service's own address.`);
  }
}

function refuseRedirect(peer: PeerAddress, { status, headers }: Response): void {
  if (status < 300 || status >= 400) return;
  const target = headers.get("location") ?? "another address";
  throw broken(peer, `redirects to ${clip(target)}. Put the final address in PEERS.`);
}

/** BACKEND_FAILED of a peer; the sentence goes on after its name. */
export function broken(peer: PeerAddress, words: string): IsobitError {
  return new IsobitError("BACKEND_FAILED", `The peer ${peer.id} ${words}`);
}

/** A peer's own message, at most one line. */
export function clip(words: string): string {
  const line = words.replaceAll(/\s+/g, " ").trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

async function readBounded(peer: PeerAddress, { body, headers }: Response): Promise<Uint8Array> {
  if (body === null) return new Uint8Array(0);
  const tooMuch = (): IsobitError =>
    broken(peer, `sent more than ${MAX_PEER_BODY_BYTES / 1024 / 1024} MiB in one response.`);
  if (Number(headers.get("content-length") ?? 0) > MAX_PEER_BODY_BYTES) {
    await body.cancel();
    throw tooMuch();
  }
  return readAtMost(body, MAX_PEER_BODY_BYTES, tooMuch);
}
