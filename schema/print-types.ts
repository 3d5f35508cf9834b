import { minifyIntrospection, preprocessIntrospection } from "gql.tada/internal";
import { introspectionFromSchema, lexicographicSortSchema } from "graphql";
import { schema } from "./index.ts";

/**
 * The schema as a TypeScript type, as it is committed in `schema/schema-types.ts`: gql.tada infers the types of every
 * query from it, the page's, the command's and the link's. gql.tada's own command would print it too, but needs TypeScript's JavaScript API, which
 * TypeScript 7 does not have.
 */
export function printedTypes(): string {
  const introspection = minifyIntrospection(
    introspectionFromSchema(lexicographicSortSchema(schema), { descriptions: false }),
  );
  return `/* Printed from schema/*.ts by \`npm run print:types\`; a test fails when it is stale. */

export type SchemaTypes = ${preprocessIntrospection(introspection)};`;
}
