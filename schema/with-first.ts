/**
 * Takes the first item before the reader asks for it, so that a refusal answers the request rather than ending
 * a stream, and so that a reader who leaves at once still ends the work: an unstarted generator is not told to end.
 * @throws what prevents the first item
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
