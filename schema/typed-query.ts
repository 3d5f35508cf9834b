import type { DocumentDecoration, initGraphQLTada, ResultOf, VariablesOf } from "gql.tada";
import type { SchemaTypes } from "./schema-types.ts";

/*
 * Types alone: every folder that sends queries may import them, and nothing of them is left at run time. What types
 * cannot see (arguments, declared variables) is validated by `npm run check:queries`, which reads each text as it
 * stands in the source.
 */

declare module "gql.tada" {
  /** Any text: the first of gql.tada's overloads, for cached queries, must not refuse what the second one reads. */
  interface setupCache {
    readonly [text: string]: unknown;
  }
}

declare const read: initGraphQLTada<{ introspection: SchemaTypes; scalars: { Bytes: string }; disableMasking: true }>;

type Inferred<Text extends string> = ReturnType<typeof read<Text, readonly DocumentDecoration[]>>;

/** What a query's text is answered with. Answers are shared: their readers may not write into them. */
export type Answered<Text extends string> = Frozen<ResultOf<Inferred<Text>>>;

/** The variables that a query's text declares. */
export type Declared<Text extends string> = Sent<VariablesOf<Inferred<Text>>>;

/** The text itself where the schema has every field that it asks for; otherwise a sentence that it cannot be. */
export type Checked<Text extends string> = [Fault<Text>] extends [never] ? Text : Fault<Text>;

declare const types: unique symbol;

/** A query's text that carries the types of its answer and of its variables. */
export type TypedQuery<Answer, Variables> = string & { readonly [types]?: readonly [Answer, Variables] };

/** What a typed query is answered with. */
export type AnswerOf<Query> = Query extends TypedQuery<infer Answer, infer _Variables> ? Answer : never;

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

/** The dotted paths of what the schema does not have: gql.tada alone types them as `unknown`, which hides the mistake. */
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
