import { parse, type ResultOf, type TadaDocumentNode } from "gql.tada";
import type { Answered, Checked, Declared } from "#schema/typed-query.ts";

/**
 * A query, typed from `schema/schema.graphql` by its own text: `ResultOf` and `VariablesOf` tell what it answers and
 * takes. A field that the schema lacks is a type error here.
 * @param text one operation and its fragments, as one literal
 */
export function graphql<const Text extends string>(
  text: Checked<Text>,
): TadaDocumentNode<Answered<Text>, Declared<Text>> {
  return parse(text) as never;
}

export type { ResultOf };
