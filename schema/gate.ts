import { IsobitError } from "#core/errors.ts";
import { refusal, toWire } from "./wire-errors.ts";

export interface GateOptions {
  /** In addition to loopback's names; "*": any. */
  readonly hosts: readonly string[];
  /** Called with the id that the masked error shows. */
  logInternal(id: string, error: unknown): void;
}

/** Lets a request in that HTTP permits, and answers where `answer` throws. */
export type Gate = (request: Request, answer: (url: URL) => Promise<Response>) => Promise<Response>;

/** What every request of a side passes first, and every response last, on every face. */
export function createGate(options: GateOptions): Gate {
  return async (request, answer) => secured(request, await answerOrRefuse(request, answer, options));
}

async function answerOrRefuse(
  request: Request,
  answer: (url: URL) => Promise<Response>,
  { hosts, logInternal }: GateOptions,
): Promise<Response> {
  try {
    const url = permittedUrl(request);
    refuseOtherHosts(url, hosts);
    return await answer(url);
  } catch (error) {
    if (error instanceof IsobitError) return refusal(error);
    const { message, extensions } = toWire(error, logInternal);
    return Response.json({ errors: [{ message, extensions }] }, { status: 500 });
  }
}

const HSTS_MAX_AGE_S = 31_536_000;

/** The same response, with the headers that every one has. */
function secured(request: Request, response: Response): Response {
  const { headers } = response;
  headers.set("x-content-type-options", "nosniff");
  headers.set("referrer-policy", "no-referrer");
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  if (cameOverTls(request)) headers.set("strict-transport-security", `max-age=${HSTS_MAX_AGE_S}`);
  return response;
}

/** By the URL at Cloudflare, or in the word of the proxy in front. Browsers ignore the header over plain HTTP. */
function cameOverTls({ url, headers }: Request): boolean {
  return url.startsWith("https:") || headers.get("x-forwarded-proto")?.trim().toLowerCase() === "https";
}

/** @throws IsobitError BAD_INPUT */
function permittedUrl({ url }: Request): URL {
  // A server makes the URL from the caller's Host header, which may hold anything.
  const parsed = parseUrl(url);
  if (parsed === null) throw new IsobitError("BAD_INPUT", "The Host header and the path are not a valid URL.");
  return parsed;
}

/** Probes use a container's address. The other side has a token, which no page has. */
const FOR_ANY_HOST = /^\/(health\/(live|ready)$|link\/)/;
const LOOPBACK = /^((.+\.)?localhost|127(\.\d+){3}|::1)$/;

/**
 * A name that an attacker owns can be made to resolve to this machine: a page under it may then read what this side
 * answers (DNS rebinding), unless the side knows its own names.
 * @throws IsobitError BAD_INPUT
 */
function refuseOtherHosts({ hostname, pathname }: URL, hosts: readonly string[]): void {
  const host = hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  const isOwn = hosts.includes("*") || hosts.includes(host) || LOOPBACK.test(host) || FOR_ANY_HOST.test(pathname);
  if (isOwn) return;
  throw new IsobitError(
    "BAD_INPUT",
    `This server does not accept requests for the host ${host.slice(0, 100)}. Use localhost, or add the host to HOSTS.`,
    { http: { status: 421 } },
  );
}

function parseUrl(url: string): URL | null {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}
