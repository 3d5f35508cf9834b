import { IsobitError, messageOf } from "#core/errors.ts";

type OnProgress = (loadedBytes: number, totalBytes: number | null) => void;

/**
 * A file from the page's own server, whole.
 * @param onProgress told of the bytes that came over the wire
 * @throws IsobitError BACKEND_UNAVAILABLE where it does not come
 */
export async function download(path: string, onProgress: OnProgress): Promise<Uint8Array<ArrayBuffer>> {
  return read(await request(path), onProgress, null);
}

/** The same for a file that lies there compressed, and is given uncompressed. */
export async function downloadGzipped(path: string, onProgress: OnProgress): Promise<Uint8Array<ArrayBuffer>> {
  return read(await request(path), onProgress, new DecompressionStream("gzip"));
}

async function request(path: string): Promise<Response> {
  const response = await fetch(path).catch((error: unknown) => {
    throw unavailable(`${path} did not arrive (${messageOf(error)}). Is the edge still running? Then try again.`);
  });
  if (response.ok) return response;
  await response.body?.cancel();
  const cure = "Reload the page; it may be older than the edge it talks to.";
  throw unavailable(`${path} did not arrive: the edge answered ${response.status}. ${cure}`);
}

async function read(
  response: Response,
  onProgress: OnProgress,
  decompression: DecompressionStream | null,
): Promise<Uint8Array<ArrayBuffer>> {
  const total = totalOf(response);
  let loaded = 0;
  onProgress(0, total);
  const counting = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      loaded += chunk.length;
      onProgress(loaded, total);
      controller.enqueue(chunk);
    },
  });
  try {
    const counted = (response.body ?? new Blob([]).stream()).pipeThrough(counting);
    const stream = decompression === null ? counted : counted.pipeThrough(decompression);
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (error) {
    throw unavailable(`A download broke off after ${loaded} bytes (${messageOf(error)}). Try again.`);
  }
}

/** Content-Length counts what a proxy sends, which is not what arrives here where it encoded it on the way. */
function totalOf({ headers }: Response): number | null {
  const length = headers.get("content-length");
  return length === null || headers.has("content-encoding") ? null : Number(length);
}

function unavailable(message: string): IsobitError {
  return new IsobitError("BACKEND_UNAVAILABLE", message);
}
