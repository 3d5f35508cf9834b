import { sha256Hex } from "#core/tensors/sha256.ts";
import { IsobitError } from "#core/errors.ts";

export type Caller = "other side" | "anybody";

/**
 * Who is asking, by the `authorization` header.
 * @throws IsobitError UNAUTHENTICATED for a wrong token, or for none where one is needed
 */
export function callerOf(request: Request, rules: { token: string | undefined; anonymous: boolean }): Caller {
  const header = request.headers.get("authorization");
  if (rules.token !== undefined && header !== null) {
    const given = bearerToken(header);
    if (given !== null && sameSecret(given, rules.token)) return "other side";
    throw new IsobitError(
      "UNAUTHENTICATED",
      "The token is not this side's ORIGIN_TOKEN. Start both sides with the same one.",
    );
  }
  if (rules.anonymous) return "anybody";
  throw new IsobitError(
    "UNAUTHENTICATED",
    "This side answers only with a token: send `authorization: Bearer` with ORIGIN_TOKEN, or start it with ORIGIN_PUBLIC=1.",
  );
}

/** Of `Bearer <token>`, whose scheme may be written in any case (RFC 9110, 11.1); null for another scheme. */
function bearerToken(header: string): string | null {
  return /^bearer +(.+)$/i.exec(header)?.[1] ?? null;
}

/** Comparing digests makes the time taken tell nothing about the secret. */
function sameSecret(given: string, expected: string): boolean {
  const encoder = new TextEncoder();
  return sha256Hex(encoder.encode(given)) === sha256Hex(encoder.encode(expected));
}
