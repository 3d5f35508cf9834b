import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { messageOf, IsobitError } from "#core/errors.ts";
import { readVariable, VARIABLE_NAMES } from "#core/variables.ts";
import { IS_CHECKOUT, ROOT } from "#node/installation.ts";
import { freePort } from "#node/ports.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

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

/** The edge that `isobit start` serves with this environment; null if it may listen on any port. */
export function edgeUrlOf(variables: Variables): string | null {
  const port = portOf("EDGE_PORT", variables);
  return port === null ? null : `http://localhost:${port}`;
}

/** Its origin, likewise. */
export function originUrlOf(variables: Variables): string | null {
  const port = portOf("ORIGIN_PORT", variables);
  return port === null ? null : `http://${reachableHost(variables["ORIGIN_HOST"])}:${port}`;
}

/** @throws IsobitError that names the bad variable */
export async function settingsFrom(variables: Variables): Promise<StackSettings> {
  checkVariables(variables);
  const edgePort = portOf("EDGE_PORT", variables) ?? (await freePort());
  const originPort = portOf("ORIGIN_PORT", variables) ?? (await freePort());
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

/** Refuses what a side would refuse only after the page and the Worker have been built. @throws IsobitError BAD_OPTION */
export function checkVariables(variables: Variables): void {
  try {
    for (const name of VARIABLE_NAMES) readVariable(name, variables, (url) => URL.parse(url));
  } catch (error) {
    throw new IsobitError("BAD_OPTION", messageOf(error), { cause: error });
  }
}

/** A port variable that was checked; null: any free port. */
export function portOf(name: "EDGE_PORT" | "ORIGIN_PORT" | "WEB_PORT", variables: Variables): number | null {
  return readVariable(name, variables, (url) => URL.parse(url)) || null;
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
