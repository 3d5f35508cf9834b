import { IsobitError } from "../errors.ts";

/**
 * A model that cannot be served. The message is one or more whole sentences that say what is wrong with the file or
 * its settings and what to do; whoever knows the file's name puts it in front.
 */
export class ModelRejected extends Error {
  override readonly name = "ModelRejected";

  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
  }
}

/** The same refusal with the thing it speaks of named in front. Errors of other kinds are not touched. */
export function rejectedAs(subject: string, error: unknown): unknown {
  return error instanceof ModelRejected ? new ModelRejected(`${subject}: ${error.message}`, { cause: error }) : error;
}

const LONGEST_QUOTE = 80;

/** A name out of a file, for a sentence: what a terminal would obey is escaped, and what is endless is cut. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > LONGEST_QUOTE ? `${name.slice(0, LONGEST_QUOTE)}…` : name);
}

/**
 * A library call's work on a model that its caller gave.
 * @throws IsobitError INCOMPLETE in place of ModelRejected, and everything else as it is
 */
export async function orIncomplete<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ModelRejected) throw new IsobitError("INCOMPLETE", error.message, { cause: error });
    throw error;
  }
}
