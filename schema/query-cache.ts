import { LRUCache } from "lru-cache";
import type { YogaServerOptions } from "graphql-yoga";
import { MAX_CACHED_QUERIES, MAX_CACHED_QUERIES_CHARACTERS, MAX_CACHED_QUERY_CHARACTERS } from "#core/limits.ts";

type QueryCaches = Exclude<YogaServerOptions<object, object>["parserAndValidationCache"], boolean | undefined>;

/**
 * Queries that were parsed and validated before, by their text. Yoga's own bounds are a thousand texts of any length,
 * more than a Worker's memory; here a long query, which somebody wrote its values into, is parsed each time.
 */
export function queryCaches(): QueryCaches {
  return { documentCache: boundedByText(), errorCache: boundedByText() };
}

function boundedByText<V extends {}>(): LRUCache<string, V> {
  return new LRUCache<string, V>({
    max: MAX_CACHED_QUERIES,
    maxSize: MAX_CACHED_QUERIES_CHARACTERS,
    maxEntrySize: MAX_CACHED_QUERY_CHARACTERS,
    sizeCalculation: (_value, text) => text.length + 1,
  });
}
