import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { messageOf, IsobitError } from "#core/errors.ts";
import { parsePeers } from "#core/peers/parse-peers.ts";
import { VARIABLES } from "#core/variables.ts";
import { IS_CHECKOUT, ROOT } from "#node/installation.ts";
import { freePort, parsePort } from "#node/ports.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

const EDGE_PORT = Number(VARIABLES.EDGE_PORT.fallback);
const ORIGIN_PORT = Number(VARIABLES.ORIGIN_PORT.fallback);

/** Everything that the two processes of one stack are started with. */
export interface StackSettings {
  readonly edgePort: number;
  readonly originPort: number;
  /** For people and browsers. */
  readonly edgeUrl: string;
  readonly originUrl: string;
  readonly token: string;
  /** Where this stack's edge keeps what it serves: two stacks may serve different models. */
  readonly assetsFolder: string;
  /** What both sides find in their environment. */
  readonly env: Variables;
}

/** The edge that `npm start` serves unless told otherwise. */
export function defaultEdgeUrl(variables: Variables): string {
  return `http://localhost:${parsePort("EDGE_PORT", variables["EDGE_PORT"], EDGE_PORT) ?? EDGE_PORT}`;
}

/** The origin that `npm start` serves next to it; null where it may listen on any port. */
export function defaultOriginUrl(variables: Variables): string | null {
  const port = parsePort("ORIGIN_PORT", variables["ORIGIN_PORT"], ORIGIN_PORT);
  return port === null ? null : `http://${reachableHost(variables["ORIGIN_HOST"])}:${port}`;
}

/** @throws IsobitError that names the bad variable */
export async function settingsFrom(variables: Variables): Promise<StackSettings> {
  checkPeers(variables["PEERS"]);
  const edgePort = parsePort("EDGE_PORT", variables["EDGE_PORT"], EDGE_PORT) ?? (await freePort());
  const originPort = parsePort("ORIGIN_PORT", variables["ORIGIN_PORT"], ORIGIN_PORT) ?? (await freePort());
  const token = variables["ORIGIN_TOKEN"] ?? randomBytes(24).toString("base64url");
  const originUrl = `http://${reachableHost(variables["ORIGIN_HOST"])}:${originPort}`;
  return {
    edgePort,
    originPort,
    edgeUrl: `http://localhost:${edgePort}`,
    originUrl,
    token,
    assetsFolder: assetsFolderOf(edgePort),
    env: {
      ...variables,
      ...absolute("MODEL", variables),
      ...absolute("MODEL_JSON", variables),
      EDGE_PORT: String(edgePort),
      ORIGIN_PORT: String(originPort),
      EDGE_URL: `http://127.0.0.1:${edgePort}`,
      ORIGIN_URL: originUrl.replace("//localhost", "//127.0.0.1"),
      ORIGIN_TOKEN: token,
      ORIGIN_PUBLIC: variables["ORIGIN_PUBLIC"] || "1",
    },
  };
}

/** Both sides would refuse it, too, but only after the page and the Worker have been built. */
function checkPeers(value: string | undefined): void {
  try {
    parsePeers(value, (url) => URL.parse(url));
  } catch (error) {
    throw new IsobitError("BAD_OPTION", messageOf(error), { cause: error });
  }
}

/** An installed package may lie where its user cannot write; elsewhere the name must not be one that others can foresee. */
function assetsFolderOf(edgePort: number): string {
  return IS_CHECKOUT
    ? join(ROOT, "dist", "edge", `assets-${edgePort}`)
    : join(tmpdir(), `isobit-${randomBytes(16).toString("hex")}`);
}

/** The sides run in isobit's own folder, the person who types a path does not. */
function absolute(name: string, variables: Variables): Variables {
  const path = variables[name]?.trim();
  return path ? { [name]: resolve(path) } : {};
}

/** An origin that listens on every address, or on the default one, is reached on this machine's own. */
function reachableHost(host: string | undefined): string {
  if (!host || ["127.0.0.1", "0.0.0.0", "::", "localhost"].includes(host)) return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
