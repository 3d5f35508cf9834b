import { IsobitError } from "#core/errors.ts";
import { contentEncoding, unsupportedEncoding } from "./http-rules.ts";
import { joinedBytes } from "#core/tensors/joined.ts";
import { MAX_BODY_BYTES, MAX_LINK_BODY_BYTES } from "#core/limits.ts";

/**
 * Bytes beyond the limit that are read and discarded: if the server stopped reading, the connection would end and a
 * caller that is still sending would not see the refusal.
 */
const DISCARDED_BYTES = MAX_LINK_BODY_BYTES;

/**
 * The same request with a body of at most `limit` bytes. A body of unknown length is counted as it streams in.
 * @throws IsobitError INPUT_TOO_LARGE, BAD_INPUT for a compressed body
 */
export async function boundBody(request: Request, limit = MAX_BODY_BYTES): Promise<Request> {
  const encoding = contentEncoding(request);
  if (encoding !== null && request.body !== null) throw unsupportedEncoding(encoding, []);
  return await boundEncoded(request, limit);
}

const INFLATED: readonly string[] = ["gzip", "deflate"] satisfies CompressionFormat[];

/**
 * The bytes of a body that may be compressed; the limit holds for what is sent and for what it inflates to.
 * @throws IsobitError INPUT_TOO_LARGE, BAD_INPUT for another encoding or malformed data
 */
export async function inflatedBody(request: Request, limit = MAX_BODY_BYTES): Promise<Uint8Array<ArrayBuffer>> {
  const encoding = contentEncoding(request)?.replace(/^x-/, "");
  if (encoding !== undefined && !INFLATED.includes(encoding)) throw unsupportedEncoding(encoding, INFLATED);
  const bytes = new Uint8Array(await (await boundEncoded(request, limit)).arrayBuffer());
  if (encoding === undefined) return bytes;
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(encoding as CompressionFormat));
  return await readAtMost(inflated, limit, () => tooLarge(limit)).catch((error: unknown) => {
    if (error instanceof IsobitError) throw error;
    throw new IsobitError("BAD_INPUT", `The request's body is not valid ${encoding}.`, { cause: error });
  });
}

async function boundEncoded(request: Request, limit: number): Promise<Request> {
  if (request.body === null) return request;
  const declared = request.headers.get("content-length");
  if (declared !== null) {
    if (Number(declared) > limit) throw tooLarge(limit);
    // The server has already cut the stream at the declared length.
    return request;
  }
  const { url, method, headers } = request;
  const body = await readAtMost(request.body, limit, () => tooLarge(limit), DISCARDED_BYTES).catch(asBadInput);
  return new Request(url, { method, headers, body });
}

/**
 * A stream's bytes, up to a limit. Beyond it, up to `discarded` further bytes are read and dropped.
 * @throws what `refusal` makes, beyond the limit
 */
export async function readAtMost(
  stream: ReadableStream<Uint8Array>,
  limit: number,
  refusal: () => Error,
  discarded = 0,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of stream) {
    total += chunk.byteLength;
    if (total > limit + discarded) break;
    if (total > limit) chunks.length = 0;
    else chunks.push(chunk);
  }
  if (total > limit) throw refusal();
  return joinedBytes(chunks);
}

/** Only the caller's end of the connection can break the stream. */
function asBadInput(error: unknown): never {
  if (error instanceof IsobitError) throw error;
  throw new IsobitError("BAD_INPUT", "The request's body ends early, or its chunks are malformed.", { cause: error });
}

function tooLarge(limit: number): IsobitError {
  return new IsobitError(
    "INPUT_TOO_LARGE",
    `The request's body is over ${limit / 1024 / 1024} MiB. Send fewer or smaller inputs, or several requests.`,
  );
}
