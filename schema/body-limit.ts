import { IsobitError } from "#core/errors.ts";
import { joinedBytes } from "#core/tensors/joined.ts";
import { MAX_BODY_BYTES, MAX_LINK_BODY_BYTES } from "#core/limits.ts";
import type { Caller } from "./caller.ts";

/**
 * Read beyond the limit and forgotten: a server that stops reading ends the connection, and a caller who is busy sending
 * sees that instead of the refusal.
 */
const FORGOTTEN_BYTES = MAX_LINK_BODY_BYTES;

/**
 * The same request with a body no longer than its caller may send. A body of unknown length is counted as it streams in.
 * @throws IsobitError INPUT_TOO_LARGE
 */
export async function boundBody(request: Request, caller: Caller): Promise<Request> {
  if (request.body === null) return request;
  const limit = caller === "other side" ? MAX_LINK_BODY_BYTES : MAX_BODY_BYTES;
  const declared = request.headers.get("content-length");
  if (declared !== null) {
    if (Number(declared) > limit) throw tooLarge(limit);
    // The server has already cut the stream at the declared length.
    return request;
  }
  const { url, method, headers } = request;
  const body = await readAtMost(request.body, limit, () => tooLarge(limit), FORGOTTEN_BYTES);
  return new Request(url, { method, headers, body });
}

/**
 * A stream's bytes, up to a limit. Of what comes beyond it, `forgotten` bytes are read to no purpose but the sender's; the
 * rest is never read.
 * @throws what `refusal` makes, beyond the limit
 */
export async function readAtMost(
  stream: ReadableStream<Uint8Array>,
  limit: number,
  refusal: () => Error,
  forgotten = 0,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of stream) {
    total += chunk.byteLength;
    if (total > limit + forgotten) break;
    if (total > limit) chunks.length = 0;
    else chunks.push(chunk);
  }
  if (total > limit) throw refusal();
  return joinedBytes(chunks);
}

function tooLarge(limit: number): IsobitError {
  return new IsobitError(
    "INPUT_TOO_LARGE",
    `The request's body is over ${limit / 1024 / 1024} MiB. Send fewer or smaller inputs, or split them over several queries.`,
  );
}
