import type { Answered, Checked, Declared, TypedQuery } from "./typed-query.ts";

/**
 * A query's text, typed by itself from the schema: a field that the schema lacks is a type error here.
 * @param text one operation and its fragments, as one literal
 */
export function graphql<const Text extends string>(text: Checked<Text>): TypedQuery<Answered<Text>, Declared<Text>> {
  return text;
}
