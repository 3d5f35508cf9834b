import { maxAliasesPlugin } from "@escape.tech/graphql-armor-max-aliases";
import { maxDepthPlugin } from "@escape.tech/graphql-armor-max-depth";
import type { Plugin } from "graphql-yoga";
import { IsobitError } from "#core/errors.ts";
import { MAX_QUERY_ALIASES, MAX_QUERY_DEPTH, MAX_QUERY_TOKENS } from "#core/limits.ts";

/** Depth, aliases and length bound the work of one query before any of it is done. */
export function queryLimits(): Plugin[] {
  return [
    maxDepthPlugin({
      n: MAX_QUERY_DEPTH,
      onReject: [() => refuse(`The query is nested too deeply; the limit is ${MAX_QUERY_DEPTH} levels.`)],
    }) as Plugin,
    maxAliasesPlugin({
      n: MAX_QUERY_ALIASES,
      onReject: [
        () =>
          refuse(
            `The query has too many aliases; the limit is ${MAX_QUERY_ALIASES}. \`parity\` accepts many images at once.`,
          ),
      ],
    }) as Plugin,
    {
      onParse: ({ parseFn, setParseFn }) =>
        setParseFn((source, options) => parseFn(source, { ...options, maxTokens: MAX_QUERY_TOKENS })),
    },
  ];
}

function refuse(message: string): never {
  throw new IsobitError("BAD_INPUT", message);
}
