import { renderGraphiQL } from "@graphql-yoga/render-graphiql";
import { EXAMPLES } from "./examples.ts";

/**
 * GraphiQL with every script and style inside (some 9 MB), so that it opens on a closed network. The edge has it as an
 * asset; only the origin imports this file while it serves.
 */
export function graphiqlPage(): string {
  return renderGraphiQL({
    title: "isobit",
    defaultQuery: EXAMPLES[0]?.query ?? "",
    defaultTabs: EXAMPLES.map(({ query }) => ({ query })),
  });
}
