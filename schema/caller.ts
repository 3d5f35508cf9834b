import { sha256Hex } from "#core/tensors/sha256.ts";
import { IsobitError } from "#core/errors.ts";

/**
 * Refuses a wrong token, and a request without one where a token is needed.
 * @throws IsobitError UNAUTHENTICATED
 */
export function checkToken({ headers }: Request, rules: { token: string | undefined; anonymous: boolean }): void {
  const header = headers.get("authorization");
  if (rules.token !== undefined && header !== null) {
    const given = bearerToken(header);
    if (given !== null && sameSecret(given, rules.token)) return;
    throw unauthenticated("The token is not this side's ORIGIN_TOKEN. Start both sides with the same one.");
  }
  if (rules.anonymous) return;
  throw unauthenticated(
    "This side requires a token: send `authorization: Bearer` with ORIGIN_TOKEN, or start it with ORIGIN_PUBLIC=1.",
  );
}

function unauthenticated(message: string): IsobitError {
  return new IsobitError("UNAUTHENTICATED", message, { http: { headers: { "www-authenticate": "Bearer" } } });
}

/** The token of `Bearer <token>`; the scheme is case-insensitive (RFC 9110, 11.1). Null for another scheme. */
function bearerToken(header: string): string | null {
  return /^bearer +(.+)$/i.exec(header)?.[1] ?? null;
}

/** Compares digests, so that the time taken reveals nothing about the secret. */
function sameSecret(given: string, expected: string): boolean {
  const encoder = new TextEncoder();
  return sha256Hex(encoder.encode(given)) === sha256Hex(encoder.encode(expected));
}
