import { initGraphQLTada, type ResultOf, type TadaDocumentNode, type VariablesOf } from "gql.tada";
import type { SchemaTypes } from "./schema-types.d.ts";

const read = initGraphQLTada<{ introspection: SchemaTypes; scalars: { Bytes: string }; disableMasking: true }>();

function inferred<const Text extends string>(text: Text) {
  return read(text);
}

type Inferred<Text extends string> = ReturnType<typeof inferred<Text>>;

/** Answers are shared with urql and React: nobody may write into them. */
type Frozen<T> = T extends readonly (infer Element)[]
  ? readonly Frozen<Element>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T;

/** What is `undefined` is left out on the way; core's types allow it where something is optional. */
type Sent<T> = T extends readonly (infer Element)[]
  ? readonly Sent<Element>[]
  : T extends object
    ? { readonly [Key in keyof T]: Sent<T[Key]> | (Record<never, never> extends Pick<T, Key> ? undefined : never) }
    : T;

/** The dotted paths of what the schema does not have: gql.tada alone gives them `unknown`, and nobody would hear of it. */
type Untyped<T, Path extends string = ""> = unknown extends T
  ? Path
  : T extends readonly (infer Element)[]
    ? Untyped<Element, Path>
    : T extends object
      ? { [Key in keyof T & string]: Untyped<T[Key], Path extends "" ? Key : `${Path}.${Key}`> }[keyof T & string]
      : never;

type Fault<Text extends string> = [Inferred<Text>] extends [never]
  ? "This is not GraphQL, or not one literal text."
  : `The schema has no ${Untyped<ResultOf<Inferred<Text>>>}, or it was asked for without its fields.`;

/**
 * A query, typed from `schema/schema.graphql` by its own text: `ResultOf` and `VariablesOf` tell what it answers and
 * takes. A field that the schema lacks is a type error here. What types cannot see (arguments, declared variables) is
 * validated by `npm run check:queries`, which reads the text as it stands in the source.
 * @param text one operation and its fragments, as one literal
 */
export function graphql<const Text extends string>(
  text: [Fault<Text>] extends [never] ? Text : Fault<Text>,
): TadaDocumentNode<Frozen<ResultOf<Inferred<Text>>>, Sent<VariablesOf<Inferred<Text>>>> {
  return inferred(text) as never;
}

export type { ResultOf };
