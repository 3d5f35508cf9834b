import { minifyIntrospection, preprocessIntrospection } from "gql.tada/internal";
import { introspectionFromSchema, lexicographicSortSchema } from "graphql";
import { schema } from "./index.ts";

/**
 * The schema as a TypeScript type, as it is committed in `schema/schema-types.d.ts`, from which gql.tada infers the types of
 * every query. gql.tada's own command needs TypeScript's JavaScript API, which TypeScript 7 does not have.
 */
export function printedTypes(): string {
  const introspection = minifyIntrospection(
    introspectionFromSchema(lexicographicSortSchema(schema), { descriptions: false }),
  );
  return `/* Printed from schema/*.ts by \`npm run print:types\`; a test fails when it is stale. */

export type SchemaTypes = ${preprocessIntrospection(introspection)};`;
}
