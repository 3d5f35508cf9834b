import { weightOf } from "./rest/accept.ts";

/* The choice between forms of one resource (RFC 9110, 8.8 and 12.5.3). */

/** Media types that gzip makes smaller. Events are excluded: each must leave when it is written. */
export const TEXT_TYPE = /^(text\/(?!event-stream)|image\/svg|application\/([\w.-]+\+)?json\b)/i;

/** Shorter texts are sent as they are. */
export const MIN_COMPRESSED_BYTES = 1024;

/** True if the response is a text that this request may receive compressed; states that its form depends on that. */
export function mayCompress({ headers }: Request, response: Response): boolean {
  if (response.body === null || response.headers.has("content-encoding")) return false;
  if (!TEXT_TYPE.test(response.headers.get("content-type") ?? "")) return false;
  response.headers.append("vary", "accept-encoding");
  return acceptsGzip(headers);
}

export function acceptsGzip(headers: Headers): boolean {
  return weightOf("gzip", headers.get("accept-encoding")) > 0;
}

/** True if the client has this content already. Weak comparison: a compressed form has a weak tag. */
export function isCurrent({ headers }: Request, sha256: string): boolean {
  const tags = headers.get("if-none-match")?.split(",") ?? [];
  return tags.some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === `"${sha256}"`);
}
