import { IsobitError, messageOf } from "#core/errors.ts";

type OnProgress = (loadedBytes: number, totalBytes: number | null) => void;

/**
 * Downloads a file from the page's own server.
 * @param onProgress called with the number of bytes received
 * @throws IsobitError BACKEND_UNAVAILABLE
 */
export async function download(path: string, onProgress: OnProgress): Promise<Uint8Array<ArrayBuffer>> {
  return read(await request(path), onProgress, null);
}

/** The same for a compressed file, which is decompressed. */
export async function downloadGzipped(path: string, onProgress: OnProgress): Promise<Uint8Array<ArrayBuffer>> {
  return read(await request(path), onProgress, new DecompressionStream("gzip"));
}

async function request(path: string): Promise<Response> {
  const response = await fetch(path).catch((error: unknown) => {
    throw unavailable(
      `${path} could not be downloaded (${messageOf(error)}). Check that the edge is running, then try again.`,
    );
  });
  if (response.ok) return response;
  await response.body?.cancel();
  const remedy = "Reload the page; it may be older than the edge.";
  throw unavailable(`${path} could not be downloaded: the edge responded with status ${response.status}. ${remedy}`);
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
    throw unavailable(`The download failed after ${loaded} bytes (${messageOf(error)}). Try again.`);
  }
}

/** Null if unknown: with a Content-Encoding, Content-Length is not the number of bytes read here. */
function totalOf({ headers }: Response): number | null {
  const length = headers.get("content-length");
  return length === null || headers.has("content-encoding") ? null : Number(length);
}

function unavailable(message: string): IsobitError {
  return new IsobitError("BACKEND_UNAVAILABLE", message);
}
