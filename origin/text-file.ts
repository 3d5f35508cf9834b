import { hash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { Response } from "@whatwg-node/fetch";
import { isCurrent, mayCompress, MIN_COMPRESSED_BYTES } from "#schema/representation.ts";

interface LoadedText {
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A text that does not change while the origin runs, loaded at the first request for it. */
export function textFile(type: string, load: () => Promise<LoadedText>): (request: Request) => Promise<Response> {
  let loaded: LoadedText | undefined;
  return async (request) => {
    loaded ??= await load();
    const { text } = loaded;
    const sha256 = hash("sha256", text);
    const headers = {
      ...loaded.headers,
      "content-type": `${type}; charset=utf-8`,
      // Weak, because the compressed form has the same tag.
      etag: `W/"${sha256}"`,
      "cache-control": "no-cache",
    };
    if (isCurrent(request, sha256)) return new Response(null, { status: 304, headers });
    return new Response(text, { headers });
  };
}

/** The same response, compressed where it is a text and the client accepts gzip. */
export async function compressText(request: Request, response: Response): Promise<Response> {
  if (!mayCompress(request, response)) return response;
  const { status, headers } = response;
  const body = new Uint8Array(await response.arrayBuffer());
  if (body.length < MIN_COMPRESSED_BYTES) return new Response(body, { status, headers });
  const compressed = await promisify(gzip)(body);
  headers.set("content-encoding", "gzip");
  headers.set("content-length", String(compressed.length));
  return new Response(compressed, { status, headers });
}
