import type { Peer, PeerAddress } from "#core/peers/peer.ts";
import { CallGate } from "./call-gate.ts";
import type { Fetch } from "./exchange.ts";
import { createOipPeer } from "./oip.ts";
import { createParagonPeer } from "./paragon.ts";

/** The configured peers, by their ids; none is asked before it is used. */
export function createPeers(
  addresses: readonly PeerAddress[],
  { fetch, now }: { fetch: Fetch; now: () => number },
): ReadonlyMap<string, Peer> {
  const gates = new Map<string, CallGate>();
  const gateOf = (service: string): CallGate => {
    const gate = gates.get(service) ?? new CallGate(now);
    gates.set(service, gate);
    return gate;
  };
  return new Map(
    addresses.map((address) => {
      const create = address.protocol === "paragon" ? createParagonPeer : createOipPeer;
      return [address.id, create(address, fetch, { gate: gateOf(serviceOf(address)), now })];
    }),
  );
}

/** Two ids may name one service: the same address, or Paragon's with ?backend=cpu and gpu. */
function serviceOf({ url }: PeerAddress): string {
  return url.split("?")[0]!;
}
