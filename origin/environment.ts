import type { BackendId } from "#core/backends.ts";
import { messageOf } from "#core/errors.ts";
import { parsePeers } from "#core/peers/parse-peers.ts";
import type { PeerAddress } from "#core/peers/peer.ts";
import { parseStandIn } from "#schema/rest/roles.ts";
import { StartError } from "./start-error.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface OriginSettings {
  /** 0 lets the system choose a free one. */
  readonly port: number;
  readonly host: string;
  /** The edge's root. */
  readonly edgeUrl: string;
  /** The secret that the two sides share; undefined where none was given. */
  readonly token: string | undefined;
  /** Whether requests without a token are answered. */
  readonly anonymous: boolean;
  /** The backend that stands for Paragon's `gpu`; undefined: a hardware GPU or none. */
  readonly paragonGpu: BackendId | undefined;
  /** Other services that parity may ask, and no others. */
  readonly peers: readonly PeerAddress[];
}

const DEFAULT_PORT = 4000;
const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_EDGE_URL = "http://127.0.0.1:8787";
const MAX_PORT = 65_535;

/**
 * The origin's own variables, read once. An empty one counts as not set, except a secret.
 * MODEL and its companions are read where models are loaded.
 * @throws StartError that names the variable
 */
export function parseEnvironment(environment: Environment): OriginSettings {
  const token = parseToken(environment["ORIGIN_TOKEN"]);
  return {
    port: parsePort(environment["ORIGIN_PORT"]),
    host: parseHost(environment["ORIGIN_HOST"]),
    edgeUrl: parseUrl(environment["EDGE_URL"], environment["EDGE_PORT"]),
    token,
    anonymous: parsePublic(environment["ORIGIN_PUBLIC"], token),
    paragonGpu: parseParagonGpu(environment["PARAGON_GPU"]),
    peers: parsePeersOrStop(environment["PEERS"]),
  };
}

function parsePort(value: string | undefined): number {
  if (!value) return DEFAULT_PORT;
  const port = Number(value);
  if (/^\d+$/.test(value) && port <= MAX_PORT) return port;
  throw new StartError(
    `ORIGIN_PORT is ${JSON.stringify(value)}; it must be a whole number from 0 to ${MAX_PORT} (0: any free port).`,
  );
}

function parseHost(value: string | undefined): string {
  if (!value) return DEFAULT_HOST;
  if (/^[\w.:-]+$/.test(value)) return value;
  throw new StartError(
    `ORIGIN_HOST is ${JSON.stringify(value)}; it must be a host name or address to listen on, such as 127.0.0.1 or 0.0.0.0.`,
  );
}

/** Without EDGE_URL the edge is looked for on this machine, at EDGE_PORT where that is said. */
function parseUrl(value: string | undefined, edgePort: string | undefined): string {
  if (!value) return /^[1-9]\d*$/.test(edgePort ?? "") ? `http://127.0.0.1:${edgePort}` : DEFAULT_EDGE_URL;
  const url = URL.parse(value);
  if (url && (url.protocol === "http:" || url.protocol === "https:") && url.username === "" && url.password === "") {
    return url.href.replace(/\/+$/, "");
  }
  throw new StartError(
    `EDGE_URL is ${JSON.stringify(value)}; it must be the edge's http(s) URL, such as ${DEFAULT_EDGE_URL}.`,
  );
}

/** An empty secret is more likely a mishap than a wish, and taking it as "none" would open the origin. */
function parseToken(value: string | undefined): string | undefined {
  if (value === undefined || /^[\x21-\x7e]+$/.test(value)) return value;
  throw new StartError(
    value === ""
      ? "ORIGIN_TOKEN is empty; give it a secret, or unset it to run without one."
      : "ORIGIN_TOKEN holds a character that an HTTP header cannot carry; use printable ASCII without spaces.",
  );
}

function parseParagonGpu(value: string | undefined): BackendId | undefined {
  try {
    return parseStandIn(value);
  } catch (error) {
    throw new StartError(messageOf(error), { cause: error });
  }
}

function parsePublic(value: string | undefined, token: string | undefined): boolean {
  if (!value) return token === undefined;
  if (value !== "0" && value !== "1") {
    throw new StartError(
      `ORIGIN_PUBLIC is ${JSON.stringify(value)}; it must be 1 (answer requests without a token) or 0 (refuse them).`,
    );
  }
  if (value === "0" && token === undefined) {
    throw new StartError("ORIGIN_PUBLIC=0 without ORIGIN_TOKEN would refuse everybody; set ORIGIN_TOKEN too.");
  }
  return value === "1";
}

function parsePeersOrStop(value: string | undefined): PeerAddress[] {
  try {
    return parsePeers(value, (url) => URL.parse(url));
  } catch (error) {
    throw new StartError(messageOf(error), { cause: error });
  }
}
