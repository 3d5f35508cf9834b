import { BACKEND_IDS } from "../backends.ts";
import { MAX_PEER_CALLS_AT_ONCE } from "../limits.ts";
import type { PeerAddress, PeerProtocol } from "./peer.ts";

const PROTOCOLS: readonly PeerProtocol[] = Object.freeze(["paragon", "oip", "oip-probabilities"]);

const EXAMPLE = "go=paragon+http://127.0.0.1:8003,triton=oip+http://127.0.0.1:8000/v2/models/digits";

/** The parts of a URL that are used; core cannot name a runtime's own class. */
export interface UrlParts {
  readonly protocol: string;
  readonly username: string;
  readonly password: string;
  readonly pathname: string;
  readonly search: string;
  readonly hash: string;
  readonly origin: string;
}

/**
 * Parses PEERS into its peers, in order. Unset and empty both mean none.
 * @param parseUrl the runtime's `URL.parse`
 * @throws Error with a sentence that names PEERS and the entry
 */
export function parsePeers(text: string | undefined, parseUrl: (url: string) => UrlParts | null): PeerAddress[] {
  if (text === undefined || text.trim() === "") return [];
  const peers = text.split(",").map((entry) => parseEntry(entry.trim(), parseUrl));
  for (const [index, { id }] of peers.entries()) {
    if (peers.findIndex((other) => sameId(other.id, id)) < index) refuse(id, "that id occurs twice");
  }
  return peers;
}

function parseEntry(entry: string, parseUrl: (url: string) => UrlParts | null): PeerAddress {
  const [, id, prefix, address] = /^([^=]*)=([a-z-]+)\+(.*)$/s.exec(entry) ?? [];
  if (id === undefined || prefix === undefined || address === undefined) {
    refuse(entry, "an entry is id=protocol+url or id=protocol+url;concurrency=4");
  }
  if (!/^[A-Za-z][\w.-]{0,63}$/.test(id)) {
    refuse(entry, "an id is a letter and up to 63 more letters, digits, dots, dashes or underscores");
  }
  if (BACKEND_IDS.some((backend) => sameId(backend, id))) refuse(entry, "that id is a backend's name");
  const protocol = PROTOCOLS.find((known) => known === prefix);
  if (protocol === undefined) refuse(entry, `the protocols are ${PROTOCOLS.join(", ")}`);
  const [url = "", ...options] = address.split(";");
  return { id, protocol, url: checkUrl(entry, protocol, parseUrl(url)), ...parseOptions(entry, options) };
}

function parseOptions(entry: string, options: readonly string[]): Pick<PeerAddress, "concurrency"> {
  const [option, ...others] = options.map((each) => each.trim());
  if (option === undefined) return {};
  const [, value] = /^concurrency=(.*)$/.exec(option) ?? [];
  if (value === undefined || others.length > 0) {
    refuse(
      entry,
      "only one ;concurrency=<simultaneous calls> may follow the address (write a ; in the address as %3B)",
    );
  }
  const concurrency = Number(value);
  if (!/^\d+$/.test(value) || concurrency < 1 || concurrency > MAX_PEER_CALLS_AT_ONCE) {
    refuse(entry, `concurrency must be a whole number from 1 to ${MAX_PEER_CALLS_AT_ONCE}`);
  }
  return { concurrency };
}

function checkUrl(entry: string, protocol: PeerProtocol, url: UrlParts | null): string {
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    refuse(entry, "the part after the protocol is not an http or https address");
  }
  // The health routes show the address to anyone.
  if (url.username !== "" || url.password !== "") refuse(entry, "it must not contain a user name or password");
  if (url.hash !== "") refuse(entry, "it must not contain a # fragment");
  const path = url.pathname.replace(/\/+$/, "");
  if (protocol === "paragon") {
    if (!/^(\?backend=(cpu|gpu))?$/.test(url.search))
      refuse(entry, "after a question mark only backend=cpu or backend=gpu is allowed");
  } else {
    if (url.search !== "") refuse(entry, "it must not contain a query after a question mark");
    if (!/\/v2\/models\/[^/]+(\/versions\/[^/]+)?$/.test(path)) {
      refuse(entry, "the address must end in /v2/models/<model>, optionally followed by /versions/<version>");
    }
  }
  return `${url.origin}${path}${url.search}`;
}

/** People would confuse ids that differ only in case. */
function sameId(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

function refuse(entry: string, why: string): never {
  // A password in a refused address must not reach a log.
  const shown = entry.replace(/\/\/[^/]*@/, "//…@");
  throw new Error(`PEERS has ${JSON.stringify(shown)}, but ${why}. For example: PEERS="${EXAMPLE}".`);
}
