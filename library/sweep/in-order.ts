/**
 * Works on a few items at a time and gives the results in the items' order. At most `atOnce` are under way or wait for
 * being taken, so that memory does not grow with their number. The first failure ends all.
 */
export async function* inOrder<Item, Result>(
  items: AsyncIterable<Item>,
  work: (item: Item, stop: AbortSignal) => Promise<Result>,
  atOnce: number,
  stop: AbortSignal,
): AsyncGenerator<Result> {
  const ended = new AbortController();
  const signal = AbortSignal.any([stop, ended.signal]);
  const underWay: Promise<Result>[] = [];
  try {
    for await (const item of items) {
      stop.throwIfAborted();
      const result = work(item, signal);
      // The failure is reported once the earlier ones are done; until then it must not count as unhandled.
      result.catch(() => {});
      underWay.push(result);
      if (underWay.length >= atOnce) yield await underWay.shift()!;
    }
    while (underWay.length > 0) yield await underWay.shift()!;
  } finally {
    ended.abort();
    await Promise.allSettled(underWay);
  }
}
