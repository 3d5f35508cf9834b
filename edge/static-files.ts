import { acceptsGzip, isCurrent } from "#schema/representation.ts";
import type { Assets } from "./assets.ts";
import { lazily } from "./lazy.ts";
import { STATIC_INDEX_FILE, type StaticFile, type StaticIndex } from "./static-index.ts";

const ONE_YEAR_S = 31_536_000;

/**
 * 'wasm-unsafe-eval' lets the page compile WebAssembly and nothing else; data: and blob: are images it draws itself.
 * A worker has the policy that its own script came with, so scripts carry it too.
 */
const PAGE_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data: blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * Answers every path that is a file: the page, GraphiQL, the schema, images and models.
 * @param hidden paths that are not served
 */
export function createStaticFiles(assets: Assets, hidden: readonly string[]): (request: Request) => Promise<Response> {
  const index = lazily(async () => new Map(Object.entries(await assets.json<StaticIndex>(STATIC_INDEX_FILE))));
  return async (request) => {
    const { pathname } = new URL(request.url);
    const found = hidden.includes(pathname) ? undefined : (await index()).get(pathname);
    if (!found) return nothingThere(pathname);
    if (request.method !== "GET" && request.method !== "HEAD") return methodNotAllowed(request.method);
    const compressed = found.gzipBytes !== undefined && acceptsGzip(request.headers);
    const headers = headersOf(found, compressed);
    if (isCurrent(request, found.sha256)) {
      headers.delete("content-length");
      headers.delete("content-encoding");
      return new Response(null, { status: 304, headers });
    }
    const file = compressed ? `${found.file}.gz` : found.file;
    const body = request.method === "HEAD" ? null : (await assets.open(file)).body;
    return new Response(body, { headers, encodeBody: compressed ? "manual" : "automatic" });
  };
}

function headersOf(file: StaticFile, compressed: boolean): Headers {
  const headers = new Headers({
    "content-type": file.type,
    "content-length": String(compressed ? file.gzipBytes : file.sizeBytes),
    etag: compressed ? `W/"${file.sha256}"` : `"${file.sha256}"`,
    "cache-control": file.immutable ? `public, max-age=${ONE_YEAR_S}, immutable` : "no-cache",
  });
  if (compressed) headers.set("content-encoding", "gzip");
  if (file.gzipBytes !== undefined) headers.set("vary", "accept-encoding");
  const policy = file.policy ?? (/^text\/(html|javascript)/.test(file.type) ? PAGE_POLICY : null);
  if (policy !== null) headers.set("content-security-policy", policy);
  return headers;
}

function nothingThere(pathname: string): Response {
  if (pathname === "/")
    return plain(
      200,
      "isobit serves /graphql here. The page is not built: run `npm run build:web`, then start the edge again.",
    );
  const message =
    "Nothing is served at this path. Try /graphql, /schema.graphql, /docs, /images/7.png or /models/catalogue.json.";
  return plain(404, message);
}

function methodNotAllowed(method: string): Response {
  return plain(405, `Files do not support ${method}; use GET or HEAD.`, { allow: "GET, HEAD" });
}

function plain(status: number, message: string, headers: Record<string, string> = {}): Response {
  return new Response(`${message}\n`, {
    status,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      ...headers,
    },
  });
}
