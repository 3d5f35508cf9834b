/**
 * Takes the first item before anybody asks for it, so that a refusal is the answer to the request rather than the end of
 * a stream, and so that a reader who leaves at once still ends the work: a generator that was never begun hears of no end.
 * @throws whatever stands in the way of the first item
 */
export async function withFirst<Item>(
  items: AsyncGenerator<Item, void, undefined>,
): Promise<AsyncIterableIterator<Item>> {
  let first: IteratorResult<Item, void> | null = await items.next();
  const iterator: AsyncIterableIterator<Item> = {
    async next() {
      const taken = first ?? (await items.next());
      first = null;
      return taken as IteratorResult<Item>;
    },
    async return() {
      return (await items.return()) as IteratorResult<Item>;
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
