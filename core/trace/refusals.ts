import { IsobitError, messageOf, type LibraryErrorCode } from "../errors.ts";

/** Errors that end a trace, because requesting fewer values would not help. */
const HOPELESS: ReadonlySet<LibraryErrorCode> = new Set([
  "BACKEND_UNAVAILABLE",
  "ORIGIN_UNREACHABLE",
  "UNAUTHENTICATED",
  "OVERLOADED",
  "TIMEOUT",
  "MODEL_NOT_FOUND",
  "ABORTED",
]);

/** After this many single values were refused, the next group that fails is skipped as a whole. */
const MOST_REFUSALS = 16;

/** True for a failure that may concern one part only, so that another part may still run. */
export function isAboutThePart(error: unknown): boolean {
  return !(error instanceof IsobitError && HOPELESS.has(error.code));
}

/**
 * Runs a list of values together, halving it where the runtime refuses, until each refused value is alone. One value
 * that is not a tensor fails the whole session, and only the runtime knows all of its types.
 * @param refused values that could not be run, with the runtime's message
 * @throws IsobitError for an error that a smaller part would not avoid
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
