import type { BackendId } from "#core/backends.ts";
import { messageOf } from "#core/errors.ts";
import type { PeerAddress } from "#core/peers/peer.ts";
import { readVariable } from "#core/variables.ts";
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
  /** Sites whose pages may call /graphql. */
  readonly corsOrigins: readonly string[];
  /** Other services that parity may ask, and no others. */
  readonly peers: readonly PeerAddress[];
}

/**
 * The origin's own variables, read once. An empty one counts as not set, except a secret.
 * MODEL and its companions are read where models are loaded.
 * @throws StartError that names the variable
 */
export function parseEnvironment(environment: Environment): OriginSettings {
  const parseUrl = (url: string): URL | null => URL.parse(url);
  // An empty secret is more likely a mishap than a wish, and taking it as "none" would open the origin.
  if (environment["ORIGIN_TOKEN"] === "") {
    throw new StartError("ORIGIN_TOKEN is empty; give it a secret, or unset it to run without one.");
  }
  try {
    const token = readVariable("ORIGIN_TOKEN", environment, parseUrl);
    return {
      port: readVariable("ORIGIN_PORT", environment, parseUrl),
      host: readVariable("ORIGIN_HOST", environment, parseUrl),
      edgeUrl: edgeUrlFrom(environment) ?? readVariable("EDGE_URL", environment, parseUrl),
      token,
      anonymous: isAnonymous(readVariable("ORIGIN_PUBLIC", environment, parseUrl), token),
      paragonGpu: readVariable("PARAGON_GPU", environment, parseUrl),
      corsOrigins: readVariable("CORS_ORIGINS", environment, parseUrl) ?? [],
      peers: readVariable("PEERS", environment, parseUrl) ?? [],
    };
  } catch (error) {
    throw new StartError(messageOf(error), { cause: error });
  }
}

/** Without EDGE_URL the edge is looked for on this machine, at EDGE_PORT where that is said. */
function edgeUrlFrom({ EDGE_URL: url, EDGE_PORT: port }: Environment): string | undefined {
  return !url && /^[1-9]\d*$/.test(port ?? "") ? `http://127.0.0.1:${port}` : undefined;
}

function isAnonymous(isPublic: boolean | undefined, token: string | undefined): boolean {
  if (isPublic === false && token === undefined) {
    throw new Error("ORIGIN_PUBLIC=0 without ORIGIN_TOKEN would refuse every request; set ORIGIN_TOKEN, too.");
  }
  return isPublic ?? token === undefined;
}
