import { IsobitError } from "../../errors.ts";

/** The error for a PNG that cannot be decoded. `what` completes "This PNG cannot be read: ...". */
export function corrupt(what: string, cause?: unknown): IsobitError {
  const message = `This PNG cannot be read: ${what}. Save it again, or send another file.`;
  return new IsobitError("UNSUPPORTED_IMAGE", message, { cause });
}
