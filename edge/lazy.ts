/**
 * A value made at its first use and then kept. A failure is not kept: the next use tries again.
 * Requests share the promise, so the request that started it must finish even if its client disconnects (see worker.ts).
 */
export function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | undefined;
  return () => {
    kept ??= make().catch((error: unknown) => {
      kept = undefined;
      throw error;
    });
    return kept;
  };
}
