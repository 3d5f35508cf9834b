import { IsobitError } from "#core/errors.ts";
import { PEER_CALL_TIMEOUT_MS, PEER_STATUS_TIMEOUT_MS } from "#core/limits.ts";
import type { ModelInfo } from "#core/model/model.ts";
import type { Peer, PeerAddress, PeerAnswer, PeerInput, Quantity } from "#core/peers/peer.ts";
import { doubtIn } from "./doubt.ts";
import { askForEach, type PeerCalls } from "./each-input.ts";
import { callPeer, type Fetch, jsonOf, type PeerRequest } from "./exchange.ts";
import { describeOipModel, offersBinary, type OipModel } from "./oip-metadata.ts";
import { inferRequest } from "./oip-request.ts";
import { readOutput } from "./oip-reply.ts";
import { fieldsOf, successOf } from "./oip-success.ts";

/**
 * A model behind the Open Inference Protocol v2 (KServe, Triton, OpenVINO Model Server, another isobit). It is handed the
 * input tensor itself. Where the server offers the binary tensor extension, bits come back, otherwise decimal text.
 */
export function createOipPeer(address: PeerAddress, fetch: Fetch, calls: PeerCalls): Peer {
  const quantity: Quantity = address.protocol === "oip-probabilities" ? "PROBABILITIES" : "LOGITS";
  const other = quantity === "LOGITS" ? "oip-probabilities" : "oip";
  const call = (asked: PeerRequest) => callPeer(address, fetch, asked);
  return {
    ...address,
    async status() {
      try {
        const reply = await call({ url: `${address.url}/ready`, timeoutMs: PEER_STATUS_TIMEOUT_MS });
        // The protocol lets the body be empty: the status is the answer. A web page says 200 to everything, though.
        const html = reply.headers.get("content-type")?.includes("html") === true;
        if (reply.status !== 200 || html) fieldsOf(address, successOf(address, reply));
        return { ...address, error: null };
      } catch (error) {
        if (error instanceof IsobitError) return { ...address, error };
        throw error;
      }
    },
    async ask(model, inputs, options) {
      const [described, binary] = await Promise.all([describe(model), isBinaryOffered()]);
      return askForEach(address, calls, { inputs, ...options }, (input) => infer(described, binary, model, input));
    },
  };

  async function describe(model: ModelInfo): Promise<OipModel> {
    const reply = await call({ url: address.url, timeoutMs: PEER_CALL_TIMEOUT_MS });
    return describeOipModel(address, model, fieldsOf(address, successOf(address, reply)));
  }

  /** Missing server metadata is not an error: JSON is always supported. */
  async function isBinaryOffered(): Promise<boolean> {
    try {
      const server = address.url.replace(/\/models\/[^/]+(\/versions\/[^/]+)?$/, "");
      return offersBinary(jsonOf(address, await call({ url: server, timeoutMs: PEER_CALL_TIMEOUT_MS })));
    } catch (error) {
      if (error instanceof IsobitError) return false;
      throw error;
    }
  }

  async function infer(
    described: OipModel,
    binary: boolean,
    model: ModelInfo,
    { tensor }: PeerInput,
  ): Promise<PeerAnswer> {
    const started = calls.now();
    const request = inferRequest(address, described, tensor, binary);
    const reply = await call({ url: `${address.url}/infer`, timeoutMs: PEER_CALL_TIMEOUT_MS, ...request });
    const values = readOutput(address, described, model, reply);
    const roundTripMs = calls.now() - started;
    const numbers = values.precision === "BITS" ? Array.from(values.floats) : values.numerals.map(Number);
    const doubt = doubtIn(quantity, numbers, `configure it as ${other}`);
    const note = [described.note, doubt].filter((each) => each !== null).join(" ") || null;
    return { ok: true, quantity, values, classIndex: null, latencyMs: null, roundTripMs, note };
  }
}
