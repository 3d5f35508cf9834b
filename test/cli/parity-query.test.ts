import {
  buildSchema,
  isObjectType,
  parse,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
  type GraphQLObjectType,
} from "graphql";
import { expect, test } from "vitest";
import { PARITY_QUERY } from "#library/stack/parity-query.ts";
import { printedSchema } from "#schema/print.ts";

const schema = buildSchema(printedSchema());

function askedFields(): Set<string> {
  const asked = new Set<string>();
  const info = new TypeInfo(schema);
  visit(
    parse(PARITY_QUERY),
    visitWithTypeInfo(info, { Field: ({ name }) => void asked.add(`${info.getParentType()?.name}.${name.value}`) }),
  );
  return asked;
}

/** "Type.field" for everything that can be reached from a type. */
function reachableFields(start: GraphQLObjectType): string[] {
  const types = new Set([start]);
  const fields: string[] = [];
  for (const type of types) {
    for (const field of Object.values(type.getFields())) {
      fields.push(`${type.name}.${field.name}`);
      const inner = schema.getType(String(field.type).replaceAll(/[[\]!]/g, ""));
      if (isObjectType(inner)) types.add(inner);
    }
  }
  return fields;
}

test("the query is valid", () => {
  expect(validate(schema, parse(PARITY_QUERY))).toEqual([]);
});

test("the report file is complete, except for the model inside each prediction", () => {
  const asked = askedFields();
  const left = reachableFields(schema.getType("ParityReport") as GraphQLObjectType).filter(
    (field) => !asked.has(field),
  );
  // The same rows by page, a row's own summary, and an enum that repeats a field.
  const repeated =
    /^(ParityReport\.rowsConnection|ParityRow\.verdict|PeerStatus\.protocolKind|(ParityRowConnection|ParityRowEdge|PageInfo)\..*)$/;
  expect(left.filter((field) => !repeated.test(field))).toEqual(["Prediction.model"]);
});
