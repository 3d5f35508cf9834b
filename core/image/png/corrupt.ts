import { IsobitError } from "../../errors.ts";

/** The one way a PNG is refused for what is in it. `what` completes "This PNG cannot be read: ...". */
export function corrupt(what: string, cause?: unknown): IsobitError {
  return new IsobitError(
    "UNSUPPORTED_IMAGE",
    `This PNG cannot be read: ${what}. Save it again, or send another file.`,
    {
      cause,
    },
  );
}
