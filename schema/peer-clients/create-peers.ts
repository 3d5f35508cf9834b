import type { Peer, PeerAddress } from "#core/peers/peer.ts";
import type { Fetch } from "./exchange.ts";
import { createOipPeer } from "./oip.ts";
import { createParagonPeer } from "./paragon.ts";

/** The configured peers, by their ids; none is asked before it is used. */
export function createPeers(
  addresses: readonly PeerAddress[],
  { fetch, now }: { fetch: Fetch; now: () => number },
): ReadonlyMap<string, Peer> {
  return new Map(
    addresses.map((address) => {
      const create = address.protocol === "paragon" ? createParagonPeer : createOipPeer;
      return [address.id, create(address, fetch, now)];
    }),
  );
}
