import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { CHECKOUT } from "./launch.ts";
import { freePort, parsePort } from "./ports.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

const EDGE_PORT = 8787;
const ORIGIN_PORT = 4000;

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

/** @throws Failure that names the bad variable */
export async function settingsFrom(variables: Variables): Promise<StackSettings> {
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
    assetsFolder: join(CHECKOUT, "dist", "edge", `assets-${edgePort}`),
    env: {
      ...variables,
      EDGE_PORT: String(edgePort),
      ORIGIN_PORT: String(originPort),
      EDGE_URL: `http://127.0.0.1:${edgePort}`,
      ORIGIN_URL: originUrl.replace("//localhost", "//127.0.0.1"),
      ORIGIN_TOKEN: token,
      ORIGIN_PUBLIC: variables["ORIGIN_PUBLIC"] || "1",
    },
  };
}

/** An origin that listens on every address, or on the default one, is reached on this machine's own. */
function reachableHost(host: string | undefined): string {
  if (!host || ["127.0.0.1", "0.0.0.0", "::", "localhost"].includes(host)) return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
