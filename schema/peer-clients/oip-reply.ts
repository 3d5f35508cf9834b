import { floatsOf } from "#core/tensors/bits.ts";
import type { ModelInfo } from "#core/model/model.ts";
import { JsonNumber, numeralsOf } from "#core/peers/json-text.ts";
import type { PeerAddress, PeerValues } from "#core/peers/peer.ts";
import { broken, clip, type PeerReply } from "./exchange.ts";
import type { OipModel } from "./oip-metadata.ts";
import { fieldsOf, successOf } from "./oip-success.ts";

/**
 * The asked output of an inference reply: bits where they follow the JSON, the texts of its numbers where they are in it.
 * @throws IsobitError where the server refused, or its reply is not what was asked for
 */
export function readOutput(
  peer: PeerAddress,
  { output }: OipModel,
  { labels }: ModelInfo,
  reply: PeerReply,
): PeerValues {
  const { json, rest } = split(peer, reply);
  const { outputs } = fieldsOf(peer, successOf(peer, { ...reply, bytes: json }));
  if (!Array.isArray(outputs)) throw broken(peer, "sent a response without a list of outputs.");
  let at = 0;
  for (const each of outputs as unknown[]) {
    const { name, datatype, shape, data, parameters } = fieldsOf(peer, each);
    const size = binarySize(peer, parameters);
    if (name === output) {
      checkKind(peer, output, datatype, numeralsOf(shape)?.map(Number), labels.length);
      if (size !== null) return { precision: "BITS", floats: slice(peer, rest, at, size, labels.length) };
      const numerals = numeralsOf(data);
      if (numerals !== null) return { precision: "DECIMAL", numerals };
      throw broken(peer, `gives ${output} neither as numbers nor as binary data.`);
    }
    at += size ?? 0;
  }
  throw broken(peer, `sent a response without the output ${output}.`);
}

/** Where the JSON ends, the protocol says in a header; without it, everything is JSON. */
function split(peer: PeerAddress, { headers, bytes }: PeerReply): { json: Uint8Array; rest: Uint8Array } {
  const header = headers.get("inference-header-content-length");
  if (header === null) return { json: bytes, rest: new Uint8Array(0) };
  const length = Number(header);
  if (!/^\d+$/.test(header) || length > bytes.length) {
    throw broken(peer, `declares ${clip(header)} bytes of JSON in a body of ${bytes.length}.`);
  }
  return { json: bytes.subarray(0, length), rest: bytes.subarray(length) };
}

function binarySize(peer: PeerAddress, parameters: unknown): number | null {
  const size = ((parameters ?? {}) as { binary_data_size?: unknown }).binary_data_size;
  if (size === undefined) return null;
  const bytes = size instanceof JsonNumber ? Number(size.text) : NaN;
  if (Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
  throw broken(peer, "sent a binary_data_size that is not a number of bytes.");
}

function checkKind(
  peer: PeerAddress,
  output: string,
  datatype: unknown,
  shape: readonly number[] | undefined,
  classes: number,
): void {
  if (datatype !== "FP32") throw broken(peer, `sent ${output} as ${clip(String(datatype))}; its metadata says FP32.`);
  if (shape?.reduce((product, size) => product * size, 1) === classes) return;
  throw broken(peer, `gives ${output} in the shape [${shape?.join(", ") ?? ""}]; one image has ${classes} values.`);
}

function slice(peer: PeerAddress, rest: Uint8Array, at: number, size: number, classes: number): Float32Array {
  if (size === classes * 4 && at + size <= rest.length) return floatsOf(rest.subarray(at, at + size));
  throw broken(peer, `declares ${size} bytes for ${classes} FP32 values and sent ${Math.max(0, rest.length - at)}.`);
}
