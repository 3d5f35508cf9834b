import { BACKEND_IDS, type BackendId } from "./backends.ts";
import { parsePeers, type UrlParts } from "./peers/parse-peers.ts";
import type { PeerAddress } from "./peers/peer.ts";

/** worker: the deployed Worker, which gets no other variable. dev: Vite, and `isobit dev`, which starts it. */
export type Reader = "worker" | "edge" | "origin" | "models" | "dev";

/** The runtime's `URL.parse`, since core/ does not use a runtime's classes. */
type ParseUrl = (url: string) => (UrlParts & { readonly href: string }) | null;

interface Variable<Value> {
  readonly readers: readonly Reader[];
  /** The text to parse if it is unset or empty; null: none. */
  readonly fallback: string | null;
  /** The variable whose port, unless it is 0, the fallback has: an address on this machine. */
  readonly portFrom?: "EDGE_PORT" | "ORIGIN_PORT";
  /** The default in documentation and help, if it is not the fallback. */
  readonly shownDefault?: string;
  /** Its meaning, as in docs/deployment.md and the help of `isobit start`. */
  readonly help: string;
  /** @throws Error with a sentence that names the variable */
  readonly parse: (text: string, name: string, parseUrl: ParseUrl) => Value;
}

/** A setting of the user's own model, parsed with the model. */
const OF_MODEL = { readers: ["models"], fallback: null, parse: asText } as const;

/** Every environment variable that isobit defines. Both sides' parsers, the Worker's bindings and the help derive from it. */
export const VARIABLES = Object.freeze({
  EDGE_PORT: {
    readers: ["edge", "origin"],
    fallback: "8787",
    help: "where the edge listens, on loopback; 0: any free port",
    parse: parsePort,
  },
  ORIGIN_PORT: {
    readers: ["edge", "origin"],
    fallback: "4000",
    help: "where the origin listens; 0: any free port",
    parse: parsePort,
  },
  WEB_PORT: {
    readers: ["dev"],
    fallback: "5173",
    help: "where `npm run dev` serves the page that reloads",
    parse: parsePort,
  },
  ORIGIN_URL: {
    readers: ["worker", "edge"],
    fallback: "http://127.0.0.1:4000",
    portFrom: "ORIGIN_PORT",
    shownDefault: "the origin on this machine",
    help: "where the edge finds the origin",
    parse: parseUrlOfSide,
  },
  EDGE_URL: {
    readers: ["origin", "dev"],
    fallback: "http://127.0.0.1:8787",
    portFrom: "EDGE_PORT",
    shownDefault: "the edge on this machine",
    help: "where the origin finds the edge",
    parse: parseUrlOfSide,
  },
  ORIGIN_TOKEN: {
    readers: ["worker", "edge", "origin"],
    fallback: null,
    shownDefault: "random with `npm start`",
    help: "the secret the two sides share",
    parse: parseToken,
  },
  ORIGIN_PUBLIC: {
    readers: ["origin"],
    fallback: null,
    shownDefault: "1 without a token or with `npm start`; otherwise 0",
    help: "whether the origin answers callers without the token",
    parse: parsePublic,
  },
  ORIGIN_HOST: {
    readers: ["origin"],
    fallback: "127.0.0.1",
    help: "the address the origin listens on",
    parse: parseHost,
  },
  HOSTS: {
    readers: ["worker", "edge", "origin"],
    fallback: "",
    shownDefault: "none",
    help: "host names, comma-separated, that a side answers to in addition to loopback's and ORIGIN_HOST; `*`: any",
    parse: parseHosts,
  },
  PRODUCTION: {
    readers: ["worker", "edge", "origin"],
    fallback: "0",
    help: "1: this side is publicly reachable, so GRAPHIQL and INTROSPECTION default to 0",
    parse: parseSwitch,
  },
  GRAPHIQL: {
    readers: ["worker", "edge", "origin"],
    fallback: null,
    shownDefault: "1; 0 with PRODUCTION=1",
    help: "whether /graphql shows GraphiQL to browsers",
    parse: parseSwitch,
  },
  INTROSPECTION: {
    readers: ["worker", "edge", "origin"],
    fallback: null,
    shownDefault: "1; 0 with PRODUCTION=1",
    help: "whether queries may read the schema, and /schema.graphql is served",
    parse: parseSwitch,
  },
  CORS_ORIGINS: {
    readers: ["worker", "edge", "origin"],
    fallback: "",
    shownDefault: "none",
    help: "sites whose pages may call /graphql: origins, comma-separated, or `*`",
    parse: parseOrigins,
  },
  PEERS: {
    readers: ["worker", "edge", "origin"],
    fallback: "",
    shownDefault: "none",
    help: "other services: `id=protocol+url;concurrency=4`, comma-separated",
    parse: (text: string, _name: string, parseUrl: ParseUrl): PeerAddress[] => parsePeers(text, parseUrl),
  },
  MAX_WAIT_SECONDS: {
    readers: ["worker", "edge", "origin"],
    fallback: "30",
    help: "seconds a request may wait for a backend before it is refused as OVERLOADED",
    parse: parseSeconds,
  },
  DRAIN_SECONDS: {
    readers: ["origin"],
    fallback: "0",
    help: "seconds after SIGTERM during which the origin reports not ready but still serves requests",
    parse: parseSeconds,
  },
  GRACE_SECONDS: {
    readers: ["origin"],
    fallback: "7",
    help: "seconds that requests in flight may take once the origin no longer listens",
    parse: parseSeconds,
  },
  PARAGON_GPU: {
    readers: ["worker", "edge", "origin"],
    fallback: null,
    help: "the backend used as Paragon's `gpu`",
    parse: parseStandIn,
  },
  MODEL: { ...OF_MODEL, shownDefault: "digits-exact", help: "the file of the model to serve by default" },
  MODEL_JSON: { ...OF_MODEL, help: "the same, for a model in Paragon's JSON" },
  MODEL_SCALE: { ...OF_MODEL, shownDefault: "1/255", help: "value = (grey x scale - mean) / std" },
  MODEL_MEAN: { ...OF_MODEL, shownDefault: "0", help: "one number, or one per channel" },
  MODEL_STD: { ...OF_MODEL, shownDefault: "1", help: "one number, or one per channel" },
  MODEL_INVERT: { ...OF_MODEL, shownDefault: "0", help: "1: the model was trained on images with dark ink" },
} as const satisfies Readonly<Record<string, Variable<unknown>>>);

export type VariableName = keyof typeof VARIABLES;
type Parsed<Name extends VariableName> = ReturnType<(typeof VARIABLES)[Name]["parse"]>;
type Read<Name extends VariableName> = (typeof VARIABLES)[Name]["fallback"] extends string
  ? Parsed<Name>
  : Parsed<Name> | undefined;

/** The values that a reader gets, by the variables' names. */
export type VariablesOf<Of extends Reader> = {
  readonly [Name in VariableName as Of extends (typeof VARIABLES)[Name]["readers"][number] ? Name : never]: Read<Name>;
};

export const VARIABLE_NAMES = Object.freeze(Object.keys(VARIABLES) as VariableName[]);

export function variablesOf(...readers: readonly Reader[]): readonly VariableName[] {
  return VARIABLE_NAMES.filter((name) => VARIABLES[name].readers.some((reader) => readers.includes(reader)));
}

/** As tables and help show it; "none" without a default. */
export function shownDefault(name: VariableName): string {
  const { fallback, shownDefault: shown }: Variable<unknown> = VARIABLES[name];
  return shown ?? fallback ?? "none";
}

/**
 * Every value that a reader gets.
 * @throws Error with a sentence that names the variable
 */
export function readVariables<Of extends Reader>(
  reader: Of,
  environment: Readonly<Record<string, unknown>>,
  parseUrl: ParseUrl,
): VariablesOf<Of> {
  const values = variablesOf(reader).map((name) => [name, readVariable(name, environment, parseUrl)]);
  return Object.fromEntries(values) as VariablesOf<Of>;
}

/**
 * One variable's value. An unset and an empty variable are the same.
 * @throws Error with a sentence that names the variable
 */
export function readVariable<Name extends VariableName>(
  name: Name,
  environment: Readonly<Record<string, unknown>>,
  parseUrl: ParseUrl,
): Read<Name> {
  const { fallback, portFrom, parse }: Variable<unknown> = VARIABLES[name];
  const given = environment[name] ?? "";
  if (typeof given !== "string") throw new Error(`${name} must be text; it is bound as ${typeof given}.`);
  const port = portFrom !== undefined && readVariable(portFrom, environment, parseUrl);
  const text = given || (port ? `http://127.0.0.1:${port}` : fallback);
  return (text === null ? undefined : parse(text, name, parseUrl)) as Read<Name>;
}

const MAX_PORT = 65_535;

function asText(text: string): string {
  return text;
}

function parsePort(text: string, name: string): number {
  if (/^\d+$/.test(text) && Number(text) <= MAX_PORT) return Number(text);
  throw invalid(name, text, `a port number from 0 to ${MAX_PORT} (0: any free port)`);
}

const MAX_SECONDS = 3_600;

function parseSeconds(text: string, name: string): number {
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) <= MAX_SECONDS) return Number(text);
  throw invalid(name, text, `a number of seconds from 0 to ${MAX_SECONDS}`);
}

function parseHost(text: string, name: string): string {
  if (/^[\w.:-]+$/.test(text)) return text;
  throw invalid(name, text, "a host name or address to listen on, such as 127.0.0.1 or 0.0.0.0");
}

/** As a URL has them: in lower case, without a port. */
function parseHosts(text: string, name: string, parseUrl: ParseUrl): readonly string[] {
  if (text === "") return [];
  return text.split(",").map((entry) => {
    const host = entry.trim().toLowerCase();
    if (host === "*" || parseUrl(`http://${host}/`)?.href === `http://${host}/`) return host;
    throw invalid(name, entry.trim(), "host names without a scheme or port, such as isobit.example.com, or *");
  });
}

function parseUrlOfSide(text: string, name: string, parseUrl: ParseUrl): string {
  const url = parseUrl(text);
  if (url === null || !["http:", "https:"].includes(url.protocol) || url.search !== "" || url.hash !== "") {
    throw invalid(name, text, "an http or https address such as http://127.0.0.1:4000");
  }
  if (url.username !== "" || url.password !== "") {
    throw new Error(`${name} contains a user name or password. Remove it, and use ORIGIN_TOKEN as the shared secret.`);
  }
  return url.href.replace(/\/+$/, "");
}

/** The token is sent in a header, so it can only contain what a header can. The message never shows it. */
function parseToken(text: string, name: string): string {
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw new Error(
    `${name} may only contain printable ASCII characters without spaces, because it is sent in an HTTP header.`,
  );
}

function parsePublic(text: string, name: string): boolean {
  if (text === "0" || text === "1") return text === "1";
  throw invalid(name, text, "1 (answer requests without a token) or 0 (refuse them)");
}

function parseSwitch(text: string, name: string): boolean {
  if (text === "0" || text === "1") return text === "1";
  throw invalid(name, text, "1 or 0");
}

/** As browsers send them in `origin`: scheme, host and port. */
function parseOrigins(text: string, name: string, parseUrl: ParseUrl): readonly string[] {
  if (text === "") return [];
  const origins = text.split(",").map((origin) => origin.trim());
  const malformed = origins.find((origin) => origin !== "*" && parseUrl(origin)?.href !== `${origin}/`);
  if (malformed === undefined) return origins;
  throw new Error(
    `${name} names ${JSON.stringify(malformed)}, which is not an origin; write it as https://app.example.com, without a path, or * for every site.`,
  );
}

function parseStandIn(text: string, name: string): BackendId {
  const named = BACKEND_IDS.find((id) => id === text);
  if (named !== undefined) return named;
  throw invalid(name, text, `the backend to use as Paragon's gpu: ${BACKEND_IDS.join(", ")}`);
}

function invalid(name: string, text: string, wanted: string): Error {
  return new Error(`${name} is ${JSON.stringify(text)}; it must be ${wanted}.`);
}
