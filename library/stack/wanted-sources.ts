import { concurrencyOf } from "#core/peers/peer.ts";
import { parsePeers } from "#core/peers/parse-peers.ts";
import { ask } from "./ask.ts";
import { SUBJECT_QUERY } from "./subject-query.ts";
import type { Variables } from "./stack-settings.ts";

/** Why a stack with this environment would not know a peer that is asked for; null: it knows all of them. */
export function lackingPeer(ids: readonly string[] = [], variables: Variables): string | null {
  const known = parsePeers(variables["PEERS"], (url) => URL.parse(url)).map(({ id }) => id);
  const lacking = ids.find((id) => !known.includes(id));
  if (lacking === undefined) return null;
  const list = known.length === 0 ? "PEERS names none" : `PEERS names ${known.join(", ")}`;
  return `No peer is called ${JSON.stringify(lacking)}: ${list}. Set PEERS, e.g. PEERS=${lacking}=oip+http://127.0.0.1:8000.`;
}

/** What a variable asks for and a running stack does not have. */
export interface Lack {
  readonly variable: string;
  /** A predicate of the stack, e.g. "does not know the peer go". */
  readonly text: string;
}

/**
 * What PEERS and ORIGIN_URL require and the stack at an address lacks; null: nothing. The stack is asked only if one of
 * them is set, because a side in turn asks each of its peers.
 */
export async function lackOfSources(url: string, variables: Variables, stop: AbortSignal): Promise<Lack | null> {
  const { PEERS: peers, ORIGIN_URL: origin } = variables;
  if (!peers && !origin) return null;
  const { data } = await ask(url, { query: SUBJECT_QUERY, variables: {} }, stop);
  const known = new Set(data?.health?.peers.map(textOf));
  const lacking = parsePeers(peers, (text) => URL.parse(text)).find(
    (peer) => !known.has(textOf({ ...peer, concurrency: concurrencyOf(peer) })),
  );
  if (lacking !== undefined)
    return { variable: "PEERS", text: `does not know the peer ${lacking.id} as PEERS describes it` };
  if (!origin) return null;
  const there = await ask(origin, { query: SUBJECT_QUERY, variables: {} }, stop).catch(() => null);
  // Each side describes its own backends to the other, so that both sides of one stack say the same.
  return JSON.stringify(there?.data) === JSON.stringify(data)
    ? null
    : { variable: "ORIGIN_URL", text: `is not of one stack with ${origin}` };
}

interface Address {
  readonly id: string;
  readonly protocol: string;
  readonly url: string;
  readonly concurrency: number;
}

function textOf({ id, protocol, url, concurrency }: Address): string {
  return JSON.stringify([id, protocol, url, concurrency]);
}
