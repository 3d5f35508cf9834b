import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { IsobitError } from "#core/errors.ts";
import { CALLER_HEADER } from "../admission/open-calls.ts";
import { LINK_PATH } from "./path.ts";

/* Calls between the sides are signed, so that the secret itself never crosses the network. */

const SCHEME = "Isobit-HMAC-SHA256";
/** How long a signature is accepted before and after its time: the clocks' difference, and the life of a recorded call. */
const WINDOW_MS = 60_000;
const HEADER = new RegExp(`^${SCHEME} time=(\\d{1,15}), body=([0-9a-f]{64}), signature=([0-9a-f]{64})$`);

interface SignedParts {
  readonly question: string;
  readonly caller: string;
  /** Milliseconds since 1970. */
  readonly time: string;
  /** SHA-256 in hexadecimal. */
  readonly bodySha256: string;
}

/** The `authorization` header of a call. @param caller the value of CALLER_HEADER; "" without one */
export async function signatureOf(
  secret: string,
  question: string,
  body: Uint8Array<ArrayBuffer>,
  caller: string,
): Promise<string> {
  const parts = { question, caller, time: String(Date.now()), bodySha256: await sha256(body) };
  const signature = await crypto.subtle.sign("HMAC", await keyOf(secret), signedText(parts));
  return `${SCHEME} time=${parts.time}, body=${parts.bodySha256}, signature=${bytesToHex(new Uint8Array(signature))}`;
}

/**
 * Checks a signature before its body is read.
 * @returns what checks the body; null for a call that is not signed
 * @throws IsobitError UNAUTHENTICATED, also for a signature of another time
 */
export async function verifySignature(
  { headers }: Request,
  secret: string,
  question: string,
): Promise<((body: Uint8Array<ArrayBuffer>) => Promise<void>) | null> {
  const header = headers.get("authorization") ?? "";
  if (!header.startsWith(SCHEME)) return null;
  const [, time, bodySha256, signature] = HEADER.exec(header) ?? [];
  if (time === undefined || bodySha256 === undefined || signature === undefined) throw refused("is malformed");
  const parts = { question, caller: headers.get(CALLER_HEADER) ?? "", time, bodySha256 };
  // WebCrypto compares in constant time.
  const isRight = await crypto.subtle.verify("HMAC", await keyOf(secret), hexToBytes(signature), signedText(parts));
  if (!isRight) throw refused("was not made with this side's ORIGIN_TOKEN");
  if (Math.abs(Date.now() - Number(time)) > WINDOW_MS)
    throw refused(`is more than ${WINDOW_MS / 1000} s old, or the clocks of the two sides differ by that much`);
  return async (body) => {
    if ((await sha256(body)) !== bodySha256) throw refused("belongs to another body");
  };
}

function signedText({ question, caller, time, bodySha256 }: SignedParts): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(["POST", `${LINK_PATH}${question}`, bodySha256, time, caller].join("\n"));
}

async function keyOf(secret: string): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return await crypto.subtle.importKey("raw", new TextEncoder().encode(secret), algorithm, false, ["sign", "verify"]);
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return bytesToHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

function refused(why: string): IsobitError {
  return new IsobitError(
    "UNAUTHENTICATED",
    `The call's signature ${why}. Start both sides with the same ORIGIN_TOKEN.`,
  );
}
