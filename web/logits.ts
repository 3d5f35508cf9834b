import { bitsOf, floatsOf } from "#core/tensors/bits.ts";
import { hex } from "./float-bits.ts";
import type { Output } from "./queries.ts";

/** The float32s that travelled as base64. @throws where the text is no base64 or no whole number of float32 */
function floatsFromBase64(base64: string): Float32Array {
  return floatsOf(Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0)));
}

/** Null where there is an error instead of an answer. */
export function logitsOf({ prediction }: Output): Float32Array | null {
  return prediction && floatsFromBase64(prediction.logits.bits);
}

/** The 32 bits of each, in hex. */
export function hexBits(logits: Float32Array): string[] {
  return Array.from(bitsOf(logits), hex);
}
