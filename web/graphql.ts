import { parse, type ResultOf, type TadaDocumentNode } from "gql.tada";
import type { Answered, Checked, Declared } from "#schema/typed-query.ts";

/**
 * A query whose variables and result are typed by its own text and `schema/schema.graphql`. A field that the schema
 * lacks is a type error.
 * @param text one operation and its fragments, as one literal
 */
export function graphql<const Text extends string>(
  text: Checked<Text>,
): TadaDocumentNode<Answered<Text>, Declared<Text>> {
  return parse(text) as never;
}

export type { ResultOf };
