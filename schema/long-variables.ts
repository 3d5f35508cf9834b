import {
  type DocumentNode,
  getOperationAST,
  GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  typeFromAST,
} from "graphql";
import type { Plugin } from "graphql-yoga";
import { isPrintedShort } from "#core/shown.ts";

/** The types whose values may be strings of any length. */
const OF_ANY_LENGTH = new Set(["String", "ID", "Bytes"]);
/** Longest value that GraphQL may print in a message, which is cut at this length (wire-errors.ts). */
const MAX_PRINTED_CHARACTERS = 2_000;
/** Characters of a field's name in a message. */
const MAX_SHOWN_KEY = 40;

interface Asked {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variableValues?: Readonly<Record<string, unknown>> | null | undefined;
}

/**
 * Refuses a variable of the wrong form where it is long. GraphQL would as well, but prints the value once for each thing
 * that is wrong with it, and measures how far a name is from every name that there is: minutes for a few megabytes.
 */
export const longVariables: Plugin = {
  onExecute: ({ args }) => refuseLong(args),
  onSubscribe: ({ args }) => refuseLong(args),
};

/** @throws GraphQLError BAD_INPUT */
function refuseLong({ schema, document, operationName, variableValues }: Asked): void {
  const operation = getOperationAST(document, operationName);
  for (const { variable, type } of operation?.variableDefinitions ?? []) {
    const name = variable.name.value;
    const expected = typeFromAST(schema, type);
    if (variableValues != null && Object.hasOwn(variableValues, name) && isInputType(expected))
      refuseWhereLong(variableValues[name], expected, name);
  }
}

function refuseWhereLong(value: unknown, type: GraphQLInputType, name: string): void {
  if (value == null) return;
  if (isNonNullType(type)) return refuseWhereLong(value, type.ofType, name);
  if (isListType(type)) {
    // GraphQL takes one item for a list of it.
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const item of items) refuseWhereLong(item, type.ofType, name);
    return;
  }
  if (isInputObjectType(type) && typeof value === "object" && !Array.isArray(value)) {
    const fields = type.getFields();
    // Not Object.entries, which would list a million keys before the first is looked at.
    for (const key in value) {
      const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
      if (field !== undefined) refuseWhereLong((value as Record<string, unknown>)[key], field.type, name);
      else if (!isPrintedShort(value, MAX_PRINTED_CHARACTERS))
        throw tooLong(name, `${type.name} does not have a field ${JSON.stringify(cut(key))}`);
    }
    return;
  }
  const mayBeLong = OF_ANY_LENGTH.has(String(type)) && (typeof value === "string" || value instanceof Uint8Array);
  if (!mayBeLong && !isPrintedShort(value, MAX_PRINTED_CHARACTERS))
    throw tooLong(name, `it is not a valid ${String(type)}`);
}

function cut(key: string): string {
  return key.length <= MAX_SHOWN_KEY ? key : `${key.slice(0, MAX_SHOWN_KEY)}…`;
}

function tooLong(name: string, why: string): GraphQLError {
  return new GraphQLError(`Variable "$${name}" has an invalid value, too long to show: ${why}.`, {
    extensions: { code: "BAD_INPUT", http: { status: 400 } },
  });
}
