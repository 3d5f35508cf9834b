import { IsobitError, type LibraryErrorCode } from "../errors.ts";

/**
 * A model that cannot be served. The message is one or more sentences that say what is wrong with the file or its settings
 * and what to do; callers that know the file's name put it in front.
 */
export class ModelRejected extends Error {
  override readonly name = "ModelRejected";

  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
  }
}

/** A file that the caller named is missing, is not a regular file, or may not be read. */
export class UnreadableFile extends ModelRejected {}

export function rejectModel(message: string): never {
  throw new ModelRejected(message);
}

/** The same rejection with its subject in front. Other errors stay as they are. */
export function rejectedAs(subject: string, error: unknown): unknown {
  if (!(error instanceof ModelRejected)) return error;
  const Kind = error instanceof UnreadableFile ? UnreadableFile : ModelRejected;
  return new Kind(`${subject}: ${error.message}`, { cause: error });
}

const LONGEST_QUOTE = 80;

/** A name from a file, for a message: control characters are escaped, and long names are cut. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > LONGEST_QUOTE ? `${name.slice(0, LONGEST_QUOTE)}…` : name);
}

/**
 * Runs a library call's work on the caller's files.
 * @throws IsobitError BAD_OPTION instead of UnreadableFile, and INCOMPLETE instead of any other ModelRejected
 */
export async function orIncomplete<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asLibraryError(error);
  }
}

/** What `orIncomplete` throws instead of an error. */
export function asLibraryError(error: unknown): unknown {
  if (!(error instanceof ModelRejected)) return error;
  const code = error instanceof UnreadableFile ? "BAD_OPTION" : "INCOMPLETE";
  return new IsobitError<LibraryErrorCode>(code, error.message, { cause: error });
}
