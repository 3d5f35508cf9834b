import { IsobitError } from "#core/errors.ts";
import { refusal, toWire } from "./wire-errors.ts";

export interface GateOptions {
  /** Called with the id that the masked error shows. */
  logInternal(id: string, error: unknown): void;
}

/** Lets a request in that HTTP permits, and answers where `answer` throws. */
export type Gate = (request: Request, answer: (url: URL) => Promise<Response>) => Promise<Response>;

/** What every request of a side passes first, on every face. */
export function createGate({ logInternal }: GateOptions): Gate {
  return async (request, answer) => {
    try {
      return await answer(permittedUrl(request));
    } catch (error) {
      if (error instanceof IsobitError) return refusal(error);
      const { message, extensions } = toWire(error, logInternal);
      return Response.json({ errors: [{ message, extensions }] }, { status: 500 });
    }
  };
}

/** @throws IsobitError BAD_INPUT */
function permittedUrl({ url, headers }: Request): URL {
  // A server makes the URL from the caller's Host header, which may hold anything.
  const parsed = parseUrl(url);
  if (parsed === null) throw new IsobitError("BAD_INPUT", "The Host header and the path are not a valid URL.");
  // Two lengths of one body: a proxy in front may have believed the other one.
  if (headers.has("transfer-encoding") && headers.has("content-length"))
    throw new IsobitError("BAD_INPUT", "The request has both `content-length` and `transfer-encoding`. Send one.");
  return parsed;
}

function parseUrl(url: string): URL | null {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}
