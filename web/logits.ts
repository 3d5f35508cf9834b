import { bitsOf, floatsOf } from "#core/tensors/bits.ts";
import { hex } from "./float-bits.ts";
import type { Output } from "./queries.ts";

/** @throws Error if the text is not valid base64 of whole float32 numbers */
function floatsFromBase64(base64: string): Float32Array {
  return floatsOf(Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0)));
}

/** Null if the output is an error. */
export function logitsOf({ prediction }: Output): Float32Array | null {
  return prediction && floatsFromBase64(prediction.logits.bits);
}

/** The 32 bits of each logit, in hex. */
export function hexBits(logits: Float32Array): string[] {
  return Array.from(bitsOf(logits), hex);
}
