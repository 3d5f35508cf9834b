import { IsobitError } from "#core/errors.ts";

/* What HTTP's own rules refuse, in the same way on every face. */

/** @throws IsobitError BAD_INPUT, 405 with `allow`, unless the method is one of these */
export function requireMethod({ method }: Request, allowed: readonly string[]): void {
  if (allowed.includes(method)) return;
  throw new IsobitError("BAD_INPUT", `This path does not support ${method}; use ${allowed.join(" or ")}.`, {
    http: { status: 405, headers: { allow: allowed.join(", ") } },
  });
}

/** What a body says of its own encoding; null for a body that is sent as it is. */
export function contentEncoding({ headers }: Request): string | null {
  const encoding = headers.get("content-encoding")?.trim().toLowerCase() ?? "";
  return encoding === "" || encoding === "identity" ? null : encoding;
}

/** @param accepted the encodings that this path can read, e.g. gzip */
export function unsupportedEncoding(encoding: string, accepted: readonly string[]): IsobitError {
  const remedy = accepted.length === 0 ? "uncompressed" : `uncompressed or with ${accepted.join(" or ")}`;
  return new IsobitError(
    "BAD_INPUT",
    `This path cannot read bodies with content-encoding ${encoding}. Send the body ${remedy}.`,
    { http: { status: 415, headers: { "accept-encoding": accepted.join(", ") || "identity" } } },
  );
}

const SIMPLE_TYPES = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"];

/**
 * Refuses a body that a page of another site can send without asking first (Fetch, 2.2.2: CORS-safelisted), a body
 * without a type from a browser included.
 * @param wanted the types to send instead
 * @throws IsobitError BAD_INPUT
 */
export function refuseSimpleType({ headers }: Request, wanted: string): void {
  const type = contentType(headers);
  const isSimple = type === "" ? headers.has("origin") : SIMPLE_TYPES.includes(type);
  if (isSimple) throw unsupportedType(headers, wanted);
}

/** The media type of a body, without parameters. */
export function contentType(headers: Headers): string {
  return (headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
}

/** @param wanted the types to send instead */
export function unsupportedType(headers: Headers, wanted: string): IsobitError {
  const type = headers.get("content-type") ?? "";
  const given = type === "" ? "no `content-type` header" : `\`content-type: ${type.slice(0, 100)}\``;
  return new IsobitError("BAD_INPUT", `The request has ${given}. Send the body with \`content-type: ${wanted}\`.`, {
    http: { status: 415 },
  });
}
