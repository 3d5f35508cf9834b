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
