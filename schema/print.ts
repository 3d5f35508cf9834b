import { lexicographicSortSchema, printSchema } from "graphql";
import { schema } from "./index.ts";

/** The SDL as it is committed in `schema.graphql`. */
export function printedSchema(): string {
  return `# Printed from schema/*.ts by \`npm run print:schema\`; a test fails when it is stale.\n\n${printSchema(lexicographicSortSchema(schema))}`;
}
