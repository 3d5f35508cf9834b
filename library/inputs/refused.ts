import { EXIT } from "#cli/exit-codes.ts";
import { Failure } from "#cli/failure.ts";

/** Inputs that cannot be read at all: the sentence says what is wrong and what to give instead. */
export function refusedInput(sentence: string, cause?: unknown): Failure {
  return new Failure(EXIT.INCOMPLETE, sentence, cause === undefined ? {} : { cause });
}
