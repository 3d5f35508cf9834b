import type { BackendId } from "#core/backends.ts";
import { parsePeers } from "#core/peers/parse-peers.ts";
import type { PeerAddress } from "#core/peers/peer.ts";
import { parseStandIn } from "#schema/rest/roles.ts";

/** What the edge is told from outside. */
export interface EdgeEnvironment {
  /** Where the origin answers, without a trailing slash. */
  readonly originUrl: string;
  /** The secret that both sides share; undefined: none, and the sides refuse each other. */
  readonly originToken: string | undefined;
  /** The backend that stands for Paragon's `gpu`; undefined: a hardware GPU or none. */
  readonly paragonGpu: BackendId | undefined;
  /** Other services that parity may ask, and no others. */
  readonly peers: readonly PeerAddress[];
  /** Where `npm run edge` listens; 0: any free port. The Worker itself does not use it. */
  readonly port: number;
}

/** The variables that the Worker reads, whether bound by Cloudflare, by wrangler or by `npm run edge`. */
export const WORKER_VARIABLES = ["ORIGIN_URL", "ORIGIN_TOKEN", "PARAGON_GPU", "PEERS"] as const;

/**
 * Reads the edge's variables, once. An unset and an empty variable are the same.
 * @throws Error with a sentence that names the variable
 */
export function parseEnvironment(variables: Readonly<Record<string, unknown>>): EdgeEnvironment {
  return {
    originUrl: parseUrl("ORIGIN_URL", textOf("ORIGIN_URL", variables) ?? "http://127.0.0.1:4000"),
    originToken: parseToken("ORIGIN_TOKEN", textOf("ORIGIN_TOKEN", variables)),
    paragonGpu: parseStandIn(textOf("PARAGON_GPU", variables)),
    peers: parsePeers(textOf("PEERS", variables), (url) => URL.parse(url)),
    port: parsePort("EDGE_PORT", textOf("EDGE_PORT", variables) ?? "8787"),
  };
}

function textOf(name: string, variables: Readonly<Record<string, unknown>>): string | undefined {
  const value = variables[name];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string") return value;
  throw new Error(`${name} must be text; it is bound as ${typeof value}.`);
}

function parseUrl(name: string, text: string): string {
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol) || url.search !== "" || url.hash !== "") {
    throw new Error(
      `${name} is ${JSON.stringify(text)}; it must be an http or https address such as http://127.0.0.1:4000.`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new Error(`${name} carries a user name or password; leave it out and share a secret as ORIGIN_TOKEN.`);
  }
  return url.href.replace(/\/+$/, "");
}

/** The token travels in a header, so it can only be what a header carries. Never shown in the sentence. */
function parseToken(name: string, text: string | undefined): string | undefined {
  if (text === undefined || /^[\x21-\x7e]+$/.test(text)) return text;
  throw new Error(
    `${name} may only have printable ASCII characters without spaces, because it travels in an HTTP header.`,
  );
}

function parsePort(name: string, text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return Number(text);
  throw new Error(`${name} is ${JSON.stringify(text)}; it must be a port number from 0 to 65535 (0: any free port).`);
}
