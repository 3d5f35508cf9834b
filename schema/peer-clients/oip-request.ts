import { bytesOf } from "#core/tensors/bits.ts";
import { IsobitError } from "#core/errors.ts";
import { float32Text } from "#core/tensors/float-text.ts";
import type { PeerAddress } from "#core/peers/peer.ts";
import type { PeerRequest } from "./exchange.ts";
import type { OipModel } from "./oip-metadata.ts";

/**
 * One image as an inference request: its tensor after the JSON if the server supports that, otherwise in it.
 * @throws IsobitError BAD_INPUT for NaN and infinities where only JSON is offered
 */
export function inferRequest(
  peer: PeerAddress,
  { input, shape, output }: OipModel,
  tensor: Float32Array,
  binary: boolean,
): Required<Pick<PeerRequest, "body" | "headers">> {
  const parameters = binary
    ? `,"parameters":{"binary_data_size":${tensor.byteLength}}`
    : `,"data":${dataOf(peer, tensor)}`;
  const wanted = { name: output, ...(binary ? { parameters: { binary_data: true } } : {}) };
  const json = `{"inputs":[{"name":${JSON.stringify(input)},"datatype":"FP32","shape":${JSON.stringify(shape)}${parameters}}],"outputs":[${JSON.stringify(wanted)}]}`;
  const header = new TextEncoder().encode(json);
  if (!binary) return { body: header, headers: { "content-type": "application/json" } };
  const body = new Uint8Array(header.length + tensor.byteLength);
  body.set(header);
  body.set(bytesOf(tensor), header.length);
  return {
    body,
    headers: {
      "content-type": "application/octet-stream",
      "inference-header-content-length": String(header.length),
    },
  };
}

function dataOf(peer: PeerAddress, tensor: Float32Array): string {
  if (!tensor.every(Number.isFinite)) {
    const message = `The input contains NaN or infinity, which JSON cannot represent, and the peer ${peer.id} does not accept binary tensors.`;
    throw new IsobitError("BAD_INPUT", message);
  }
  return `[${Array.from(tensor, float32Text).join(",")}]`;
}
