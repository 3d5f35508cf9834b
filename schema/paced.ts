import type { Host } from "#core/host.ts";
import { ROWS_BETWEEN_PAUSES } from "#core/limits.ts";

/** A long list, in which GraphQL lets other requests have a turn on the thread. */
export function paced<Item>(items: readonly Item[], host: Host): readonly Item[] {
  // graphql-js takes an async iterable wherever it takes a list; Pothos has no type for it.
  return items.length <= ROWS_BETWEEN_PAUSES ? items : (inShares(items, host) as unknown as readonly Item[]);
}

async function* inShares<Item>(items: readonly Item[], host: Host): AsyncGenerator<Item, void, undefined> {
  for (const [at, item] of items.entries()) {
    if (at > 0 && at % ROWS_BETWEEN_PAUSES === 0) await host.pause(ROWS_BETWEEN_PAUSES);
    yield item;
  }
}
