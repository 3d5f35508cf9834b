import { MAX_LINK_BODY_BYTES } from "#core/limits.ts";

/**
 * Reads and forgets what a refused request still has to send, within bounds. workerd closes the connection of a body
 * that is not read, and a client that is still sending would see a broken pipe instead of the refusal.
 */
export async function discardUnreadBody({ body, bodyUsed }: Request): Promise<void> {
  if (body === null || bodyUsed) return;
  let bytes = 0;
  try {
    for await (const chunk of body as ReadableStream<Uint8Array>) {
      bytes += chunk.byteLength;
      if (bytes > MAX_LINK_BODY_BYTES) return;
    }
  } catch {
    // The client has disconnected.
  }
}
