import type { BackendId } from "#core/backends.ts";
import type { PeerAddress } from "#core/peers/peer.ts";
import { readVariable, variablesOf } from "#core/variables.ts";

/** What the edge is told from outside. */
export interface EdgeEnvironment {
  /** Where the origin answers, without a trailing slash. */
  readonly originUrl: string;
  /** The secret that both sides share; undefined: none, and the sides refuse each other. */
  readonly originToken: string | undefined;
  /** The backend that stands for Paragon's `gpu`; undefined: a hardware GPU or none. */
  readonly paragonGpu: BackendId | undefined;
  /** Sites whose pages may call /graphql. */
  readonly corsOrigins: readonly string[];
  /** Other services that parity may ask, and no others. */
  readonly peers: readonly PeerAddress[];
  /** Where `npm run edge` listens; 0: any free port. The Worker itself does not use it. */
  readonly port: number;
}

/** The variables that the Worker reads, whether bound by Cloudflare, by wrangler or by `npm run edge`. */
export const WORKER_VARIABLES = variablesOf("worker");

/**
 * Reads the edge's variables, once. An unset and an empty variable are the same.
 * @throws Error with a sentence that names the variable
 */
export function parseEnvironment(variables: Readonly<Record<string, unknown>>): EdgeEnvironment {
  const parseUrl = (url: string): URL | null => URL.parse(url);
  return {
    originUrl: readVariable("ORIGIN_URL", variables, parseUrl),
    originToken: readVariable("ORIGIN_TOKEN", variables, parseUrl),
    paragonGpu: readVariable("PARAGON_GPU", variables, parseUrl),
    corsOrigins: readVariable("CORS_ORIGINS", variables, parseUrl) ?? [],
    peers: readVariable("PEERS", variables, parseUrl) ?? [],
    port: readVariable("EDGE_PORT", variables, parseUrl),
  };
}
