import { IsobitError, messageOf, type LibraryErrorCode } from "../errors.ts";

/** What a whole trace cannot do without: asking again for fewer values would not help. */
const HOPELESS: ReadonlySet<LibraryErrorCode> = new Set([
  "BACKEND_UNAVAILABLE",
  "ORIGIN_UNREACHABLE",
  "UNAUTHENTICATED",
  "OVERLOADED",
  "TIMEOUT",
  "MODEL_NOT_FOUND",
  "ABORTED",
]);

/** After so many single values were refused, the next group that fails is given up as a whole. */
const MOST_REFUSALS = 16;

/** True for a failure that may be about a part: another part may still run. */
export function isAboutThePart(error: unknown): boolean {
  return !(error instanceof IsobitError && HOPELESS.has(error.code));
}

/**
 * Runs a list of values together, halving it where a runtime refuses, until those it refuses are alone: one value that
 * is no tensor fails the whole session, and only the runtime knows all of its types.
 * @param refused values that could not be run, with the runtime's words
 * @throws IsobitError for what no smaller part would mend
 */
export async function runInHalves<T>(
  values: readonly T[],
  run: (values: readonly T[]) => Promise<void>,
  refused: Map<T, string>,
): Promise<void> {
  try {
    await run(values);
  } catch (error) {
    if (!isAboutThePart(error)) throw error;
    if (values.length <= 1 || refused.size >= MOST_REFUSALS) {
      for (const value of values) refused.set(value, messageOf(error));
      return;
    }
    const middle = Math.ceil(values.length / 2);
    await runInHalves(values.slice(0, middle), run, refused);
    await runInHalves(values.slice(middle), run, refused);
  }
}
