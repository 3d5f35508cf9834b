import { IsobitError } from "../errors.ts";

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

export function rejectModel(message: string): never {
  throw new ModelRejected(message);
}

/** The same rejection with its subject in front. Other errors stay as they are. */
export function rejectedAs(subject: string, error: unknown): unknown {
  return error instanceof ModelRejected ? new ModelRejected(`${subject}: ${error.message}`, { cause: error }) : error;
}

const LONGEST_QUOTE = 80;

/** A name from a file, for a message: control characters are escaped, and long names are cut. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > LONGEST_QUOTE ? `${name.slice(0, LONGEST_QUOTE)}…` : name);
}

/** Runs a library call's work on the caller's model. @throws IsobitError INCOMPLETE instead of ModelRejected */
export async function orIncomplete<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ModelRejected) throw new IsobitError("INCOMPLETE", error.message, { cause: error });
    throw error;
  }
}
