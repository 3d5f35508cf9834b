import { IsobitError } from "#core/errors.ts";
import { PEER_CALL_TIMEOUT_MS, PEER_STATUS_TIMEOUT_MS } from "#core/limits.ts";
import { JsonNumber, numeralsOf } from "#core/peers/json-text.ts";
import type { Peer, PeerAddress, PeerAnswer, PeerInput } from "#core/peers/peer.ts";
import { askForEach, type PeerCalls } from "./each-input.ts";
import { broken, callPeer, clip, type Fetch, jsonOf, type PeerReply } from "./exchange.ts";
import { doubtIn } from "./doubt.ts";

/**
 * A service with Paragon's routes. It knows images by their names only, and its /predict-raw gives probabilities under
 * the name of logits, so probabilities are what is asked for and compared. It runs its `cpu` unless the address ends in
 * ?backend=gpu. Unless PEERS says otherwise it is asked one call at a time: the real service shares one mutable network
 * among its requests, so that calls at the same time overwrite each other's activations.
 */
export function createParagonPeer(address: PeerAddress, fetch: Fetch, calls: PeerCalls): Peer {
  const [root = "", query = "backend=cpu"] = address.url.split("?");
  const backend = new URLSearchParams(query).get("backend") ?? "cpu";
  return {
    ...address,
    async status() {
      try {
        const reply = await callPeer(address, fetch, { url: `${root}/health`, timeoutMs: PEER_STATUS_TIMEOUT_MS });
        const { ok } = successOf(address, reply);
        return { ...address, error: ok === true ? null : broken(address, "says of itself that it is not well.") };
      } catch (error) {
        if (error instanceof IsobitError) return { ...address, error };
        throw error;
      }
    },
    ask: (_model, inputs, options) => askForEach(address, calls, { inputs, ...options }, predict),
  };

  async function predict({ image }: PeerInput): Promise<PeerAnswer> {
    if (image === null) {
      const message = `The peer ${address.id} takes built-in images by name only, because Paragon's protocol has no other input.`;
      throw new IsobitError("BAD_INPUT", message);
    }
    const started = calls.now();
    const asked = new URLSearchParams({ image: image.file, backend });
    const reply = await callPeer(address, fetch, { url: `${root}/predict?${asked}`, timeoutMs: PEER_CALL_TIMEOUT_MS });
    const body = successOf(address, reply);
    checkEcho(address, body, "image", image.file);
    checkEcho(address, body, "backend", backend);
    const numerals = numeralsOf(body["probabilities"]);
    if (numerals === null) throw broken(address, "answers /predict without a list of numbers called probabilities.");
    return {
      ok: true,
      quantity: "PROBABILITIES",
      values: { precision: "DECIMAL", numerals },
      classIndex: numberOf(body["prediction"]),
      latencyMs: secondsToMs(numberOf(body["latency_sec"])),
      roundTripMs: calls.now() - started,
      note: doubtIn("PROBABILITIES", numerals.map(Number), "configure it by another protocol"),
    };
  }
}

/** @throws IsobitError with the peer's own words where it refuses: `detail` or `error`, or plain text */
function successOf(peer: PeerAddress, reply: PeerReply): Readonly<Record<string, unknown>> {
  const plain = reply.headers.get("content-type")?.startsWith("text/plain") === true;
  if (reply.status >= 400 && plain) throw refused(peer, reply, new TextDecoder().decode(reply.bytes));
  const body = jsonOf(peer, reply);
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw broken(peer, "sent JSON that is not an object.");
  const fields = body as Readonly<Record<string, unknown>>;
  if (reply.status === 200) return fields;
  const said = fields["detail"] ?? fields["error"];
  throw refused(peer, reply, typeof said === "string" ? said : JSON.stringify(body));
}

function refused(peer: PeerAddress, { status }: PeerReply, words: string): IsobitError {
  const code = status === 404 ? "IMAGE_NOT_FOUND" : status === 503 ? "BACKEND_UNAVAILABLE" : "BACKEND_FAILED";
  return new IsobitError(code, `The peer ${peer.id} refused (HTTP ${status}): ${clip(words)}`);
}

/** An answer for another image, or by another backend than was asked, must not be compared. */
function checkEcho(peer: PeerAddress, body: Readonly<Record<string, unknown>>, key: string, asked: string): void {
  const echoed = body[key];
  if (echoed === undefined || echoed === asked) return;
  throw broken(peer, `was asked for ${key} ${asked} but answered for ${clip(JSON.stringify(echoed) ?? "nothing")}.`);
}

function numberOf(value: unknown): number | null {
  return value instanceof JsonNumber ? Number(value.text) : null;
}

function secondsToMs(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1000;
}
