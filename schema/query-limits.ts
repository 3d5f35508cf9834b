import { maxAliasesPlugin } from "@escape.tech/graphql-armor-max-aliases";
import { maxDepthPlugin } from "@escape.tech/graphql-armor-max-depth";
import { type DocumentNode, GraphQLError, Kind, Source } from "graphql";
import type { Plugin } from "graphql-yoga";
import { IsobitError } from "#core/errors.ts";
import { MAX_QUERY_ALIASES, MAX_QUERY_DEPTH, MAX_QUERY_FRAGMENTS, MAX_QUERY_TOKENS } from "#core/limits.ts";
import { BoundedLexer } from "./bounded-lexer.ts";

/** Nesting, fragments, depth, aliases and length bound the work of one query before any of it is done. */
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
        setParseFn((text: string | Source, options) => {
          const source = typeof text === "string" ? new Source(text) : text;
          const lexer = new BoundedLexer(source);
          return withFewFragments(parseFn(source, { ...options, lexer, maxTokens: MAX_QUERY_TOKENS }));
        }),
    },
  ];
}

/** @throws GraphQLError at the first fragment beyond the limit */
function withFewFragments(document: DocumentNode): DocumentNode {
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  const beyond = fragments[MAX_QUERY_FRAGMENTS];
  if (!beyond) return document;
  throw new GraphQLError(`The query has too many fragments; the limit is ${MAX_QUERY_FRAGMENTS}.`, { nodes: beyond });
}

function refuse(message: string): never {
  throw new IsobitError("BAD_INPUT", message);
}
