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

/** After this many single values of a list were refused, the next group that fails is skipped as a whole. */
const MOST_REFUSALS = 64;
const MOST_LIKELY_REFUSALS = 16;

export function isAboutThePart(error: unknown): boolean {
  return !(error instanceof IsobitError && HOPELESS.has(error.code));
}

/**
 * Runs a list of values together, halving it where the runtime refuses, until each refused value is alone. One value
 * that is not a tensor, or that a GPU leaves to the CPU, fails the whole session, and only the runtime knows which do.
 * @param refused values that could not be run, with the runtime's message; those of earlier lists may be among them
 * @throws IsobitError for an error that a smaller part would not avoid
 */
export async function runInHalves<T>(
  values: readonly T[],
  run: (values: readonly T[]) => Promise<void>,
  refused: Map<T, string>,
  most = refused.size + MOST_REFUSALS,
): Promise<void> {
  try {
    await run(values);
  } catch (error) {
    if (!isAboutThePart(error)) throw error;
    if (values.length <= 1 || refused.size >= most) {
      for (const value of values) refused.set(value, messageOf(error));
      return;
    }
    const middle = Math.ceil(values.length / 2);
    await runInHalves(values.slice(0, middle), run, refused, most);
    await runInHalves(values.slice(middle), run, refused, most);
  }
}

/**
 * As `runInHalves`, but a list that is refused is first divided into values that are likely to be refused and the others,
 * so that the others run together.
 */
export async function runApart<T>(
  values: readonly T[],
  isLikely: (value: T) => boolean,
  run: (values: readonly T[]) => Promise<void>,
  refused: Map<T, string>,
): Promise<void> {
  const { true: likely = [], false: others = [] } = Object.groupBy(values, (value) => `${isLikely(value)}` as const);
  if (likely.length === 0 || others.length === 0) {
    await runInHalves(values, run, refused);
    return;
  }
  try {
    await run(values);
  } catch (error) {
    if (!isAboutThePart(error)) throw error;
    await runInHalves(others, run, refused);
    await runInHalves(likely, run, refused, refused.size + MOST_LIKELY_REFUSALS);
  }
}
