import { IsobitError } from "#core/errors.ts";
import type { PeerAddress } from "#core/peers/peer.ts";
import { broken, clip, jsonOf, type PeerReply } from "./exchange.ts";

/**
 * The body of a reply that succeeded.
 * @throws IsobitError with the server's own words where it refused
 */
export function successOf(peer: PeerAddress, reply: PeerReply): unknown {
  const { status, bytes } = reply;
  if (status === 200) return jsonOf(peer, reply);
  const said = bytes.length === 0 ? undefined : fieldsOf(peer, jsonOf(peer, reply))["error"];
  const words = typeof said === "string" && said !== "" ? `: ${clip(said)}` : " without a reason.";
  const code = status === 404 ? "MODEL_NOT_FOUND" : status === 503 ? "BACKEND_UNAVAILABLE" : "BACKEND_FAILED";
  throw new IsobitError(code, `The peer ${peer.id} refused (HTTP ${status})${words}`);
}

/** @throws IsobitError BACKEND_FAILED if it is not a JSON object */
export function fieldsOf(peer: PeerAddress, body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw broken(peer, "sent JSON that is not an object.");
}
