import { IsobitError, type LibraryError } from "#core/errors.ts";

/** Inputs that cannot be read at all: the sentence says what is wrong and what to give instead. */
export function refusedInput(sentence: string, cause?: unknown): LibraryError {
  return new IsobitError("INCOMPLETE", sentence, cause === undefined ? {} : { cause });
}
