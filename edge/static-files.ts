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

/** Answers every path that is a file: the page, images and models. Asks nobody but the assets. */
export function createStaticFiles(assets: Assets): (request: Request) => Promise<Response> {
  const index = lazily(async () => new Map(Object.entries(await assets.json<StaticIndex>(STATIC_INDEX_FILE))));
  return async (request) => {
    const { pathname } = new URL(request.url);
    const found = (await index()).get(pathname);
    if (!found) return nothingThere(pathname);
    if (request.method !== "GET" && request.method !== "HEAD") return methodNotAllowed(request.method);
    const headers = headersOf(found);
    if (isCurrent(request.headers.get("if-none-match"), etagOf(found))) {
      headers.delete("content-length");
      return new Response(null, { status: 304, headers });
    }
    return new Response(request.method === "HEAD" ? null : (await assets.open(found.file)).body, { headers });
  };
}

function headersOf(file: StaticFile): Headers {
  const headers = new Headers({
    "content-type": file.type,
    "content-length": String(file.sizeBytes),
    etag: etagOf(file),
    "cache-control": file.immutable ? `public, max-age=${ONE_YEAR_S}, immutable` : "no-cache",
    "x-content-type-options": "nosniff",
  });
  if (/^text\/(html|javascript)/.test(file.type)) headers.set("content-security-policy", PAGE_POLICY);
  return headers;
}

function etagOf({ sha256 }: StaticFile): string {
  return `"${sha256}"`;
}

/** RFC 9110, 13.1.2: weak comparison, so a proxy that compressed the file and marked the tag weak still matches. */
function isCurrent(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false;
  return ifNoneMatch.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag);
}

function nothingThere(pathname: string): Response {
  if (pathname === "/")
    return plain(
      200,
      "isobit runs here, at /graphql. Its page is not built: run `npm run build:web`, then start the edge again.",
    );
  const message =
    "Nothing is at this path. There are /graphql, /images/7.png (ids: /graphql, images) and /models/catalogue.json.";
  return plain(404, message);
}

function methodNotAllowed(method: string): Response {
  return plain(405, `${method} is not for files; GET and HEAD are.`, { allow: "GET, HEAD" });
}

function plain(status: number, message: string, headers: Record<string, string> = {}): Response {
  return new Response(`${message}\n`, {
    status,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...headers,
    },
  });
}
